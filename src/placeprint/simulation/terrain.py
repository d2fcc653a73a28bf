"""The land itself: elevation, rainfall, and the forest that they allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.fields import SmoothField, smooth_field, standardise
from placeprint.simulation.grid import Grid
from placeprint.simulation.streams import stream
from placeprint.typing import FloatArray

__all__ = ["Terrain", "sigmoid", "terrain_of"]


@dataclass(frozen=True)
class Terrain:
    """What nature gives to each cell.

    Attributes:
        elevation: (n,) metres above the sea, positive.
        rainfall: (n,) standard scores.
        wood: (n,) share of the cell that would be forest without people, 0 to 1.
        water: (n,) share under lakes and sea, 0 to 1.
        relief: The fine field (about 5 km) that shades the image.
    """

    elevation: FloatArray
    rainfall: FloatArray
    wood: FloatArray
    water: FloatArray
    relief: SmoothField


def sigmoid(values: FloatArray) -> FloatArray:
    """1 / (1 + e^-v), safe for large values.

    Example:
        >>> sigmoid(np.array([0.0])).tolist()
        [0.5]
    """
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def terrain_of(grid: Grid, seed: int) -> Terrain:
    """Raise mountains, let it rain, and grow forests.

    With F_s a smooth field of scale s km and R the country's radius:

    * elevation = 700 · (1 − e^(−coast / 25 km)) · e^(0.6 z), z = std(F_(R/2) + F_60 + ½ F_18);
    * rainfall = std(F_(R/2) + F_90 − 0.3 z);
    * wood = σ(0.9 rainfall + 0.9 z + 0.7 F_25 − 0.6), less above the tree line of 2200 m;
    * water = σ(4 (F_22 − 1.9) − z) + 0.3 e^(−coast / 3 km).

    Args:
        grid: The cells.
        seed: The country's seed.

    Example:
        >>> from placeprint.simulation.grid import survey
        >>> bool((terrain_of(survey(200, seed=0), seed=0).elevation > 0).all())
        True
    """
    rng = stream(seed, "terrain")
    radius = float(np.sqrt(grid.area.sum() / np.pi))

    def field(scale: float) -> FloatArray:
        return smooth_field(rng, scale).at(grid.x, grid.y)

    height = standardise(field(radius / 2) + field(60.0) + 0.5 * field(18.0))
    rainfall = standardise(field(radius / 2) + field(90.0) - 0.3 * height)
    elevation = 700.0 * (1.0 - np.exp(-grid.coast / 25.0)) * np.exp(0.6 * height)
    wood = sigmoid(0.9 * rainfall + 0.9 * height + 0.7 * field(25.0) - 0.6)
    wood = wood * sigmoid((2200.0 - elevation) / 150.0)
    water = sigmoid(4.0 * (field(22.0) - 1.9) - height) + 0.3 * np.exp(-grid.coast / 3.0)
    return Terrain(
        elevation=np.maximum(elevation, 1.0),
        rainfall=rainfall,
        wood=wood,
        water=np.clip(water, 0.0, 0.9),
        relief=smooth_field(rng, 5.0),
    )
