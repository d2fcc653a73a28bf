from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from placeprint.simulation.country import Country
from placeprint.simulation.demographics import (
    COLUMNS,
    PROFILES,
    demographics_table,
    elderly_share,
)
from placeprint.simulation.people import _urban_density


def test_urban_density_is_the_sum_of_all_kernels(country: Country) -> None:
    grid, towns = country.grid, country.towns
    slow = np.zeros(len(grid))
    for place, size in zip(towns.cells, towns.sizes, strict=True):
        reach = 3.0 * (size / 50_000.0) ** 0.35
        distance = np.linalg.norm(grid.sphere - grid.sphere[place], axis=1)
        slow += size * np.exp(-distance / reach) / (2.0 * np.pi * reach**2)
    assert len(towns.cells) <= 64
    assert_allclose(_urban_density(grid, towns), slow)


def test_people_are_about_as_many_as_meant(country: Country) -> None:
    total = country.people.population.sum()
    assert 0.7 < total / (5_000 * len(country.grid)) < 1.1


def test_the_thinnest_cells_are_empty(country: Country) -> None:
    assert 0.04 < 1.0 - country.people.inhabited.mean() < 0.06


def test_stages_are_shares(country: Country) -> None:
    stages = country.people.stages
    assert (stages > 0).all()
    assert_allclose(stages.sum(axis=1), 1.0)
    assert_allclose(PROFILES.sum(axis=1), 1.0)


def test_students_live_by_the_campus(country: Country) -> None:
    campus = country.towns.spread(country.towns.campus)
    assert np.corrcoef(campus, country.people.stages[:, 0])[0, 1] > 0.5


def test_histograms_count_the_inhabited(country: Country) -> None:
    table = demographics_table(country.grid, country.people, country.seed)
    assert table.columns.tolist() == ["region_id", *COLUMNS]
    assert COLUMNS[0] == "male_0_4"
    assert COLUMNS[19:21] == ("male_95_plus", "female_0_4")
    counts = table[list(COLUMNS)]
    assert (counts.to_numpy() >= 0).all()
    present = np.isin(country.grid.region_ids, table["region_id"].to_numpy(dtype=object))
    assert not present[~country.people.inhabited].any()
    population = country.people.population[present]
    error = (counts.sum(axis=1).to_numpy() - population) / np.sqrt(population)
    assert abs(error.std() - 1.0) < 0.1


def test_counted_elderly_are_those_expected(country: Country) -> None:
    table = demographics_table(country.grid, country.people, country.seed)
    old = [c for c in COLUMNS if int(c.split("_")[1]) >= 65]
    share = table[old].sum().sum() / table[list(COLUMNS)].sum().sum()
    expected = np.average(elderly_share(country.people), weights=country.people.population)
    assert abs(share - expected) < 0.002
