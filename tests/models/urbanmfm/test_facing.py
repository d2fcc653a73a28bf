from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from placeprint.models.urbanmfm.facing import DIRECTIONS, facing_direction


@pytest.mark.parametrize("around", [(103.8, 1.3), (24.9, 60.2), (179.9999, -17.0), (-60.0, 89.99)])
def test_equals_the_bearing_of_another_library(around) -> None:
    rng = np.random.default_rng(0)
    n = 500
    lon, lat = np.full(n, around[0]), np.full(n, around[1])
    to_lon, to_lat, _ = Geod("+proj=latlong +a=6371000 +b=6371000").fwd(
        lon, lat, azimuth := rng.uniform(0, 360, n), rng.uniform(1, 1000, n)
    )
    expected = []
    for degrees in azimuth:
        if 45 <= degrees < 135:
            expected.append("E")
        elif 135 <= degrees < 225:
            expected.append("S")
        elif 225 <= degrees < 315:
            expected.append("W")
        else:
            expected.append("N")
    codes = facing_direction(to_lon, to_lat, lon, lat)
    assert [DIRECTIONS[code] for code in codes] == expected


def test_diagonals_go_clockwise_and_a_poi_at_the_point_is_north_of_it() -> None:
    lon, lat = np.array([0.0]), np.array([0.0])
    assert facing_direction(lon, lat, lon, lat).tolist() == [3]
    assert facing_direction(lon - 1e-20, lat, lon, lat).tolist() == [2]
    # Exactly 45 degrees at the equator, in the limit of short distances.
    step = np.array([1e-6])
    assert facing_direction(step, step * 0.999, lon, lat).tolist() == [0]
    assert facing_direction(step, step * 1.001, lon, lat).tolist() == [3]


def test_codes_are_in_range_on_a_fine_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 100_001)
    zero = np.zeros_like(angle)
    codes = facing_direction(1e-3 * np.sin(angle), 1e-3 * np.cos(angle), zero, zero)
    assert set(codes) == {0, 1, 2, 3}
    turns = np.flatnonzero(np.diff(codes))
    assert codes[np.append(turns, -1)].tolist() == [3, 0, 1, 2, 3]
