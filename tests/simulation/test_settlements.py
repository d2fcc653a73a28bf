from __future__ import annotations

import h3
import numpy as np
from numpy.testing import assert_allclose

from placeprint.simulation.country import Country
from placeprint.simulation.names import HEADS, MIDDLES, TAILS, town_names


def test_sizes_follow_zipf(country: Country) -> None:
    sizes = country.towns.sizes
    slope = np.polyfit(np.log(np.arange(1, len(sizes) + 1)), np.log(sizes), 1)[0]
    assert (np.diff(sizes) <= 0).all()
    assert -1.15 < slope < -0.85


def test_towns_keep_apart(country: Country) -> None:
    cells = country.grid.region_ids[country.towns.cells]
    parents = {h3.cell_to_parent(cell, 5) for cell in cells}
    assert len(parents) == len(cells) == len(country.grid) // 25


def test_names_are_distinct() -> None:
    everything = len(HEADS) * len(MIDDLES) * len(TAILS)
    names = town_names(everything, np.random.default_rng(0))
    assert len(set(names.tolist())) == everything


def test_spread_is_the_weighted_mean_of_near_towns(country: Country) -> None:
    towns, grid = country.towns, country.grid
    values = np.arange(len(towns.cells), dtype=float)
    spread = towns.spread(values)
    for cell in (0, 311, len(grid) - 1):
        distance = np.linalg.norm(grid.sphere[towns.cells] - grid.sphere[cell], axis=1)
        near = np.argsort(distance)[:4]
        pull = towns.sizes[near] ** 0.3 / (distance[near] + 3.0)
        assert_allclose(spread[cell], (values[near] * pull).sum() / pull.sum())
