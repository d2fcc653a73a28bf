"""Who lives where: population, wealth, education, trade and stage of life of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.fields import smooth_field, standardise
from placeprint.simulation.grid import Grid
from placeprint.simulation.nearest import nearest
from placeprint.simulation.settlements import PEOPLE_PER_CELL, URBAN_SHARE, Settlements
from placeprint.simulation.streams import stream
from placeprint.simulation.terrain import Terrain
from placeprint.typing import BoolArray, FloatArray

__all__ = ["STAGES", "People", "people_of"]

STAGES = ("student", "young", "family", "settled", "retired")
"""The stages of life, in the order of the columns of ``People.stages``."""

EMPTY_SHARE = 0.05
LARGEST = 64
NEIGHBOURS = 12


@dataclass(frozen=True)
class People:
    """The people of each cell; scores are standardised over the cells.

    Attributes:
        population: (n,) people; 0 where nobody lives.
        density: (n,) people per km².
        urbanity: (n,) score of log(1 + density).
        wealth: (n,) score.
        income: (n,) mean yearly income, crowns.
        education: (n,) score.
        industry: (n,) score.
        stages: (n, 5) shares of :data:`STAGES`; rows add up to 1.
    """

    population: FloatArray
    density: FloatArray
    urbanity: FloatArray
    wealth: FloatArray
    income: FloatArray
    education: FloatArray
    industry: FloatArray
    stages: FloatArray

    @property
    def inhabited(self) -> BoolArray:
        """(n,) whether anybody lives there."""
        return self.population > 0


def _kernel(distance: FloatArray, sizes: FloatArray) -> FloatArray:
    """Size · e^(−d/r) / 2πr², r = 3 km · (size / 50,000)^0.35: people per km²."""
    reach = 3.0 * (sizes / 50_000.0) ** 0.35
    return np.asarray(sizes * np.exp(-distance / reach) / (2.0 * np.pi * reach**2))


def _urban_density(grid: Grid, towns: Settlements) -> FloatArray:
    """The sum of the kernels of the 64 largest settlements and the 12 nearest of the others."""
    density = np.zeros(len(grid))
    places = grid.sphere[towns.cells]
    for place, size in zip(places[:LARGEST], towns.sizes[:LARGEST], strict=True):
        density += _kernel(np.linalg.norm(grid.sphere - place, axis=1), size)
    if len(places) > LARGEST:
        distance, who = nearest(places[LARGEST:], grid.sphere, k=NEIGHBOURS)
        density += _kernel(distance, towns.sizes[LARGEST:][who]).sum(axis=1)
    return density


def people_of(grid: Grid, terrain: Terrain, towns: Settlements, seed: int) -> People:
    """Settle the people.

    With F_s a smooth field of scale s km, u urbanity, h = std(log elevation), and T(·) a value of
    settlements spread to the cells (:meth:`Settlements.spread`); scores are standardised:

    * density = urban kernels + countryside ∝ e^(0.7 F_20 − 0.8 h − 2 water), 35 % of all people;
      the thinnest 5 % of cells are empty;
    * wealth = 0.6 F_80 + 0.6 T(wealth) + 0.5 u − 0.2 h + 0.4 F_10;
    * income = 18,000 · e^(0.35 wealth);
    * education = 0.5 wealth + 0.5 T(campus) + 0.4 u + 0.4 F_60;
    * industry = 0.8 T(works) + 0.4 F_30 + 0.2 u;
    * stages = softmax of: student 1.1 T(campus) + 0.4 u − 1.6; young 0.5 u + 0.3 industry;
      family 0.6 e^(−(u − 0.5)²) + 0.5 F_15; settled 0.3;
      retired 0.6 e^(−coast / 15 km) − 0.4 u + 0.5 F_50.

    Example:
        >>> from placeprint.simulation.country import found
        >>> people = found(200, seed=0).people
        >>> float(people.stages.sum(axis=1).round(9).min())
        1.0
    """
    rng = stream(seed, "people")

    def field(scale: float) -> FloatArray:
        return smooth_field(rng, scale).at(grid.x, grid.y)

    height = standardise(np.log(terrain.elevation))
    country = np.exp(0.7 * field(20.0) - 0.8 * height - 2.0 * terrain.water)
    country *= (1.0 - URBAN_SHARE) * PEOPLE_PER_CELL * len(grid) / (country @ grid.area)
    density = _urban_density(grid, towns) + country
    density[density < np.quantile(density, EMPTY_SHARE)] = 0.0
    urbanity = standardise(np.log1p(density))

    wealth = standardise(
        0.6 * field(80.0)
        + 0.6 * towns.spread(towns.wealth)
        + 0.5 * urbanity
        - 0.2 * height
        + 0.4 * field(10.0)
    )
    campus = towns.spread(towns.campus)
    education = standardise(0.5 * wealth + 0.5 * campus + 0.4 * urbanity + 0.4 * field(60.0))
    industry = standardise(0.8 * towns.spread(towns.works) + 0.4 * field(30.0) + 0.2 * urbanity)
    scores = np.stack(
        [
            1.1 * campus + 0.4 * urbanity - 1.6,
            0.5 * urbanity + 0.3 * industry,
            0.6 * np.exp(-((urbanity - 0.5) ** 2)) + 0.5 * field(15.0),
            np.full(len(grid), 0.3),
            0.6 * np.exp(-grid.coast / 15.0) - 0.4 * urbanity + 0.5 * field(50.0),
        ],
        axis=1,
    )
    stages = np.exp(scores - scores.max(axis=1, keepdims=True))
    return People(
        population=density * grid.area,
        density=density,
        urbanity=urbanity,
        wealth=wealth,
        income=18_000.0 * np.exp(0.35 * wealth),
        education=education,
        industry=industry,
        stages=stages / stages.sum(axis=1, keepdims=True),
    )
