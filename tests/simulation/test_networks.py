"""The networks show in movement, and in nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.linalg import eigsh
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict

from placeprint.regions import cells_of_points
from placeprint.simulation.country import Country
from placeprint.simulation.demographics import demographics_table
from placeprint.simulation.places import places_table

FOLDS = KFold(5, shuffle=True, random_state=0)


def _r2(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(1.0 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


@pytest.fixture(scope="module")
def covisits(country: Country) -> sparse.csr_array:
    """How many agents visit two cells within a week: weeks are runs of six visits."""
    weeks = country.trips.places.reshape(-1, 6)
    rows = np.repeat(np.arange(len(weeks)), 6)
    seen = sparse.csr_array(
        (np.ones(rows.size), (rows, weeks.ravel())), shape=(len(weeks), len(country.grid))
    )
    seen.data[:] = 1.0
    graph = (seen.T @ seen).tolil()
    graph.setdiag(0)
    return graph.tocsr()


@pytest.fixture(scope="module")
def others(country: Country) -> np.ndarray:
    """Coordinates, demographics and counts of places: every modality but mobility."""
    grid = country.grid
    ages = demographics_table(grid, country.people, country.seed).set_index("region_id")
    ages = np.log1p(ages.reindex(grid.region_ids).fillna(0.0).to_numpy())
    places = places_table(country)
    cells = np.searchsorted(
        grid.ids, cells_of_points(places["lon"].to_numpy(), places["lat"].to_numpy(), 6)
    )
    counts = pd.crosstab(cells, places["category"].to_numpy()).reindex(range(len(grid)))
    return np.column_stack([grid.lon, grid.lat, ages, np.log1p(counts.fillna(0.0).to_numpy())])


def test_other_modalities_do_not_know(country: Country, others: np.ndarray) -> None:
    networks = country.networks
    fields = np.column_stack([networks.trade, networks.kin, networks.draw])
    forest = RandomForestRegressor(10, max_features=0.2, min_samples_leaf=5, random_state=0)
    for model in (forest, RidgeCV(np.logspace(0, 6, 7))):
        predicted = cross_val_predict(model, others, fields, cv=FOLDS)
        assert max(_r2(*pair) for pair in zip(fields.T, predicted.T, strict=True)) < 0.1


def test_other_modalities_do_know_wealth(country: Country, others: np.ndarray) -> None:
    y = country.people.wealth
    ridge = RidgeCV(np.logspace(0, 6, 7))
    assert _r2(y, cross_val_predict(ridge, others, y, cv=FOLDS)) > 0.4


@pytest.mark.parametrize("field", ["trade", "kin"])
def test_neighbours_in_the_graph_are_alike(
    country: Country, covisits: sparse.csr_array, field: str
) -> None:
    y = getattr(country.networks, field)
    mean = (covisits @ y) / covisits.sum(axis=1)
    assert np.corrcoef(mean, y)[0, 1] ** 2 > 0.6


@pytest.mark.parametrize("field", ["trade", "kin"])
def test_neighbours_on_the_map_are_not(country: Country, field: str) -> None:
    from placeprint.simulation.nearest import nearest

    y = getattr(country.networks, field)
    _, around = nearest(country.grid.sphere, country.grid.sphere, k=7)
    assert abs(np.corrcoef(y, y[around[:, 1:]].mean(axis=1))[0, 1]) < 0.1


def test_a_factorisation_of_the_graph_knows(country: Country, covisits: sparse.csr_array) -> None:
    graph = covisits.tocoo()
    degree = covisits.sum(axis=1)
    ratio = np.log(degree.sum() * graph.data / (degree[graph.row] * degree[graph.col]))
    positive = sparse.csr_array((np.maximum(ratio, 0.0), (graph.row, graph.col)), shape=graph.shape)
    _, vectors = eigsh(positive, k=64, which="LM", v0=np.ones(len(degree)))
    for y in (country.networks.trade, country.networks.kin):
        ridge = RidgeCV(np.logspace(-6, 2, 9))
        assert _r2(y, cross_val_predict(ridge, vectors, y, cv=FOLDS)) > 0.6


def test_what_draws_people_shows_in_visits(country: Country) -> None:
    arrivals = np.bincount(country.trips.places.ravel(), minlength=len(country.grid))
    size = np.log(country.people.population + 300.0)
    design = np.column_stack([np.ones(len(size)), size])
    visits = np.log1p(arrivals)
    excess = visits - design @ np.linalg.lstsq(design, visits, rcond=None)[0]
    assert np.corrcoef(excess, country.networks.draw)[0, 1] > 0.6
