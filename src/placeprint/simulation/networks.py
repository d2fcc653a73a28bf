"""What only movement shows: who trades with whom, whose kin live where, and which places draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.streams import stream
from placeprint.typing import FloatArray

__all__ = ["Networks", "networks_of"]

EDGE = float(np.sqrt(3.0))


@dataclass(frozen=True)
class Networks:
    """Fields that shape travel and show in no other modality nor in location.

    Attributes:
        trade: (n,) side of the trade network, from −√3 to √3; likes do business with likes.
        kin: (n,) side of the kinship network, the same.
        draw: (n,) how much a place draws visitors beyond its size, standard scores.
    """

    trade: FloatArray
    kin: FloatArray
    draw: FloatArray


def networks_of(cells: int, seed: int) -> Networks:
    """Scatter the networks over the cells: each value is independent of every other.

    trade, kin ~ U(−√3, √3) and draw ~ N(0, 1), each with variance 1. Neighbouring cells are no
    more alike than distant ones, so neither coordinates nor a cell's surroundings give them away.

    Example:
        >>> networks_of(200, seed=0).trade.shape
        (200,)
    """
    rng = stream(seed, "networks")
    return Networks(
        trade=rng.uniform(-EDGE, EDGE, cells),
        kin=rng.uniform(-EDGE, EDGE, cells),
        draw=rng.normal(size=cells),
    )
