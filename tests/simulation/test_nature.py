from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from placeprint.simulation.country import Country
from placeprint.simulation.landuse import LandUse
from placeprint.simulation.terrain import sigmoid


def test_land_rises_from_the_coast(country: Country) -> None:
    grid, height = country.grid, country.terrain.elevation
    assert (height > 0).all()
    assert height[grid.coast < 5].mean() < 0.5 * height[grid.coast > 30].mean()


def test_elevation_is_smooth(country: Country) -> None:
    from placeprint.simulation.nearest import nearest

    height = np.log(country.terrain.elevation)
    _, around = nearest(country.grid.sphere, country.grid.sphere, k=7)
    assert np.corrcoef(height, height[around[:, 1:]].mean(axis=1))[0, 1] > 0.9


def test_forest_follows_rain(country: Country) -> None:
    terrain = country.terrain
    assert np.corrcoef(terrain.wood, terrain.rainfall)[0, 1] > 0.2


def test_sigmoid_is_safe() -> None:
    values = np.array([-1e4, -2.0, 0.0, 2.0, 1e4])
    assert_allclose(sigmoid(values)[1:4], 1.0 / (1.0 + np.exp(-values[1:4])))
    assert sigmoid(values)[[0, 4]].tolist() == [0.0, 1.0]


def test_land_use_fills_every_cell(country: Country) -> None:
    ground: LandUse = country.ground
    shares = np.stack([ground.built, ground.water, ground.forest, ground.farmland, ground.barren])
    assert (shares >= 0).all()
    assert_allclose(shares.sum(axis=0), 1.0)


def test_cities_are_built_up(country: Country) -> None:
    ranks = [np.argsort(np.argsort(v)) for v in (country.ground.built, country.people.density)]
    assert np.corrcoef(*ranks)[0, 1] > 0.9
