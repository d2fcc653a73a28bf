"""Where people of a cell go: gravity over near cells and towns, bent by hidden networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.grid import Grid
from placeprint.simulation.nearest import nearest
from placeprint.simulation.networks import Networks
from placeprint.simulation.people import People
from placeprint.simulation.settlements import Settlements
from placeprint.typing import FloatArray, IntArray

__all__ = ["Destinations", "affinity", "destinations_of"]

NEAR_CELLS = 160
NEAR_TOWNS = 16
LARGEST_TOWNS = 8
DECAY_KM = 8.0
DECAY_POWER = 1.8
TIE = 0.7
BLOCK = 8192
"""Cells whose destinations are weighed at a time."""


@dataclass(frozen=True)
class Destinations:
    """The cells that people of each cell may go to, and how likely each is.

    Attributes:
        cells: (n, k) candidate cells.
        cumulative: (n · k,) i + P(candidate ≤ j | cell i), row after row: increasing throughout,
            so that one binary search draws for any number of people at once.
    """

    cells: IntArray
    cumulative: FloatArray

    def draw(self, origins: IntArray, rng: np.random.Generator) -> IntArray:
        """Draw a destination for each origin: (m,) cells → (m,) cells."""
        width = self.cells.shape[1]
        found = np.searchsorted(self.cumulative, origins + rng.random(len(origins)), side="right")
        column = np.clip(found - origins * width, 0, width - 1)
        return np.asarray(self.cells[origins, column])

    def inflow(self, mass: FloatArray) -> FloatArray:
        """What arrives in each cell j when all send out their mass: Σ_i mass_i P(j | i), (n,)."""
        total = np.zeros(len(self.cells))
        until = self.cumulative.reshape(self.cells.shape)
        for begin in range(0, len(self.cells), BLOCK):
            rows = slice(begin, begin + BLOCK)
            start = np.arange(begin, begin + len(until[rows]), dtype=float)[:, None]
            arriving = np.diff(until[rows], axis=1, prepend=start) * mass[rows, None]
            np.add.at(total, self.cells[rows].ravel(), arriving.ravel())
        return total


def affinity(
    networks: Networks, people: People, origins: IntArray, targets: IntArray
) -> FloatArray:
    """How much more people of one cell like to go to another than distance and size say.

    exp(0.7 (trade_i trade_j + kin_i kin_j) + 0.2 wealth_i wealth_j), wealth held within ±2.

    Args:
        networks: The hidden fields.
        people: The people, for their wealth.
        origins: (n, 1) or (n, k) cells.
        targets: (n, k) cells.

    Returns:
        (n, k) positive factors.
    """
    wealth = np.clip(people.wealth, -2.0, 2.0)
    ties = networks.trade[origins] * networks.trade[targets]
    ties = ties + networks.kin[origins] * networks.kin[targets]
    return np.asarray(np.exp(TIE * ties + 0.2 * wealth[origins] * wealth[targets]))


def destinations_of(
    grid: Grid, towns: Settlements, people: People, networks: Networks
) -> Destinations:
    """Weigh the destinations of every cell.

    P(j | i) ∝ (population_j + 300)^½ · e^(0.5 draw_j) · affinity_ij · (1 + d_ij / 8 km)^−1.8 over
    the 160 nearest other cells and, beyond them, the 16 nearest towns and the 8 largest. The
    candidates of a cell are bounded, so memory grows with n, not n².

    Example:
        >>> from placeprint.simulation.country import found
        >>> country = found(200, seed=0)
        >>> places = destinations_of(
        ...     country.grid, country.towns, country.people, country.networks
        ... )
        >>> bool((np.diff(places.cumulative) >= 0).all())
        True
    """
    count, places = len(grid), grid.sphere[towns.cells]
    attraction = np.sqrt(people.population + 300.0) * np.exp(0.5 * networks.draw)
    parts = [slice(begin, min(begin + BLOCK, count)) for begin in range(0, count, BLOCK)]
    width = min(NEAR_CELLS, count - 1) + min(LARGEST_TOWNS, len(places))
    width += min(NEAR_TOWNS, max(len(places) - LARGEST_TOWNS, 0))
    everywhere = np.empty((count, width), dtype=np.int32)
    cumulative = np.empty((count, width))
    for rows in parts:
        distance, cells = _candidates(grid, towns, places, rows)
        weights = attraction[cells] * (1.0 + distance / DECAY_KM) ** -DECAY_POWER
        weights *= affinity(networks, people, np.arange(count)[rows, None], cells)
        shares = np.cumsum(weights, axis=1)
        shares /= shares[:, -1:].copy()
        shares += np.arange(count)[rows, None]
        everywhere[rows], cumulative[rows] = cells, shares
    return Destinations(cells=everywhere, cumulative=cumulative.ravel())


def _candidates(
    grid: Grid, towns: Settlements, places: FloatArray, rows: slice
) -> tuple[FloatArray, IntArray]:
    """Where people of some cells may go, and how far it is: ∞ for a town that is near anyway."""
    here = grid.sphere[rows]
    distance, cells = nearest(grid.sphere, here, k=NEAR_CELLS + 1)
    distance, cells = distance[:, 1:], cells[:, 1:]
    largest, smaller = towns.cells[:LARGEST_TOWNS], towns.cells[LARGEST_TOWNS:]
    offsets = [np.linalg.norm(here - place, axis=1) for place in places[:LARGEST_TOWNS]]
    far_distance, far_cells = np.stack(offsets, axis=1), np.tile(largest, (len(here), 1))
    if len(smaller):
        town_distance, town = nearest(places[LARGEST_TOWNS:], here, k=NEAR_TOWNS)
        far_distance = np.concatenate([far_distance, town_distance], axis=1)
        far_cells = np.concatenate([far_cells, smaller[town]], axis=1)
    far_distance[far_distance <= distance[:, -1:]] = np.inf
    return (
        np.concatenate([distance, far_distance], axis=1),
        np.concatenate([cells, far_cells], axis=1),
    )
