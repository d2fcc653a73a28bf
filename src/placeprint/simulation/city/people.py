"""Who lives and works in each block, and what its homes cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.city.blocks import LAND_USES, Blocks
from placeprint.simulation.city.buildings import Buildings
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.fields import standardise
from placeprint.simulation.streams import stream
from placeprint.typing import BoolArray, FloatArray

__all__ = ["People", "settle_people"]

HOMES = ("house", "apartments")
WITHOUT_PRICE = ("industrial", "park")


@dataclass(frozen=True)
class People:
    """The people of each block.

    Attributes:
        population: (n,) people.
        density: (n,) people per km².
        jobs: (n,) people who work there.
        surroundings: (n,) mean wealth of the adjacent blocks, standardised.
        price: (n,) crowns per m²; NaN in parks and industry.
    """

    population: FloatArray
    density: FloatArray
    jobs: FloatArray
    surroundings: FloatArray
    price: FloatArray


def settle_people(blocks: Blocks, buildings: Buildings, seed: int) -> People:
    """Let people live in the homes and work in the rest.

    * population = Σ floor area of houses and apartments / 40 m² · e^(0.08 ε);
    * jobs = Σ floor area of all others but garages / 50 m²;
    * surroundings = std(mean wealth of the blocks that share a street);
    * price = e^(8 + 0.24 wealth + 0.2 greenness + 0.2 draw + 0.16 liveliness + 0.16 surroundings
      + 0.08 ε): of the street, the satellite image, mobility, the points of interest, and the
      neighbours' street; no homes are sold in parks and industry.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> bool((found_city(60, seed=0).people.population >= 0).all())
        True
    """
    rng = stream(seed, "city people")
    home = np.isin(buildings.function, [FUNCTIONS.index(name) for name in HOMES])
    work = ~home & (buildings.function != FUNCTIONS.index("garage"))
    noise = rng.normal(size=(2, len(blocks)))

    def total(chosen: BoolArray) -> FloatArray:
        area = np.where(chosen, buildings.floor_area, 0.0)
        return np.asarray(np.bincount(buildings.block, area, minlength=len(blocks)), dtype=float)

    population = total(home) / 40.0 * np.exp(0.08 * noise[0])
    surroundings = standardise(blocks.around(blocks.wealth))
    price = np.exp(
        8.0
        + 0.24 * blocks.wealth
        + 0.2 * blocks.greenness
        + 0.2 * blocks.draw
        + 0.16 * blocks.liveliness
        + 0.16 * surroundings
        + 0.08 * noise[1]
    )
    unsold = np.isin(blocks.land_use, [LAND_USES.index(name) for name in WITHOUT_PRICE])
    return People(
        population=population,
        density=population / blocks.area * 1e6,
        jobs=total(work) / 50.0,
        surroundings=surroundings,
        price=np.where(unsold, np.nan, price),
    )
