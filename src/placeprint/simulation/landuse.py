"""What covers the ground: built-up land, water, forest and farmland."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.people import People
from placeprint.simulation.terrain import Terrain, sigmoid
from placeprint.typing import FloatArray

__all__ = ["LandUse", "land_use"]


@dataclass(frozen=True)
class LandUse:
    """Shares of each cell's area; the five add up to 1.

    Attributes:
        built: (n,) built-up.
        water: (n,) lakes and sea.
        forest: (n,) forest.
        farmland: (n,) fields and meadows.
        barren: (n,) rock and heath.
    """

    built: FloatArray
    water: FloatArray
    forest: FloatArray
    farmland: FloatArray
    barren: FloatArray


def land_use(terrain: Terrain, people: People) -> LandUse:
    """Divide each cell's ground.

    With D people per km² and E elevation in m: water first; of the rest built-up takes
    0.9 · D / (D + 1500); of what is left forest takes wood · (1 − 0.5 · σ(log(1 + D) − 5)); of
    what is then left farmland takes σ((900 − E) / 250), and the remainder is barren.

    Example:
        >>> from placeprint.simulation.country import found
        >>> ground = found(200, seed=0).ground
        >>> bool(((ground.forest >= 0) & (ground.forest <= 1)).all())
        True
    """
    dry = 1.0 - terrain.water
    built = dry * 0.9 * people.density / (people.density + 1500.0)
    cleared = 0.5 * sigmoid(np.log1p(people.density) - 5.0)
    forest = (dry - built) * terrain.wood * (1.0 - cleared)
    farmland = (dry - built - forest) * sigmoid((900.0 - terrain.elevation) / 250.0)
    barren = np.maximum(dry - built - forest - farmland, 0.0)
    return LandUse(built, terrain.water, forest, farmland, barren)
