from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from placeprint.simulation.country import Country
from placeprint.simulation.grid import survey
from placeprint.simulation.units import divide, means_by


@pytest.mark.parametrize("cells", [50, 200, 1500])
def test_units_nest(cells: int) -> None:
    codes = pd.DataFrame(divide(survey(cells, seed=0), seed=0).codes())
    for inner, outer in [("county", "city"), ("city", "province")]:
        assert codes[[inner, outer]].drop_duplicates()[inner].is_unique
    assert codes["province"].nunique() >= 6


def test_sizes(country: Country) -> None:
    units = country.units
    counties, cities = len(np.unique(units.county)), len(np.unique(units.city))
    assert 10 < len(country.grid) / counties < 15
    assert cities >= 15


def test_counties_are_compact(country: Country) -> None:
    county = country.units.county
    middle = means_by(county, country.grid.sphere, np.ones(len(county)))
    offset = np.linalg.norm(country.grid.sphere - middle[county], axis=1)
    assert offset.max() < 60.0


def test_means_by_agrees_with_a_loop() -> None:
    rng = np.random.default_rng(0)
    groups, weights = rng.permutation(np.arange(60) % 7), rng.random(60)
    for values in (rng.normal(size=60), rng.normal(size=(60, 3))):
        slow = [
            np.average(values[groups == g], axis=0, weights=weights[groups == g]) for g in range(7)
        ]
        assert_allclose(means_by(groups, values, weights), slow)
