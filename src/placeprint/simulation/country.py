"""The simulated country as a whole: everything that is true of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeprint.simulation.gravity import destinations_of
from placeprint.simulation.grid import Grid, survey
from placeprint.simulation.landuse import LandUse, land_use
from placeprint.simulation.networks import Networks, networks_of
from placeprint.simulation.people import STAGES, People, people_of
from placeprint.simulation.settlements import Settlements, settle
from placeprint.simulation.terrain import Terrain, terrain_of
from placeprint.simulation.trips import Trips, travel
from placeprint.simulation.units import Units, divide
from placeprint.typing import FloatArray

__all__ = ["Country", "found"]


@dataclass(frozen=True)
class Country:
    """The truth about a simulated country, from which all its raw files are drawn.

    Attributes:
        seed: Its seed.
        grid: Its cells.
        terrain: Elevation, rain, forest that could be, water.
        towns: Settlements.
        people: Population, wealth, education, industry, stages of life.
        ground: Land use.
        networks: The fields that show in mobility alone.
        units: Counties, cities, provinces.
        trips: Where its agents went.
        customers: (n,) people of other cells who come to each in one round of trips.
        customer_income: (n,) their mean income, crowns; NaN where nobody comes.
    """

    seed: int
    grid: Grid
    terrain: Terrain
    towns: Settlements
    people: People
    ground: LandUse
    networks: Networks
    units: Units
    trips: Trips
    customers: FloatArray
    customer_income: FloatArray

    def truth(self) -> pd.DataFrame:
        """The latent fields, one row a cell.

        ``trade_network``, ``kin_network`` and ``draw`` show in mobility alone.

        Example:
            >>> found(200, seed=0).truth()["population"].min()
            np.float64(0.0)
        """
        people, ground = self.people, self.ground
        fields: dict[str, FloatArray] = {
            "area_km2": self.grid.area,
            "population": people.population,
            "density": people.density,
            "urbanity": people.urbanity,
            "income": people.income,
            "education": people.education,
            "industry": people.industry,
            "elevation": self.terrain.elevation,
            "rainfall": self.terrain.rainfall,
            "forest": ground.forest,
            "built": ground.built,
            "farmland": ground.farmland,
            "water": ground.water,
            "trade_network": self.networks.trade,
            "kin_network": self.networks.kin,
            "draw": self.networks.draw,
            "customers": self.customers,
            "customer_income": self.customer_income,
        }
        stages = {f"share_{name}": people.stages[:, i] for i, name in enumerate(STAGES)}
        return pd.DataFrame({"region_id": self.grid.region_ids, **fields, **stages})


def found(cells: int, seed: int) -> Country:
    """Found a country: land, towns, people, networks, units and trips, in this order.

    Args:
        cells: How many H3 cells of resolution 6.
        seed: Its seed; the same seed gives the same country.

    Example:
        >>> country = found(200, seed=0)
        >>> len(country.grid) == len(country.people.population)
        True
    """
    grid = survey(cells, seed)
    terrain = terrain_of(grid, seed)
    towns = settle(grid, terrain, seed)
    people = people_of(grid, terrain, towns, seed)
    networks = networks_of(len(grid), seed)
    places = destinations_of(grid, towns, people, networks)
    customers = places.inflow(people.population)
    spent = places.inflow(people.population * people.income)
    unknown = np.full(len(grid), np.nan)
    return Country(
        seed=seed,
        grid=grid,
        terrain=terrain,
        towns=towns,
        people=people,
        ground=land_use(terrain, people),
        networks=networks,
        units=divide(grid, seed),
        trips=travel(people, places, seed),
        customers=customers,
        customer_income=np.divide(spent, customers, out=unknown, where=customers > 0),
    )
