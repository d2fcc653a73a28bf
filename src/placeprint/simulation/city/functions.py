"""What a building is for: by the land use of its block, and by what stands next to it."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from placeprint.simulation.city.blocks import Blocks
from placeprint.simulation.city.lots import Lots
from placeprint.simulation.fields import smooth_field
from placeprint.typing import IntArray

__all__ = ["FUNCTIONS", "draw_functions"]

FUNCTIONS = (
    "house",
    "apartments",
    "retail",
    "office",
    "industrial",
    "school",
    "civic",
    "garage",
)
"""The functions of buildings, as the values of ``building=*``, in the order of their numbers."""

SHARES = np.array(
    [
        [0.90, 0.04, 0.04, 0.00, 0.00, 0.01, 0.01, 0.0],
        [0.08, 0.72, 0.10, 0.06, 0.00, 0.02, 0.02, 0.0],
        [0.00, 0.15, 0.44, 0.36, 0.01, 0.00, 0.04, 0.0],
        [0.00, 0.00, 0.13, 0.11, 0.75, 0.00, 0.01, 0.0],
        [0.00, 0.04, 0.04, 0.06, 0.00, 0.46, 0.40, 0.0],
        [0.00, 0.00, 0.35, 0.00, 0.00, 0.10, 0.55, 0.0],
    ]
)
NEAR_KM = 0.06
ALIKE = 0.94


def draw_functions(
    blocks: Blocks, lots: Lots, built: IntArray, rng: np.random.Generator
) -> IntArray:
    """Draw the function of the building on each lot.

    The shares of functions depend on the land use of the block (a table). Which function a lot
    gets follows a smooth field of 60 m: u = Φ(0.94 F + √(1 − 0.94²) ε) picks from the cumulated
    shares, so that a lot's neighbours tell what its block alone does not.

    Args:
        blocks: The blocks.
        lots: Their lots.
        built: (b,) the lots with buildings.
        rng: Random generator.

    Returns:
        (b,) positions in :data:`FUNCTIONS`.
    """
    field = smooth_field(rng, NEAR_KM, modes=256).at(*lots.centres[built].T / 1000.0)
    own = rng.normal(size=len(built))
    level = ndtr(ALIKE * field + np.sqrt(1.0 - ALIKE**2) * own)
    shares = SHARES[blocks.land_use[lots.block[built]]]
    chosen = (level[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    return np.asarray(chosen)
