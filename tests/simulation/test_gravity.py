from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from placeprint.simulation.country import Country
from placeprint.simulation.gravity import Destinations, destinations_of


@pytest.fixture(scope="module")
def places(country: Country) -> Destinations:
    return destinations_of(country.grid, country.towns, country.people, country.networks)


def _row(country: Country, cell: int) -> np.ndarray:
    """P(j | cell) over all cells, by the formula."""
    grid, towns, people, nets = country.grid, country.towns, country.people, country.networks
    distance = np.linalg.norm(grid.sphere - grid.sphere[cell], axis=1)
    near = np.argsort(distance)[1:161]
    rest = towns.cells[8:]
    far = {*towns.cells[:8].tolist(), *rest[np.argsort(distance[rest])[:16]].tolist()}
    candidates = sorted({*near.tolist(), *(far - {cell})})
    weights = np.zeros(len(grid))
    wealth = np.clip(people.wealth, -2, 2)
    for j in candidates:
        ties = nets.trade[cell] * nets.trade[j] + nets.kin[cell] * nets.kin[j]
        weights[j] = (
            np.sqrt(people.population[j] + 300.0)
            * np.exp(0.5 * nets.draw[j])
            * np.exp(0.7 * ties + 0.2 * wealth[cell] * wealth[j])
            * (1.0 + distance[j] / 8.0) ** -1.8
        )
    return weights / weights.sum()


@pytest.mark.parametrize("cell", [0, 400, 1499])
def test_probabilities_are_those_of_the_formula(
    country: Country, places: Destinations, cell: int
) -> None:
    mass = np.zeros(len(country.grid))
    mass[cell] = 1.0
    assert_allclose(places.inflow(mass), _row(country, cell), atol=1e-9)


def test_draws_follow_the_probabilities(country: Country, places: Destinations) -> None:
    cell, draws = 700, 40_000
    found = places.draw(np.full(draws, cell), np.random.default_rng(0))
    expected = draws * _row(country, cell)
    frequent = expected > 20
    counts = np.bincount(found, minlength=len(country.grid))
    chi2 = ((counts - expected)[frequent] ** 2 / expected[frequent]).sum()
    assert counts[expected == 0].sum() == 0
    assert abs(chi2 / frequent.sum() - 1.0) < 0.5


def test_inflow_adds_up_and_is_linear(country: Country, places: Destinations) -> None:
    mass = country.people.population
    assert_allclose(places.inflow(mass).sum(), mass.sum())
    assert_allclose(places.inflow(2.0 * mass), 2.0 * places.inflow(mass))
