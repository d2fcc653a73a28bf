"""The buildings: their function, footprint and height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from placeprint.simulation.city.blocks import Blocks
from placeprint.simulation.city.functions import FUNCTIONS, draw_functions
from placeprint.simulation.city.lots import Lots
from placeprint.simulation.city.shapes import draw_outlines
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["Buildings", "build_up"]

GARAGE = FUNCTIONS.index("garage")
GARAGES = 0.24

COVER = np.array(
    [
        [0.60, 0.46],
        [0.84, 0.55],
        [0.86, 0.78],
        [0.78, 0.74],
        [0.80, 0.70],
        [0.84, 0.70],
        [0.76, 0.72],
    ]
)
"""The share of the lot's width and depth that a building of each function takes."""

OUTLINE_ODDS = np.array(
    [
        [0.72, 0.28, 0.00, 0.00],
        [0.45, 0.27, 0.13, 0.15],
        [0.66, 0.22, 0.07, 0.05],
        [0.48, 0.22, 0.14, 0.16],
        [0.80, 0.16, 0.04, 0.00],
        [0.20, 0.35, 0.35, 0.10],
        [0.45, 0.27, 0.13, 0.15],
    ]
)
"""How often each function has a rectangle, an L, a U or a courtyard."""

LEVELS = np.array([[1, 3], [3, 8], [1, 4], [2, 9], [1, 3], [1, 4], [1, 5], [1, 2]])
"""The fewest storeys of each function, and one more than the most."""


@dataclass(frozen=True)
class Buildings:
    """The b buildings, block after block.

    Attributes:
        block: (b,) the block of each.
        function: (b,) position in :data:`~placeprint.simulation.city.functions.FUNCTIONS`.
        levels: (b,) storeys.
        polygons: (b,) shapely Polygons in metres, some with a courtyard.
        centres: (b, 2) the centre of the lot's building, metres.
    """

    block: IntArray
    function: IntArray
    levels: IntArray
    polygons: AnyArray
    centres: FloatArray

    def __len__(self) -> int:
        return len(self.block)

    @property
    def floor_area(self) -> FloatArray:
        """(b,) footprint times storeys, m²."""
        return np.asarray(shapely.area(self.polygons) * self.levels)


def build_up(blocks: Blocks, lots: Lots, seed: int) -> Buildings:
    """Put up the buildings.

    A building stands in the middle of its lot and takes a share of its width and depth that
    depends on its function, times e^(0.1 ε); its outline is a rectangle, an L, a U or a courtyard
    with odds that depend on its function too. Shops, offices and apartments of one block come out
    much alike: shape narrows a function down, the surroundings settle it. A quarter of the houses
    has a garage at the end of the lot.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> city = found_city(60, seed=0)
        >>> bool((city.buildings.levels >= 1).all())
        True
    """
    rng = stream(seed, "city buildings")
    built = np.flatnonzero(lots.built)
    function = draw_functions(blocks, lots, built, rng)
    odds = np.cumsum(OUTLINE_ODDS[function], axis=1)
    outline = (rng.random(len(built))[:, None] > odds[:, :-1]).sum(axis=1)
    share = COVER[function] * np.exp(0.1 * rng.normal(size=(len(built), 2)))
    size = np.minimum(share, 0.94) * lots.size[built]
    shift = np.zeros((len(built), 2))
    house = function == FUNCTIONS.index("house")
    shift[house, 1] = -0.14 * lots.size[built[house], 1]

    with_garage = np.flatnonzero(house & (rng.random(len(built)) < GARAGES))
    room = lots.size[built[with_garage]]
    small = np.stack([rng.uniform(2.8, 3.8, len(room)), rng.uniform(3.6, 4.8, len(room))], axis=1)
    # The garage takes the far end, which the house, moved towards the street, leaves free.
    side = rng.choice([-1.0, 1.0], len(room))
    far = np.stack([side * 0.28 * room[:, 0], 0.46 * room[:, 1] - small[:, 1] / 2.0], axis=1)

    lot = np.concatenate([built, built[with_garage]])
    function = np.concatenate([function, np.full(len(with_garage), GARAGE)])
    outline = np.concatenate([outline, np.zeros(len(with_garage), dtype=int)])
    size, shift = np.concatenate([size, small]), np.concatenate([shift, far])
    flip = rng.choice([-1.0, 1.0], (len(lot), 2))
    turn = np.radians(1.5) * rng.normal(size=len(lot))
    wings = rng.uniform(0.35, 0.55, (len(lot), 2))
    order = np.argsort(lots.block[lot], kind="stable")
    lot, function = lot[order], function[order]
    low, high = LEVELS[function].T
    plans = draw_outlines(outline[order], wings[order], (size * flip)[order], turn[order])
    corners = shapely.get_num_coordinates(plans)
    local = shapely.get_coordinates(plans) + np.repeat(shift[order], corners, axis=0)
    return Buildings(
        block=lots.block[lot],
        function=function,
        levels=rng.integers(low, high),
        polygons=shapely.set_coordinates(plans, lots.place(np.repeat(lot, corners), local)),
        centres=lots.place(lot, shift[order]),
    )
