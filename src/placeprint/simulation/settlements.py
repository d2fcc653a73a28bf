"""Towns and cities: where they lie, how large they are and what they live from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import numpy as np

from placeprint.simulation.fields import standardise
from placeprint.simulation.grid import Grid
from placeprint.simulation.names import town_names
from placeprint.simulation.nearest import nearest
from placeprint.simulation.outline import RESOLUTION
from placeprint.simulation.streams import stream
from placeprint.simulation.terrain import Terrain
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["Settlements", "settle"]

CELLS_PER_TOWN = 25
PEOPLE_PER_CELL = 5_000
URBAN_SHARE = 0.65
MOST_TOWNS = 20_000
NEAREST = 4


@dataclass(frozen=True)
class Settlements:
    """The s settlements, largest first.

    Attributes:
        cells: (s,) the cell of each centre.
        sizes: (s,) people.
        names: (s,) distinct names.
        wealth: (s,) standard scores.
        campus: (s,) 0 or more: how much of a university town.
        works: (s,) standard scores: how industrial.
        nearest: (n, 4) the settlements near each cell.
        shares: (n, 4) how much each counts for the cell; rows add up to 1.
    """

    cells: IntArray
    sizes: FloatArray
    names: AnyArray
    wealth: FloatArray
    campus: FloatArray
    works: FloatArray
    nearest: IntArray
    shares: FloatArray

    def spread(self, values: FloatArray) -> FloatArray:
        """Carry values of settlements (s,) to the cells around them (n,)."""
        return np.asarray((values[self.nearest] * self.shares).sum(axis=1))


def _sites(grid: Grid, terrain: Terrain, count: int, rng: np.random.Generator) -> IntArray:
    """The best sites, at most one in each H3 parent, best first."""
    import h3.api.numpy_int as h3

    lowland = -standardise(np.log(terrain.elevation))
    harbour = np.exp(-grid.coast / 12.0)
    luck = rng.gumbel(size=len(grid))
    fitness = 0.8 * lowland + 0.8 * harbour + 0.3 * terrain.rainfall - 3.0 * terrain.water + luck
    parents = np.fromiter(
        map(h3.cell_to_parent, grid.ids.tolist(), repeat(RESOLUTION - 1)),
        dtype=np.uint64,
        count=len(grid),
    )
    order = np.argsort(-fitness, kind="stable")
    _, best = np.unique(parents[order], return_index=True)
    return np.asarray(order[np.sort(best)][:count])


def settle(grid: Grid, terrain: Terrain, seed: int) -> Settlements:
    """Found one settlement for about 25 cells, with sizes by Zipf's law.

    * sites: the fittest cells, fitness = 0.8 lowland + 0.8 e^(−coast / 12 km) + 0.3 rainfall
      − 3 water + Gumbel noise, at most one in each H3 cell of the next coarser resolution;
    * sizes: size_r = C / r · e^(0.1 ε) for rank r, adding up to 65 % of 5,000 people a cell;
    * share of settlement j in cell i: proportional to size_j^0.3 / (distance_ij + 3 km), over the
      four nearest.

    Example:
        >>> from placeprint.simulation.grid import survey
        >>> from placeprint.simulation.terrain import terrain_of
        >>> grid = survey(200, seed=0)
        >>> len(settle(grid, terrain_of(grid, seed=0), seed=0).cells)
        8
    """
    rng = stream(seed, "settlements")
    wanted = int(np.clip(len(grid) // CELLS_PER_TOWN, 8, MOST_TOWNS))
    cells = _sites(grid, terrain, wanted, rng)
    count = len(cells)
    sizes = np.exp(0.1 * rng.normal(size=count)) / np.arange(1, count + 1)
    sizes = np.sort(sizes)[::-1] * URBAN_SHARE * PEOPLE_PER_CELL * len(grid) / sizes.sum()
    distance, towns = nearest(grid.sphere[cells], grid.sphere, k=NEAREST)
    pull = sizes[towns] ** 0.3 / (distance + 3.0)
    rank = standardise(np.log(sizes))
    return Settlements(
        cells=cells,
        sizes=sizes,
        names=town_names(count, rng),
        wealth=standardise(0.5 * rank + rng.normal(size=count)),
        campus=(rng.random(count) < 0.25) * rng.gamma(4.0, 0.4, count) + 0.1,
        works=standardise(rng.normal(size=count) + 0.2 * rank),
        nearest=towns,
        shares=pull / pull.sum(axis=1, keepdims=True),
    )
