"""Agents with a home and a work who explore and return: the visits they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeprint.simulation.gravity import Destinations
from placeprint.simulation.grid import Grid
from placeprint.simulation.people import People
from placeprint.simulation.streams import stream
from placeprint.typing import BoolArray, IntArray

__all__ = ["Trips", "travel", "visits_parts"]

AGENTS_PER_CELL = 14
WEEKS = 8
ACTIVE_WEEKS = 3
VISITS_PER_WEEK = 6
VISITS = ACTIVE_WEEKS * VISITS_PER_WEEK
EXPLORE = 0.6
EXPLORE_POWER = 0.21
MONDAY = np.datetime64("2024-01-01T00:00:00", "us")
SECONDS_PER_DAY = 86_400
CHUNK = 65_536
"""Agents whose visits are written at a time."""


@dataclass(frozen=True)
class Trips:
    """Where a agents were: their homes, works and 18 visits each.

    Attributes:
        home: (a,) cells, sorted.
        work: (a,) cells.
        places: (a, 18) the cells visited, in order.
    """

    home: IntArray
    work: IntArray
    places: IntArray


def _homes(people: People, agents: int, rng: np.random.Generator) -> IntArray:
    """Homes of a panel that covers thin cells better than their share: ∝ (population + 300)^½."""
    weight = np.where(people.inhabited, np.sqrt(people.population + 300.0), 0.0)
    return np.repeat(np.arange(len(weight)), rng.multinomial(agents, weight / weight.sum()))


def travel(people: People, destinations: Destinations, seed: int) -> Trips:
    """Let 14 agents a cell live for three weeks.

    An agent starts at home, then goes to work; both are drawn once, work by gravity. At each
    later step an agent that knows S places explores a new one with probability 0.6 · S^−0.21,
    drawn by gravity around the home, or else returns to a place with a probability proportional
    to how often it was there (a uniform draw from its own history).

    Source: Song, Koren, Wang & Barabási, "Modelling the scaling properties of human mobility",
    Nature Physics 6 (2010): exploration and preferential return, ρ = 0.6, γ = 0.21.

    Example:
        >>> from placeprint.simulation.country import found
        >>> trips = found(200, seed=0).trips
        >>> trips.places.shape[1]
        18
    """
    rng = stream(seed, "trips")
    home = _homes(people, AGENTS_PER_CELL * len(people.population), rng)
    work = destinations.draw(home, rng)
    places = np.empty((len(home), VISITS), dtype=np.int32)
    places[:, 0], places[:, 1] = home, work
    known = np.full(len(home), 2)
    everyone = np.arange(len(home))
    for step in range(2, VISITS):
        back = rng.integers(0, step, len(home))
        places[:, step] = places[everyone, back]
        explores = np.flatnonzero(rng.random(len(home)) < EXPLORE * known**-EXPLORE_POWER)
        places[explores, step] = destinations.draw(home[explores], rng)
        known[explores] += 1
    return Trips(home=home, work=work, places=places)


def _moments(at_home: BoolArray, at_work: BoolArray, rng: np.random.Generator) -> IntArray:
    """Seconds since Monday of each visit, (a, 3, 6): evenings at home, days at work."""
    shape = at_home.shape
    day = np.where(at_work, rng.integers(0, 5, shape), rng.integers(0, 7, shape))
    start = np.where(at_home, 18.0, np.where(at_work, 8.0, 10.0))
    length = np.where(at_home, 5.0, np.where(at_work, 9.0, 11.0))
    hour = start + length * rng.random(shape)
    return np.asarray(day * SECONDS_PER_DAY + (hour * 3600.0).astype(np.int64))


def visits_parts(grid: Grid, trips: Trips, seed: int) -> Iterator[pd.DataFrame]:
    """Write the trips down as visits: user, time, lon, lat; some agents at a time.

    An agent is seen in three weeks in a row out of eight, six times in each; within a week its
    visits are in the order of time. A visit lies anywhere in its cell. User numbers are shuffled,
    so that they say nothing about the home.

    Yields:
        user int64, time (UTC, microseconds), lon, lat in degrees; one user's rows are together.
    """
    rng = stream(seed, "visits")
    users = None
    for begin in range(0, len(trips.home), CHUNK):
        some = slice(begin, begin + CHUNK)
        home, work = trips.home[some, None, None], trips.work[some, None, None]
        weekly = trips.places[some].reshape(len(home), ACTIVE_WEEKS, VISITS_PER_WEEK)
        seconds = _moments(weekly == home, weekly == work, rng)
        order = np.argsort(seconds, axis=2, kind="stable")
        cells = np.take_along_axis(weekly, order, axis=2).ravel()
        first = rng.integers(0, WEEKS - ACTIVE_WEEKS + 1, len(home))
        week = first[:, None] + np.arange(ACTIVE_WEEKS)
        seconds = (
            np.take_along_axis(seconds, order, axis=2) + week[:, :, None] * 7 * SECONDS_PER_DAY
        )
        lon, lat = grid.points_in(cells, rng)
        time = MONDAY + (seconds.ravel() * 1_000_000).astype("timedelta64[us]")
        if users is None:
            users = rng.permutation(len(trips.home))
        yield pd.DataFrame(
            {
                "user": np.repeat(users[some], VISITS).astype(np.int64),
                "time": pd.DatetimeIndex(time).tz_localize("UTC"),
                "lon": lon,
                "lat": lat,
            }
        )
