from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from placeprint.simulation.city import City
from placeprint.simulation.city.functions import FUNCTIONS


def test_population_against_a_loop(city: City) -> None:
    buildings = city.buildings
    slow = np.zeros(400)
    for block, function, levels, plan in zip(
        buildings.block, buildings.function, buildings.levels, buildings.polygons
    ):
        if FUNCTIONS[function] in {"house", "apartments"}:
            slow[block] += plan.area * levels / 40.0
    ratio = city.people.population[slow > 0] / slow[slow > 0]
    assert np.log(ratio).std() == pytest.approx(0.08, rel=0.2)
    assert (city.people.population[slow == 0] == 0).all()
    assert_allclose(city.people.density, city.people.population / city.blocks.area * 1e6)


def test_price_needs_every_score(city: City) -> None:
    """Leaving out any of the five costs a share of the variance that noise cannot explain."""
    sold = np.isfinite(city.people.price)
    assert 0.7 < sold.mean() < 0.9
    blocks, price = city.blocks, np.log(city.people.price[sold])
    scores = [
        blocks.wealth,
        blocks.greenness,
        blocks.draw,
        blocks.liveliness,
        city.people.surroundings,
    ]

    def explained(columns: list[np.ndarray]) -> float:
        design = np.stack([*columns, np.ones(400)], axis=1)[sold]
        rest = price - design @ np.linalg.lstsq(design, price, rcond=None)[0]
        return float(1 - rest.var() / price.var())

    full = explained(scores)
    assert full > 0.9
    for left_out in range(len(scores)):
        assert explained(scores[:left_out] + scores[left_out + 1 :]) < full - 0.06
