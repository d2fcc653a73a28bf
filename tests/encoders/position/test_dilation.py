import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.encoders.position.dilation import Dilation
from placeprint.regions import haversine_m
from placeprint.regions.metric import EARTH_RADIUS_M


def angle(lon1, lat1, lon2, lat2):
    return haversine_m(lon1, lat1, lon2, lat2) / EARTH_RADIUS_M


@given(
    lon=st.floats(-180, 180), lat=st.floats(-90, 90), factor=st.floats(1, 1000), at=st.floats(0, 3)
)
def test_the_tangent_of_half_the_angle_is_stretched(lon, lat, factor, at):
    spread = Dilation(lon, lat, factor)
    place = np.degrees(np.array([0.1])), 90 - np.degrees(np.array([at]))
    x, y, z = (
        np.column_stack([np.sin(at) * np.cos(0.1), np.sin(at) * np.sin(0.1), np.cos(at)])[0]
        @ spread.axes
    )
    old = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    _, new = spread(old[:1], old[1:])
    assert np.tan(np.radians(90 - new[0]) / 2) == pytest.approx(
        factor * np.tan(at / 2), rel=1e-5, abs=1e-6 * factor
    )
    assert place[0].shape == (1,)


def test_angles_are_kept():
    spread = Dilation(10.0, 50.0, 30.0)
    lon, lat = np.array([11.0, 11.001, 11.0]), np.array([50.5, 50.5, 50.5006])
    new_lon, new_lat = spread(lon, lat)
    old = angle(lon[0], lat[0], lon[1:], lat[1:])
    new = angle(new_lon[0], new_lat[0], new_lon[1:], new_lat[1:])
    assert (new / old)[0] == pytest.approx((new / old)[1], rel=1e-3)


def test_the_farthest_place_comes_to_the_equator_also_across_the_antimeridian():
    lon, lat = np.array([178.0, -179.0, 179.5]), np.array([-17.0, -18.0, -16.0])
    spread = Dilation.of(lon, lat)
    assert abs(abs(spread.lon) - 180) < 3
    _, new = spread(lon, lat)
    assert new.min() == pytest.approx(0, abs=1e-6)


def test_the_whole_globe_and_a_single_place():
    lon, lat = np.array([0.0, 90.0, 180.0, -90.0, 0.0, 0.0]), np.array([0, 0, 0, 0, 90.0, -80.0])
    assert Dilation.of(lon, lat).factor == 1.0
    assert np.isfinite(Dilation.of(lon[:1], lat[:1]).factor)
