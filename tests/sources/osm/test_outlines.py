from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from placeprint.sources.osm.tables import repeated_outlines

BOXES = [
    shapely.box(0, 0, 3, 3),
    shapely.box(0, 0, 3, 3, ccw=False),
    shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2),
    shapely.box(5, 0, 6, 1),
    shapely.MultiPolygon([shapely.box(0, 0, 3, 3), shapely.box(5, 0, 6, 1)]),
]
ROWS = st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from(["a", "b"]))


@given(st.lists(ROWS, min_size=1, max_size=8))
def test_repeated_outlines_equal_a_plain_loop(rows):
    polygons = np.array([BOXES[which] for which, _, _ in rows], dtype=object)
    relation = np.array([flag for _, flag, _ in rows])
    group = np.array([name for _, _, name in rows], dtype=object)
    expected = []
    for polygon, flag, name in zip(polygons, relation, group):
        shells = [shapely.Polygon(part.exterior) for part in shapely.get_parts(polygon)]
        others = [
            shapely.Polygon(part.exterior)
            for other, its, kind in zip(polygons, relation, group)
            if its and kind == name
            for part in shapely.get_parts(other)
        ]
        expected.append(not flag and any(a.equals(b) for a in shells for b in others))
    assert repeated_outlines(polygons, relation, group).tolist() == expected
