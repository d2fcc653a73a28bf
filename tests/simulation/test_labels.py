"""Each label is recovered from truth.parquet by its stated formula, up to its stated noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.simulation.country import Country
from placeprint.simulation.demographics import elderly_share
from placeprint.simulation.labels import city_labels, county_labels, grid_labels, point_labels


@pytest.fixture(scope="module")
def truth(country: Country) -> pd.DataFrame:
    return country.truth().assign(
        **country.units.codes(), elderly=100.0 * elderly_share(country.people)
    )


def _z(values: pd.Series) -> pd.Series:
    return (values - values.mean()) / values.std(ddof=0)


def _noise(residual: pd.Series | np.ndarray, sigma: float, tolerance: float = 0.1) -> None:
    values = np.asarray(residual)
    values = values[np.isfinite(values)]
    assert abs(values.mean()) < 5.0 * sigma / np.sqrt(len(values))
    assert abs(values.std() / sigma - 1.0) < tolerance


def test_grid(country: Country, truth: pd.DataFrame) -> None:
    labels = grid_labels(country)
    assert labels["region_id"].tolist() == truth["region_id"].tolist()
    lived = truth["population"] > 0
    assert (labels.loc[~lived, "POP"] == 0).all()
    assert labels.loc[~lived, "CRI"].isna().all()
    _noise(np.log(labels["POP"] / truth["density"])[lived], 0.05)
    crime = 2.0 + 0.8 * truth["trade_network"] + 0.35 * truth["urbanity"]
    _noise(np.log(labels["CRI"]) - crime, 0.3)
    spending = truth["customers"] * truth["customer_income"] / 18_000.0
    _noise(np.log(labels["COS"] / spending), 0.15)


def test_county(country: Country, truth: pd.DataFrame) -> None:
    labels = county_labels(country).set_index("county")
    groups = truth.groupby("county")
    assert labels.index.tolist() == sorted(groups.groups)

    def by_people(column: str) -> pd.Series:
        return groups.apply(lambda g: np.average(g[column], weights=g["population"] + 1e-6))

    _noise(labels["EDU"] - 9.0 - 1.6 * by_people("education"), 0.3, 0.2)
    _noise(labels["ELD"] - by_people("elderly"), 0.8, 0.2)
    plain = groups[["kin_network", "urbanity"]].mean()
    logit = -1.2 + 0.8 * _z(plain["kin_network"]) + 0.15 * _z(plain["urbanity"])
    share = labels["HSR"] / 100.0
    _noise(np.log(share / (1.0 - share)) - logit, 0.2, 0.2)
    income = groups["income"].apply(lambda v: np.log(v).mean())
    housing = 38.0 - 4.0 * _z(plain["urbanity"]) + 3.0 * _z(income)
    _noise(labels["HOU"] - housing, 1.5, 0.2)


def test_city(country: Country, truth: pd.DataFrame) -> None:
    labels = city_labels(country).set_index("city")
    means = truth.groupby("city")[["industry", "trade_network"]].mean()
    energy = 0.8 + 0.3 * _z(means["industry"]) + 0.5 * _z(means["trade_network"])
    _noise(np.log(labels["ENE"]) - energy, 0.1, 0.5)


def test_point(country: Country, truth: pd.DataFrame) -> None:
    from placeprint.regions import cells_of_points

    labels = point_labels(country)
    ids = cells_of_points(labels["lon"].to_numpy(), labels["lat"].to_numpy(), 6)
    cells = truth.iloc[np.searchsorted(country.grid.ids, ids)].reset_index(drop=True)
    assert len(labels) == 2 * len(country.grid)
    lit = cells["density"] * cells["income"] / 18_000.0
    assert (labels.loc[lit == 0, "NTL"] == 0).all()
    bright = lit > 0
    _noise(np.log(labels["NTL"] / (0.05 * lit**0.8))[bright], 0.35)
    high = cells["elevation"] > 200
    _noise((labels["ELE"] - cells["elevation"])[high], 40.0)
    middling = cells["forest"].between(0.35, 0.65)
    _noise((labels["FOR"] - 100.0 * cells["forest"])[middling], 8.0)
