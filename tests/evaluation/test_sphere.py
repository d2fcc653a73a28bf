import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.evaluation.sphere import angles, chord, lonlat, unit_vectors
from placeprint.mobility.distance import EARTH_RADIUS_KM, haversine_km


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=2))
def test_straight_distances_are_those_of_the_great_circle(pair):
    lon, lat = np.array(pair).T
    expected = haversine_km(lon[:1], lat[:1], lon[1:], lat[1:])
    one, other = unit_vectors(lon, lat)
    straight = np.linalg.norm(one - other, keepdims=True)
    np.testing.assert_allclose(angles(straight) * EARTH_RADIUS_KM, expected, atol=2e-4)
    assert chord(float(expected[0])) == pytest.approx(straight[0], abs=1e-14)


def test_half_a_position_is_none():
    lon, lat = lonlat([[5.0, np.nan], [np.nan, 4.0], [5.0, 4.0]])
    np.testing.assert_array_equal(lon, [np.nan, np.nan, 5.0])
    np.testing.assert_array_equal(lat, [np.nan, np.nan, 4.0])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((3, 1)), r"shape \(3, 1\)"),
        ([[np.nan, 5.0], [500.0, 5.0]], "row 2 has longitude 500"),
    ],
)
def test_what_is_no_position_is_refused(rows, message):
    with pytest.raises(InputError, match=message):
        lonlat(rows)
