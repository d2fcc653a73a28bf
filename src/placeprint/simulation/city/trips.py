"""Who was in which block, when: homes, works and favourite places of a panel of people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.simulation.city.blocks import Blocks
from placeprint.simulation.city.people import People
from placeprint.simulation.city.site import Site
from placeprint.simulation.gravity import Destinations
from placeprint.simulation.streams import stream
from placeprint.typing import IntArray

__all__ = ["destinations_of", "visits_table"]

AGENTS_PER_BLOCK = 14
FAVOURITES = 8
VISITS = 16
WEEKS = 4
DECAY_M = 400.0
MONDAY = np.datetime64("2024-01-01T00:00:00", "us")
SECONDS_PER_WEEK = 604_800


def destinations_of(blocks: Blocks, people: People) -> Destinations:
    """Weigh the destinations of the people of every block.

    P(j | i) ∝ (population_j + jobs_j + 40)^½ · e^(0.8 draw_j) · (1 + d_ij / 400 m)^−1.5, j ≠ i.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> city = found_city(60, seed=0)
        >>> destinations_of(city.blocks, city.people).cells.shape
        (60, 59)
    """
    count = len(blocks)
    others = np.arange(count - 1) + (np.arange(count - 1) >= np.arange(count)[:, None])
    gap = blocks.centres[:, None, :] - blocks.centres[others]
    distance = np.linalg.norm(gap, axis=2)
    pull = np.sqrt(people.population + people.jobs + 40.0) * np.exp(0.8 * blocks.draw)
    cumulative = np.cumsum(pull[others] * (1.0 + distance / DECAY_M) ** -1.5, axis=1)
    cumulative /= cumulative[:, -1:].copy()
    cumulative += np.arange(count)[:, None]
    return Destinations(cells=others, cumulative=cumulative.ravel())


def _itineraries(blocks: Blocks, people: People, rng: np.random.Generator) -> IntArray:
    """The blocks that each agent visits, (a, 16): home, work and eight favourite places."""
    weight = np.sqrt(people.population + 30.0)
    agents = AGENTS_PER_BLOCK * len(blocks)
    home = np.repeat(np.arange(len(blocks)), rng.multinomial(agents, weight / weight.sum()))
    places = destinations_of(blocks, people)
    known = np.stack([home, *(places.draw(home, rng) for _ in range(FAVOURITES + 1))], axis=1)
    odds = np.array([0.25, 0.15, *[0.6 / FAVOURITES] * FAVOURITES])
    choice = rng.choice(len(odds), size=(agents, VISITS), p=odds)
    return np.asarray(np.take_along_axis(known, choice, axis=1))


def visits_table(site: Site, blocks: Blocks, people: People, seed: int) -> pd.DataFrame:
    """Write down the visits of 14 people a block: user, time, lon, lat.

    Homes are drawn by (population + 30)^½, a work and eight favourite places by
    :func:`destinations_of`; a visit goes home with probability 0.25, to work with 0.15, else to
    a favourite. An agent is seen sixteen times, eight in each of two weeks in a row; a visit lies
    anywhere in its block.

    Returns:
        user int64, time (UTC, microseconds), lon, lat in degrees; one user's rows are together.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> city = found_city(60, seed=0)
        >>> len(visits_table(city.site, city.blocks, city.people, seed=0))
        13440
    """
    rng = stream(seed, "city visits")
    visited = _itineraries(blocks, people, rng)
    agents = len(visited)
    week = rng.integers(0, WEEKS - 1, agents)[:, None] + np.arange(VISITS) // (VISITS // 2)
    seconds = np.sort(rng.integers(0, SECONDS_PER_WEEK, (agents, 2, VISITS // 2)), axis=2)
    seconds = week * SECONDS_PER_WEEK + seconds.reshape(agents, VISITS)
    degrees = site.degrees(blocks.points_in(visited.ravel(), rng))
    time = MONDAY + (seconds.ravel() * 1_000_000).astype("timedelta64[us]")
    return pd.DataFrame(
        {
            "user": np.repeat(rng.permutation(agents), VISITS).astype(np.int64),
            "time": pd.DatetimeIndex(time).tz_localize("UTC"),
            "lon": degrees[:, 0].round(6),
            "lat": degrees[:, 1].round(6),
        }
    )
