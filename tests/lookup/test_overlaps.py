"""Areas that polygons share with regions."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.lookup.overlaps import Overlaps, areas_of
from placeprint.regions import Regions


def test_areas_are_those_of_the_ellipsoid() -> None:
    from pyproj import Geod

    shapes = np.array([shapely.box(5, 60, 6, 61), shapely.Polygon([(5, 60), (9, 60), (5, 64)])])
    divided = shapely.segmentize(shapes, 0.01)  # straight in degrees, as the shapes are
    exact = [abs(Geod(ellps="WGS84").geometry_area_perimeter(each)[0]) / 1e6 for each in divided]
    np.testing.assert_allclose(areas_of(shapes), exact, rtol=1e-4)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_a_slow_loop_gives_the_same(seed) -> None:
    rng = np.random.default_rng(seed)
    regions = _patches(rng, 15)
    polygons = np.append(_patches(rng, 8), [shapely.box(0, 40, 4, 44), shapely.box(9, 9, 10, 10)])
    overlaps = Overlaps(regions)
    found = overlaps.within(polygons).toarray()
    slow = [
        [areas_of(np.array([one.intersection(other)]))[0] for other in regions] for one in polygons
    ]
    np.testing.assert_allclose(found, slow, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(overlaps.areas, areas_of(regions))


def _patches(rng: np.random.Generator, count: int) -> np.ndarray:
    """Overlapping blobs."""
    centres = shapely.points(rng.uniform(0, 4, count), rng.uniform(40, 44, count))
    return shapely.buffer(centres, rng.uniform(0.05, 0.8, count), quad_segs=3)


def test_shared_borders_are_no_overlap(board) -> None:
    shapes = board.geometry.to_numpy()
    shared = Overlaps(shapes).within(shapes.copy())
    assert shared.nnz == len(board)
    np.testing.assert_allclose(shared.diagonal(), areas_of(shapes))


def test_across_the_antimeridian() -> None:
    halves = shapely.multipolygons(shapely.box([179, -180], 0, [180, -179], 1))
    whole = Regions.from_polygons(pd.Index(["a"]), np.array([halves])).geometry.to_numpy()
    found = Overlaps(whole).within(shapely.box([179.5, -180], 0, [180, -179.5], 1))
    np.testing.assert_allclose(found.toarray().ravel() / areas_of(whole), 0.25, rtol=1e-6)


def test_a_polygon_that_is_much_smaller_than_its_region() -> None:
    small = np.array([shapely.box(1.0, 1.0, 1.00001, 1.00001)])
    found = Overlaps(np.array([shapely.box(0, 0, 4, 4)])).within(small)
    assert found.toarray()[0, 0] == pytest.approx(areas_of(small)[0], rel=1e-6)
