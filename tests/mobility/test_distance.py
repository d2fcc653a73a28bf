import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from placeprint.mobility.distance import haversine_km

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)


@given(LON, LAT, LON, LAT)
def test_is_within_a_hundredth_of_the_ellipsoid(lon, lat, to_lon, to_lat):
    metres = Geod(ellps="WGS84").inv(lon, lat, to_lon, to_lat)[2]
    points = (np.array([value]) for value in (lon, lat, to_lon, to_lat))
    np.testing.assert_allclose(haversine_km(*points)[0], metres / 1000, rtol=0.01, atol=1e-3)
