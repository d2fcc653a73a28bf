"""The index against all pairs, on the globe."""

from __future__ import annotations

import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.models.urbanmfm import neighbourhoods
from placeprint.models.urbanmfm.neighbourhoods import row_starts, within
from placeprint.regions.metric import haversine_m

PLACES = {
    "city": (103.8, 1.3, 0.02, 0.02),
    "antimeridian": (180.0, -17.0, 0.02, 0.02),
    "north pole": (0.0, 89.99, 180.0, 0.01),
    "south pole": (50.0, -89.99, 180.0, 0.01),
}


def scatter(place: str, n: int, seed: int = 0):
    lon, lat, wide, high = PLACES[place]
    rng = np.random.default_rng(seed)
    longitudes = (lon + rng.uniform(-wide, wide, n) + 180) % 360 - 180
    return longitudes, lat + rng.uniform(-high, high, n)


def brute_force(lon, lat, other_lon, other_lat, max_distance, most):
    found = []
    itself = other_lon is None
    if itself:
        other_lon, other_lat = lon, lat
    for i in range(len(lon)):
        near = []
        for j in range(len(other_lon)):
            metres = float(haversine_m(lon[i], lat[i], other_lon[j], other_lat[j]))
            if metres <= max_distance and not (itself and i == j):
                near.append((metres, j))
        found += [(i, j, metres) for metres, j in sorted(near)[:most]]
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("most", [None, 1, 4, 1000])
@pytest.mark.parametrize("of_others", [False, True])
def test_equals_all_pairs(place, most, of_others, monkeypatch) -> None:
    monkeypatch.setattr(neighbourhoods, "CHUNK", 16)
    points = scatter(place, 50)
    others = scatter(place, 40, seed=1) if of_others else (None, None)
    row, col, distance = within(*points, *others, 900.0, most)
    expected = brute_force(*points, *others, 900.0, most)
    assert 20 < len(expected) < 50 * 49
    assert list(zip(row, col)) == [(i, j) for i, j, _ in expected]
    np.testing.assert_allclose(distance, [metres for _, _, metres in expected], atol=1e-6)


def test_chunks_equal_the_whole(monkeypatch) -> None:
    points = scatter("city", 300)
    whole = within(*points, None, None, 500.0, 5)
    monkeypatch.setattr(neighbourhoods, "CHUNK", 7)
    for one, other in zip(within(*points, None, None, 500.0, 5), whole):
        np.testing.assert_array_equal(one, other)


def test_another_point_at_the_same_place_is_a_neighbour() -> None:
    lon, lat = np.zeros(3), np.zeros(3)
    row, col, distance = within(lon, lat, None, None, 10.0)
    assert list(zip(row, col)) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    assert (distance == 0).all()
    row, col, _ = within(lon, lat, None, None, 10.0, most=1)
    assert row.tolist() == [0, 1, 2]
    assert (row != col).all()


def test_the_largest_distance_is_included() -> None:
    lon, lat = np.array([0.0, 0.01]), np.zeros(2)
    metres = float(haversine_m(lon[0], lat[0], lon[1], lat[1]))
    for most in (None, 1):
        assert len(within(lon, lat, None, None, metres, most)[0]) == 2
        assert len(within(lon, lat, None, None, np.nextafter(metres, 0), most)[0]) == 0


def test_a_distance_that_spans_the_globe() -> None:
    lon, lat = np.array([0.0, 180.0, 90.0]), np.array([90.0, -90.0, 0.0])
    assert len(within(lon, lat, None, None, 1e9)[0]) == 6


@pytest.mark.parametrize("most", [None, 3])
@pytest.mark.parametrize(("points", "others"), [(0, 4), (4, 0), (0, 0), (0, None), (1, None)])
def test_nothing_has_no_neighbours(points, others, most) -> None:
    there = (None, None) if others is None else scatter("city", others)
    row, col, distance = within(*scatter("city", points), *there, 1.0, most)
    assert len(row) == len(col) == len(distance) == 0
    assert row.dtype == col.dtype == np.int64


def test_coordinates_that_look_swapped_are_refused() -> None:
    with pytest.raises(InputError, match="look swapped"):
        within(np.array([1.3]), np.array([103.8]), None, None, 100.0)


def test_starts_of_rows_are_those_of_a_loop() -> None:
    row = np.array([1, 1, 1, 4, 5, 5])
    starts = row_starts(row, 7)
    assert [row[starts[i] : starts[i + 1]].tolist() for i in range(7)] == [
        [i] * int((row == i).sum()) for i in range(7)
    ]
