from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.regions import cells_of_points
from placeprint.simulation.categories import DRIVERS, load_categories
from placeprint.simulation.country import Country
from placeprint.simulation.names import BRANDS
from placeprint.simulation.places import drivers_of, places_table


@pytest.fixture(scope="module")
def table(country: Country) -> pd.DataFrame:
    places = places_table(country)
    ids = cells_of_points(places["lon"].to_numpy(), places["lat"].to_numpy(), 6)
    return places.assign(cell=np.searchsorted(country.grid.ids, ids))


def test_categories_are_well_formed() -> None:
    categories = load_categories()
    assert len(categories.names) >= 100
    assert len(set(categories.names)) == len(categories.names)
    assert all(name.count("=") == 1 for name in categories.names)
    assert (categories.rates > 0).all()
    assert (np.abs(categories.weights).sum(axis=0) > 0).all()


def test_every_key_of_a_category_is_read() -> None:
    from importlib.resources import files

    import yaml

    text = (files("placeprint.simulation") / "categories.yaml").read_text(encoding="utf-8")
    keys = {key for entry in yaml.safe_load(text).values() for key in entry}
    assert keys == {"nouns", "rate", *DRIVERS}


@pytest.mark.parametrize("category", ["amenity=cafe", "natural=peak", "leisure=golf_course"])
def test_counts_are_poisson_of_the_formula(
    country: Country, table: pd.DataFrame, category: str
) -> None:
    categories = load_categories()
    number = categories.names.tolist().index(category)
    drivers = drivers_of(country)
    expected = 0.0
    for row in drivers:
        expected += categories.rates[number] * np.exp(sum(categories.weights[number] * row))
    found = (table["category"] == category).sum()
    assert abs(found - expected) < 4.0 * np.sqrt(expected)


def test_every_town_is_a_place_in_its_cell(country: Country, table: pd.DataFrame) -> None:
    towns = table[table["category"].str.startswith("place=")].set_index("name")
    assert towns["cell"].reindex(country.towns.names).tolist() == country.towns.cells.tolist()
    assert towns.loc[country.towns.names[0], "category"] == "place=city"


def test_upmarket_chains_go_where_money_is(country: Country, table: pd.DataFrame) -> None:
    first = table["name"].str.split(" ").str[0]
    wealth = [
        country.people.wealth[table.loc[first.isin(chain), "cell"]].mean() for chain in BRANDS
    ]
    assert wealth[0] < wealth[1] - 0.2
    assert wealth[1] < wealth[2] - 0.2


def test_names_are_text(table: pd.DataFrame) -> None:
    assert table["name"].notna().all()
    assert table["name"].str.strip().ne("").all()
    assert table["name"].nunique() > 0.5 * len(table)
