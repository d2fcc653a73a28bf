from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from placeprint.regions.metric import (
    haversine_m,
    local_crs,
    to_degrees,
    to_metres,
    to_metres_exactly,
)

LON = st.floats(-180, 180)
LAT = st.floats(-80, 80)


@given(LON, LAT, LON, LAT)
def test_haversine_agrees_with_the_vectors_and_roughly_with_the_ellipsoid(lon1, lat1, lon2, lat2):
    def vector(lon, lat):
        lon, lat = math.radians(lon), math.radians(lat)
        return np.array(
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
        )

    chord = np.linalg.norm(vector(lon1, lat1) - vector(lon2, lat2))
    found = float(haversine_m(lon1, lat1, lon2, lat2))
    expected = 2 * 6_371_008.8 * math.asin(min(1.0, chord / 2))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-3)
    _, _, ellipsoid = Geod(ellps="WGS84").inv(lon1, lat1, lon2, lat2)
    assert found == pytest.approx(ellipsoid, rel=6e-3, abs=1)


def test_haversine_broadcasts():
    table = haversine_m(np.zeros((3, 1)), 0.0, np.array([[0.0, 1.0]]), np.array([0.0, 0.0]))
    assert table.shape == (3, 2)
    assert table[0, 0] == 0


@given(LON, LAT, st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)), min_size=2))
def test_metres_are_metres_there_and_back_anywhere(lon, lat, offsets):
    around = np.array(offsets)
    x = (lon + around[:, 0] + 180) % 360 - 180
    y = lat + around[:, 1]
    crs = local_crs(x, y)
    points = to_metres(shapely.points(x, y), crs)
    _, _, expected = Geod(ellps="WGS84").inv(x[:-1], y[:-1], x[1:], y[1:])
    np.testing.assert_allclose(shapely.distance(points[:-1], points[1:]), expected, 2e-3, 1e-3)
    back = shapely.get_coordinates(to_degrees(points, crs))
    turned = (back[:, 0] - x + 180) % 360 - 180
    np.testing.assert_allclose(turned, 0, atol=1e-8)
    np.testing.assert_allclose(back[:, 1], y, atol=1e-8)
    assert (np.abs(back[:, 0]) <= 180).all()


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [
        ([24.9], [60.2], "35N"),
        ([-58.4], [-34.6], "21S"),
        ([180.0], [0.0], "1N"),
        ([179.9, 179.8, -179.9], [-17.0, -17.0, -17.0], "60S"),
    ],
)
def test_the_zone_is_that_of_the_middle(lon, lat, zone):
    assert local_crs(np.array(lon), np.array(lat)).utm_zone == zone


def test_what_crosses_the_antimeridian_is_cut_there():
    outline = shapely.box(179.8, -17.2, 180.3, -17.0)  # beyond 180: no longitude of EPSG:4326
    crs = local_crs(np.array([179.9]), np.array([-17.0]))
    shapes = np.array([outline, shapely.box(179.0, -17.2, 179.1, -17.0)])
    west, _, east, _ = (shapely.bounds(to_degrees(to_metres(shapes, crs), crs))).T
    np.testing.assert_allclose(west, [-180, 179.0])
    np.testing.assert_allclose(east, [180, 179.1])
    parts = shapely.get_parts(to_degrees(to_metres(shapes, crs), crs)[0])
    np.testing.assert_allclose(sorted(shapely.area(parts)), [0.04, 0.06], rtol=1e-3)
    assert shapely.is_valid(parts).all()
    joined = shapely.union_all(to_metres(parts, crs), grid_size=0.01)
    assert joined.geom_type == "Polygon"


def test_points_in_long_edges_keep_what_meets_together():
    street = shapely.LineString([(24.9, 60.0), (24.96, 60.0)])
    end = shapely.Point(24.93, 60.0)
    crs = local_crs(np.array([24.9]), np.array([60.0]))
    assert shapely.distance(*to_metres(np.array([street, end]), crs)) > 0.3
    assert shapely.distance(*to_metres_exactly(np.array([street, end]), crs)) < 1e-3
