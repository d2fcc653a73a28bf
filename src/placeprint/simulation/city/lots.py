"""Lots: each block is parcelled along its longer side, as its land use wants it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from placeprint.simulation.city.blocks import Blocks
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["Lots", "parcel"]

SETBACK_M = 8.0
SIZES = np.array([[14, 21], [33, 25], [24, 24], [46, 36], [38, 31], [48, 48]], dtype=float)
"""Width and depth of a lot in metres by land use."""

OCCUPIED = np.array([0.93, 0.9, 0.94, 0.8, 0.85, 0.15])
"""The share of lots that are built upon by land use."""


@dataclass(frozen=True)
class Lots:
    """The l lots, block after block.

    Attributes:
        block: (l,) the block of each.
        centres: (l, 2) metres.
        along: (l, 2) the direction of the lots' width, unit vectors.
        size: (l, 2) width and depth, m.
        built: (l,) whether a building stands there.
    """

    block: IntArray
    centres: FloatArray
    along: FloatArray
    size: FloatArray
    built: BoolArray

    def place(self, lots: IntArray, local: FloatArray) -> FloatArray:
        """Points given in the frames of lots to metres on the map.

        Args:
            lots: (m,) lots.
            local: (m, 2) metres along the width and the depth, from the lot's centre.
        """
        along = self.along[lots]
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        return np.asarray(self.centres[lots] + local[:, :1] * along + local[:, 1:] * across)


def _frames(grounds: AnyArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The least rectangle round each ground: middle (n, 2), direction (n, 2), sides (n, 2)."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(grounds)).reshape(-1, 5, 2)
    sides = np.diff(corners[:, :3], axis=1)
    lengths = np.linalg.norm(sides, axis=2)
    longer = lengths.argmax(axis=1)
    rows = np.arange(len(grounds))
    along = sides[rows, longer] / lengths[rows, longer, None]
    return corners[:, :4].mean(axis=1), along, np.sort(lengths, axis=1)[:, ::-1]


def parcel(blocks: Blocks, seed: int) -> Lots:
    """Cut blocks into lots.

    What is left of a block 8 m from its streets is cut in rows along the longer side of the least
    rectangle round it. Lots are 14 by 21 m for homes, 33 by 25 for apartments, 24 by 24 for
    commerce, 46 by 36 for industry, 38 by 31 for civic uses and 48 by 48 in parks, times e^(0.08 ε)
    in each block; those that reach beyond the ground are left out. A block too narrow for any has
    one square lot in its widest place.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> city = found_city(60, seed=0)
        >>> bool((np.diff(city.lots.block) >= 0).all())
        True
    """
    rng = stream(seed, "city lots")
    grounds = shapely.buffer(blocks.polygons, -SETBACK_M, join_style="mitre")
    middle, along, sides = _frames(grounds)
    size = SIZES[blocks.land_use] * np.exp(0.08 * rng.normal(size=(len(blocks), 2)))
    counts = np.maximum((sides / size).astype(int), 1)
    each = counts.prod(axis=1)
    block = np.repeat(np.arange(len(blocks)), each)
    number = np.arange(len(block)) - np.repeat(np.cumsum(each) - each, each)
    column, row = number % counts[block, 0], number // counts[block, 0]
    local = np.stack([column, row], axis=1) - (counts[block] - 1) / 2.0
    local = local * size[block]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    centres = middle[block] + local[:, :1] * along[block] + local[:, 1:] * across[block]

    half = 0.47 * size[block]
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    reach = signs * half[:, None, :]
    corners = (
        centres[:, None, :]
        + reach[:, :, :1] * along[block][:, None, :]
        + reach[:, :, 1:] * across[block][:, None, :]
    )
    fits = shapely.contains(grounds[block], shapely.polygons(corners))
    block, centres, sizes = block[fits], centres[fits], size[block[fits]]

    narrow = np.setdiff1d(np.arange(len(blocks)), block)
    widest = shapely.length(shapely.maximum_inscribed_circle(blocks.polygons[narrow], 1.0))
    side = np.maximum(1.2 * (widest - 4.0), 6.0)
    block = np.concatenate([block, narrow])
    centres = np.concatenate([centres, blocks.centres[narrow]])
    sizes = np.concatenate([sizes, np.stack([side, side], axis=1)])
    order = np.argsort(block, kind="stable")
    block = block[order]
    return Lots(
        block=block,
        centres=centres[order],
        along=along[block],
        size=sizes[order],
        built=rng.random(len(block)) < OCCUPIED[blocks.land_use[block]],
    )
