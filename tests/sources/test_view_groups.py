from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.regions.metric import haversine_m
from placeprint.sources.street_views import (
    DIRECTIONS,
    group_centres,
    group_points,
    joined_scenes,
    quarters,
)


def connected(lon: np.ndarray, lat: np.ndarray, radius_m: float) -> np.ndarray:
    """Chains of points within the radius, pair by pair."""
    group = np.arange(len(lon))
    for _ in lon:
        for i in range(len(lon)):
            for j in range(len(lon)):
                if haversine_m(lon[i], lat[i], lon[j], lat[j]) <= radius_m:
                    group[i] = group[j] = min(group[i], group[j])
    return group


def partition(group: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(group == value).tolist()) for value in np.unique(group)}


@pytest.mark.parametrize("lat", [0.0, 60.0, -33.0])
@pytest.mark.parametrize("lon", [24.0, 180.0])
def test_sampling_points_are_connected_components(lon: float, lat: float) -> None:
    """Points 100 m apart, each with photographs up to 3 m around it."""
    rng = np.random.default_rng(0)
    steps = np.repeat(rng.permutation(6), 5) * 100 / 111_000
    noise = rng.uniform(-3, 3, (2, 30)) / 111_000 / np.sqrt(2)
    found_lon = lon + (steps - 3e-3 + noise[0]) / np.cos(np.radians(lat))
    found_lon = (found_lon + 180) % 360 - 180
    found_lat = lat + noise[1]
    group = group_points(found_lon, found_lat, 10.0)
    assert partition(group) == partition(connected(found_lon, found_lat, 10.0))
    assert len(np.unique(group)) == 6


def test_a_chain_is_split_into_groups_of_the_radius() -> None:
    """Photographs every 4 m along a kilometre are no single group."""
    lon = 24 + np.arange(250) * 4 / 111_000 / np.cos(np.radians(60))
    lat = np.full(250, 60.0)
    group = group_points(lon, lat, 10.0)
    members = partition(group)
    assert 40 < len(members) < 130
    for rows in (sorted(member) for member in members):
        across = haversine_m(lon[rows[0]], lat[rows[0]], lon[rows[-1]], lat[rows[-1]])
        assert across <= 20
        assert rows == list(range(rows[0], rows[-1] + 1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 24), spread=st.floats(1, 200))
def test_the_order_of_the_points_does_not_matter(seed: int, count: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    lon, lat = 24 + rng.uniform(0, spread, (2, count)) / 111_000
    lon[: count // 3] = lon[0]
    lat[: count // 3] = lat[0]
    group = group_points(lon, lat, 10.0)
    order = rng.permutation(count)
    again = group_points(lon[order], lat[order], 10.0)
    assert {frozenset(order[list(rows)].tolist()) for rows in partition(again)} == partition(group)
    assert set(group) == set(range(group.max() + 1))
    chains = connected(lon, lat, 10.0)
    for rows in partition(group):
        assert len(set(chains[list(rows)])) == 1
        for i in rows:
            for j in rows:
                assert haversine_m(lon[i], lat[i], lon[j], lat[j]) <= 20.0001


def test_radius_zero_joins_equal_points_only() -> None:
    lon = np.array([1.0, 1.0, 1.0000001])
    assert group_points(lon, np.zeros(3), 0.0).tolist() == [0, 0, 1]


def test_centres_are_means_across_the_antimeridian() -> None:
    lon, lat = np.array([179.9999, -179.9997, 10.0, 10.0002]), np.array([0.0, 0.0, 5.0, 5.0])
    centres = group_centres(lon, lat, np.array([0, 0, 1, 1]))
    assert centres["lon"].tolist() == [-179.9999, -179.9999, 10.0001, 10.0001]
    assert centres["lat"].tolist() == [0.0, 0.0, 5.0, 5.0]
    assert not np.signbit(centres["lat"]).any()


@given(st.floats(-360, 360))
def test_the_nearest_of_four_directions(heading: float) -> None:
    middle = {"E": 90, "S": 180, "W": 270, "N": 0}
    away = {name: abs((heading - degrees + 180) % 360 - 180) for name, degrees in middle.items()}
    quarter, off = quarters(np.array([heading]))
    assert off[0] == pytest.approx(min(away.values()), abs=1e-9)
    assert away[DIRECTIONS[quarter[0]]] == pytest.approx(off[0], abs=1e-9)


def test_halfway_belongs_to_the_next_clockwise() -> None:
    quarter, off = quarters(np.array([45.0, 135.0, 225.0, 315.0, 360.0]))
    assert [DIRECTIONS[i] for i in quarter] == ["E", "S", "W", "N", "N"]
    assert off.tolist() == [45, 45, 45, 45, 0]


def test_nothing_said_is_no_scene() -> None:
    scenes = [np.nan, " ", None, "a bridge "]
    assert joined_scenes(list("aabb"), scenes).tolist() == ["", "", "a bridge", "a bridge"]
