from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.regions import cells_of_points
from placeprint.simulation import trips
from placeprint.simulation.country import Country
from placeprint.simulation.trips import visits_parts


@pytest.fixture(scope="module")
def visits(country: Country) -> pd.DataFrame:
    return pd.concat(visits_parts(country.grid, country.trips, country.seed), ignore_index=True)


def test_nobody_lives_in_an_empty_cell(country: Country) -> None:
    assert country.people.inhabited[country.trips.home].all()


def test_days_begin_at_home_and_go_to_work(country: Country) -> None:
    trips = country.trips
    assert (trips.places[:, 0] == trips.home).all()
    assert (trips.places[:, 1] == trips.work).all()
    assert (trips.home != trips.work).mean() > 0.99


def test_exploration_slows_down(country: Country) -> None:
    """S grows by 0.6 S^-0.21 a step, a little less where a place is found again."""
    known = 2.0
    for _ in range(16):
        known += 0.6 * known**-0.21
    distinct = np.array([len(set(row)) for row in country.trips.places[::20].tolist()])
    assert 0.75 * known < distinct.mean() < known


def test_returns_prefer_places_known_well(country: Country) -> None:
    places = country.trips.places
    last = places[:, -1]
    often = (places[:, :-1] == last[:, None]).sum(axis=1)
    home_visits = (places[:, :-1] == country.trips.home[:, None]).sum(axis=1)
    frequent = home_visits >= 5
    rare = home_visits == 1
    at_home = last == country.trips.home
    assert often[at_home].mean() > 2.0
    assert at_home[frequent].mean() > 3.0 * at_home[rare].mean()


def test_visits_lie_where_the_trips_went(country: Country, visits: pd.DataFrame) -> None:
    cells = cells_of_points(visits["lon"].to_numpy(), visits["lat"].to_numpy(), 6)
    counts = pd.Series(cells).value_counts()
    expected = np.bincount(country.trips.places.ravel(), minlength=len(country.grid))
    assert counts.reindex(country.grid.ids, fill_value=0).tolist() == expected.tolist()


def test_each_agent_is_seen_in_three_weeks_in_a_row(visits: pd.DataFrame) -> None:
    monday = pd.Timestamp("2024-01-01", tz="UTC")
    week = (visits["time"] - monday) // pd.Timedelta(weeks=1)
    per_week = week.groupby([visits["user"], week]).size()
    assert week.min() == 0
    assert week.max() == 7
    assert (per_week == 6).all()
    span = week.groupby(visits["user"]).agg(["min", "max", "nunique"])
    assert (span["nunique"] == 3).all()
    assert (span["max"] - span["min"] == 2).all()


def test_rows_of_a_user_are_together_and_in_time_order(visits: pd.DataFrame) -> None:
    user = visits["user"].to_numpy()
    same = user[1:] == user[:-1]
    later = visits["time"].diff().iloc[1:] >= pd.Timedelta(0)
    assert (~same).sum() + 1 == len(np.unique(user))
    assert later[same].all()


def test_user_numbers_say_nothing_about_the_home(country: Country, visits: pd.DataFrame) -> None:
    first = visits.iloc[::18]
    for column in ("lon", "lat"):
        assert abs(np.corrcoef(first["user"], first[column])[0, 1]) < 0.03


def test_visits_in_parts_are_the_same_trips(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trips, "CHUNK", 1000)
    parts = [*visits_parts(country.grid, country.trips, country.seed)]
    agents = len(country.trips.home)
    assert [len(part) for part in parts[:-1]] == [18_000] * (agents // 1000)
    visits = pd.concat(parts, ignore_index=True)
    assert sorted(visits["user"].unique()) == [*range(agents)]
    cells = cells_of_points(visits["lon"].to_numpy(), visits["lat"].to_numpy(), 6)
    weekly = np.searchsorted(country.grid.ids, cells).reshape(agents, 3, 6)
    expected = country.trips.places.reshape(agents, 3, 6)
    np.testing.assert_array_equal(np.sort(weekly), np.sort(expected))


def test_columns(visits: pd.DataFrame) -> None:
    assert {c: str(t) for c, t in visits.dtypes.items()} == {
        "user": "int64",
        "time": "datetime64[us, UTC]",
        "lon": "float64",
        "lat": "float64",
    }
