"""The eleven tasks of the MobCLIP paper, as noisy functions of what is true of the country.

ε is standard normal noise, independent for every value; z(·) is the standard score over the units
at hand; names are columns of ``truth.parquet``. CRI, HSR and ENE depend for the most part on
networks that show in mobility alone, and COS on what draws people.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.simulation.country import Country
from placeprint.simulation.demographics import elderly_share
from placeprint.simulation.fields import standardise
from placeprint.simulation.streams import stream
from placeprint.simulation.terrain import sigmoid
from placeprint.simulation.units import means_by

__all__ = ["city_labels", "county_labels", "grid_labels", "point_labels"]

POINTS_PER_CELL = 2
MOST_POINTS = 50_000


def grid_labels(country: Country) -> pd.DataFrame:
    """Labels of cells.

    * POP = density · e^(0.05 ε), people per km²;
    * CRI = e^(2 + 0.8 trade_network + 0.35 urbanity + 0.3 ε), crimes per 10,000 people a year;
      unknown (NaN) where nobody lives;
    * COS = customers · customer_income / 18,000 · e^(0.15 ε), thousand crowns a week; 0 where
      nobody comes.

    Returns:
        region_id, POP, CRI, COS, one row a cell.
    """
    rng = stream(country.seed, "grid labels")
    people, cells = country.people, len(country.grid)
    noise = rng.normal(size=(3, cells))
    crime = np.exp(2.0 + 0.8 * country.networks.trade + 0.35 * people.urbanity + 0.3 * noise[1])
    spending = country.customers * np.nan_to_num(country.customer_income) / 18_000.0
    return pd.DataFrame(
        {
            "region_id": country.grid.region_ids,
            "POP": people.density * np.exp(0.05 * noise[0]),
            "CRI": np.where(people.inhabited, crime, np.nan),
            "COS": spending * np.exp(0.15 * noise[2]),
        }
    )


def county_labels(country: Country) -> pd.DataFrame:
    """Labels of counties. Bars are means over a county's cells, weighted by people where said.

    * EDU = 9 + 1.6 · education (by people) + 0.3 ε, mean years of schooling;
    * ELD = share of 65 and older (by people, from the stages of life) + 0.8 ε, per cent;
    * HSR = 100 · σ(−1.2 + 0.8 z(kin_network) + 0.15 z(urbanity) + 0.2 ε), per cent: people who
      live apart from where they are registered;
    * HOU = 38 − 4 z(urbanity) + 3 z(log income) + 1.5 ε, m² per head.

    Returns:
        county, EDU, ELD, HSR, HOU, sorted by county.
    """
    rng = stream(country.seed, "county labels")
    people, county = country.people, country.units.county
    codes = country.units.codes()["county"]
    _, first = np.unique(county, return_index=True)
    fields = np.stack([people.education, 100.0 * elderly_share(people)], axis=1)
    by_people = means_by(county, fields, people.population + 1e-6)
    fields = np.stack([country.networks.kin, people.urbanity, np.log(people.income)], axis=1)
    plain = means_by(county, fields, np.ones(len(county)))
    kin, urbanity, wealth = (standardise(column) for column in plain.T)
    noise = rng.normal(size=(4, len(first)))
    table = pd.DataFrame(
        {
            "county": codes[first],
            "EDU": 9.0 + 1.6 * by_people[:, 0] + 0.3 * noise[0],
            "ELD": np.clip(by_people[:, 1] + 0.8 * noise[1], 0.0, 100.0),
            "HSR": 100.0 * sigmoid(-1.2 + 0.8 * kin + 0.15 * urbanity + 0.2 * noise[2]),
            "HOU": np.maximum(38.0 - 4.0 * urbanity + 3.0 * wealth + 1.5 * noise[3], 8.0),
        }
    )
    return table.sort_values("county", ignore_index=True)


def city_labels(country: Country) -> pd.DataFrame:
    """Labels of cities.

    ENE = e^(0.8 + 0.3 z(industry) + 0.5 z(trade_network) + 0.1 ε) of the means over a city's
    cells, tonnes of coal equivalent per head.

    Returns:
        city, ENE, sorted by city.
    """
    rng = stream(country.seed, "city labels")
    city = country.units.city
    codes = country.units.codes()["city"]
    _, first = np.unique(city, return_index=True)
    fields = np.stack([country.people.industry, country.networks.trade], axis=1)
    industry, trade = (standardise(mean) for mean in means_by(city, fields, np.ones(len(city))).T)
    energy = np.exp(0.8 + 0.3 * industry + 0.5 * trade + 0.1 * rng.normal(size=len(first)))
    table = pd.DataFrame({"city": codes[first], "ENE": energy})
    return table.sort_values("city", ignore_index=True)


def point_labels(country: Country) -> pd.DataFrame:
    """Labels at points anywhere in the country: two a cell on average, at most 50,000.

    * NTL = 0.05 · (density · income / 18,000)^0.8 · e^(0.35 ε), nW/cm²/sr;
    * ELE = elevation + 40 ε, m, not below 0;
    * FOR = 100 · forest + 8 ε, per cent, within 0 and 100.

    Returns:
        lon, lat (degrees), NTL, ELE, FOR, in the order of the cells.
    """
    rng = stream(country.seed, "point labels")
    count = min(POINTS_PER_CELL * len(country.grid), MOST_POINTS)
    cells = np.sort(rng.integers(0, len(country.grid), count))
    lon, lat = country.grid.points_in(cells, rng)
    noise = rng.normal(size=(3, count))
    people = country.people
    lit = (people.density * people.income / 18_000.0)[cells]
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "NTL": 0.05 * lit**0.8 * np.exp(0.35 * noise[0]),
            "ELE": np.maximum(country.terrain.elevation[cells] + 40.0 * noise[1], 0.0),
            "FOR": np.clip(100.0 * country.ground.forest[cells] + 8.0 * noise[2], 0.0, 100.0),
        }
    )
