from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from placeprint.encoders.local_metres import local_metres
from placeprint.errors import InputError


@pytest.mark.parametrize("lat", [-54.0, 0.0, 28.1, 60.2, 78.0])
def test_agrees_with_a_projection_made_for_the_place(lat: float) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal((25.0, lat), 2e-3, (9, 2))
    shape = shapely.convex_hull(shapely.MultiPoint(points))
    west, south, east, north = shape.bounds
    plane = pyproj.CRS.from_proj4(
        f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2}"
    )
    forward = pyproj.Transformer.from_crs(4326, plane, always_xy=True).transform
    expected = shapely.transform(shape, lambda xy: np.column_stack(forward(*xy.T)))
    found = local_metres([shape])[0]
    np.testing.assert_allclose(
        shapely.get_coordinates(found), shapely.get_coordinates(expected), atol=0.2
    )
    assert shapely.area(found) == pytest.approx(shapely.area(expected), rel=1e-3)


def test_parts_on_both_sides_of_the_antimeridian_are_one_shape() -> None:
    parts = [shapely.box(179.999, 10, 180, 10.001), shapely.box(-180, 10, -179.998, 10.001)]
    split, whole = local_metres([shapely.MultiPolygon(parts), shapely.box(0, 10, 0.003, 10.001)])
    np.testing.assert_allclose(split.bounds, whole.bounds, atol=1e-6)
    assert shapely.area(split) == pytest.approx(shapely.area(whole))


def test_the_geometries_handed_in_stay_as_they_are() -> None:
    shapes = np.array([shapely.box(1, 2, 1.01, 2.01)])
    local_metres(shapes)
    assert shapes[0].bounds == (1, 2, 1.01, 2.01)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (None, "geometry 1 is None"),
        (shapely.Point(1, 2), r"geometry 1 is POINT \(1 2\)"),
        (shapely.Polygon(), "geometry 1 is POLYGON EMPTY"),
        (shapely.Polygon([(1, 1), (1, 1), (1, 1)]), "expected a polygon with an extent"),
    ],
)
def test_what_has_no_outline_is_named(bad: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        local_metres([shapely.box(0, 0, 1, 1), bad])
