from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.regions import Regions
from placeprint.serving.map.outlines import Grid, encode_lines, encode_polygons, simplified


def decoded(encoded: dict, grid: Grid) -> list[shapely.Geometry]:
    """What the page makes of it, written out: codec.js."""
    rings, at, start = [], 0, (0, 0)
    for count in encoded["points"]:
        x, y = start
        ring = []
        for i in range(count):
            x, y, at = x + encoded["steps"][at], y + encoded["steps"][at + 1], at + 2
            if i == 0:
                start = (x, y)
            ring.append((grid.west + x * grid.step, grid.south + y * grid.step))
        rings.append(ring)
    shapes, ring, polygon = [], 0, 0
    for parts in encoded["parts"]:
        polygons = []
        for _ in range(parts):
            count = encoded["rings"][polygon]
            polygons.append((rings[ring], rings[ring + 1 : ring + count]))
            ring, polygon = ring + count, polygon + 1
        shapes.append(shapely.MultiPolygon(polygons))
    return shapes


def test_polygons_come_back_to_half_a_step() -> None:
    regions = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
    shapes = regions.geometry.to_numpy()
    grid = Grid.around(shapes)
    encoded = encode_polygons(shapes, grid)
    assert json.loads(json.dumps(encoded)) == encoded
    for shape, found in zip(shapes, decoded(encoded, grid), strict=True):
        assert shapely.hausdorff_distance(shape, found) <= grid.step


def test_holes_and_parts_come_back() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    shapes = np.array(
        [shapely.MultiPolygon([ring, shapely.box(20, 0, 21, 1)]), shapely.box(0, 11, 1, 12)]
    )
    grid = Grid.around(shapes)
    found = decoded(encode_polygons(shapes, grid), grid)
    assert [
        shapely.symmetric_difference(*pair).area for pair in zip(shapes, found)
    ] == pytest.approx([0, 0], abs=1e-2)
    assert len(found[0].geoms[0].interiors) == 1


def test_parts_on_both_sides_of_the_antimeridian_are_side_by_side() -> None:
    halves = shapely.multipolygons(shapely.box([179, -180], 0, [180, -179], 1))
    shapes = np.array([halves, shapely.box(-178, 0, -177, 1)])
    grid = Grid.around(shapes)
    assert (grid.west, grid.east) == (179, 183)
    first, second = decoded(encode_polygons(shapes, grid), grid)
    assert first.bounds == pytest.approx((179, 0, 181, 1), abs=grid.step)
    assert second.bounds == pytest.approx((182, 0, 183, 1), abs=grid.step)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-85, 80), st.floats(-80, 80), st.floats(0.001, 5)),
        min_size=1,
        max_size=20,
    )
)
def test_any_boxes_come_back(places) -> None:
    shapes = np.array([shapely.box(x, y, x + size, y + size) for x, y, size in places])
    grid = Grid.around(shapes)
    encoded = encode_polygons(shapes, grid)
    assert encoded["parts"] == [1] * len(shapes)
    if min(encoded["points"]) >= 4:
        for shape, found in zip(shapes, decoded(encoded, grid), strict=True):
            assert shapely.hausdorff_distance(shape, found) <= grid.step


@pytest.mark.parametrize("west", [-15.0, 179.5, -179.9])
def test_longitudes_are_those_of_the_map(west) -> None:
    shapes = shapely.box(west + np.arange(3) / 10, 20, west + (np.arange(3) + 1) / 10, 21)
    grid = Grid.around(shapes)
    assert grid.west == pytest.approx(west)
    assert -180 <= grid.west < 180


def test_lines_keep_both_ends() -> None:
    lines = np.array(
        [shapely.LineString([[0, 0], [1, 1], [0, 0]]), shapely.LineString([[5, 5], [6, 5]])]
    )
    encoded = encode_lines(lines, Grid(0, 0, 6, 6, 1.0))
    assert encoded == {"points": [3, 2], "steps": [0, 0, 1, 1, -1, -1, 5, 5, 1, 0]}


def coast(n: int) -> np.ndarray:
    """Two regions with a winding border between them."""
    y = np.linspace(0, 1, n)
    border = np.column_stack([0.5 + 0.02 * np.sin(37 * y) + 0.004 * np.sin(501 * y), y])
    left = [(0, 1), (0, 0), *border.tolist()]
    right = [(1, 0), (1, 1), *border[::-1].tolist()]
    return np.array([shapely.Polygon(left), shapely.Polygon(right)])


def test_dense_outlines_become_fewer_points_and_borders_stay_shared() -> None:
    shapes = coast(5000)
    found = simplified(shapes, most=400)
    assert 100 < shapely.get_num_coordinates(found).sum() <= 400
    assert shapely.intersection(*found).area == 0
    assert shapely.union_all(found).area == pytest.approx(1, abs=1e-9)
    assert shapely.symmetric_difference(found[0], shapes[0]).area < 0.01


def test_few_points_are_left_as_they_are() -> None:
    shapes = coast(50)
    assert simplified(shapes) is shapes
