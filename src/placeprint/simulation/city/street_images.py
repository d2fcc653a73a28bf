"""The city from the street: a small picture of each view."""

from __future__ import annotations

import numpy as np

from placeprint.simulation.city.viewpoints import Sights
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["SIZE", "paint_views"]

SIZE = 64
GROUND = 46
KERB = 51

FACADES = np.array(
    [
        [188, 150, 118],
        [178, 168, 156],
        [196, 180, 150],
        [132, 148, 168],
        [156, 160, 158],
        [170, 112, 90],
        [198, 194, 172],
        [140, 132, 126],
    ],
    dtype=np.float32,
)
WINDOWS = np.array(
    [
        [14, 6, 11, 5],
        [8, 4, 8, 4],
        [12, 8, 14, 6],
        [6, 5, 6, 4],
        [20, 5, 22, 3],
        [10, 7, 10, 5],
        [12, 4, 12, 7],
        [64, 1, 64, 1],
    ]
)
"""For each function: columns from window to window, a window's width, rows from one to the next,
its height."""

WIDTHS = np.array([34, 58, 56, 56, 64, 60, 54, 16])
ROOF = np.array([120, 66, 54], dtype=np.float32)
GLASS = np.array([72, 88, 108], dtype=np.float32)
FRONTS = np.array([[196, 62, 44], [224, 176, 52], [58, 116, 188]], dtype=np.float32)
LEAVES = np.array([58, 104, 50], dtype=np.float32)
OPEN = np.array(
    [
        [136, 142, 92],
        [128, 132, 104],
        [142, 140, 138],
        [122, 118, 112],
        [150, 140, 112],
        [108, 142, 74],
    ],
    dtype=np.float32,
)
"""Open ground by land use."""

SKY_TOP = np.array([104, 152, 214], dtype=np.float32)
SKY_LOW = np.array([206, 222, 238], dtype=np.float32)
PAVEMENT = np.array([150, 146, 140], dtype=np.float32)
ASPHALT = np.array([82, 82, 86], dtype=np.float32)
DRAB = np.array([-34, -38, -36], dtype=np.float32)
STAIN = np.array([-46, -48, -44], dtype=np.float32)
CARS = np.array([[58, 60, 66], [176, 178, 182], [150, 44, 40], [52, 84, 138]], dtype=np.float32)

_rows = np.arange(SIZE)[:, None]
_columns = np.arange(SIZE)[None, :]


def _at(values: AnyArray) -> AnyArray:
    """(v,) → (v, 1, 1), to meet rows and columns."""
    return np.asarray(values)[:, None, None]


def _paint(image: FloatArray, where: BoolArray, colour: AnyArray) -> None:
    """Paint a mask that spreads to (v, h, w) in one colour (3,), or one for each view (v, 3)."""
    where = np.broadcast_to(where, image.shape[:3])
    view = np.nonzero(where)[0]
    image[where] = np.broadcast_to(colour, (len(image), 3))[view]


def _facades(
    image: FloatArray, sights: Sights, part: slice, wealth: FloatArray, rng: np.random.Generator
) -> None:
    function = sights.function[part]
    seen = _at(function >= 0)
    near = np.clip(20.0 / np.maximum(sights.distance[part], 8.0), 0.6, 1.8)
    high = np.clip(sights.levels[part] * 5.5 * near + 4.0, 8.0, 42.0)
    wide = np.clip(WIDTHS[function] * near, 10.0, 72.0)
    middle = 32.0 + 5.0 * rng.normal(size=len(function))
    left, right, top = middle - wide / 2.0, middle + wide / 2.0, GROUND - high
    wall = seen & (_columns >= _at(left)) & (_columns < _at(right))
    wall = wall & (_rows >= _at(top)) & (_rows < GROUND)
    tint = FACADES[function] + 9.0 * rng.normal(size=(len(function), 3))
    kept = np.clip(wealth, -2.5, 2.5)[:, None]
    _paint(image, wall, tint + np.where(kept < 0.0, -kept * DRAB * 0.8, kept * 16.0))
    pitched = seen & _at(function == 0)
    slope = 0.45 * np.abs(_columns - _at(middle))
    roof = pitched & (_rows < _at(top)) & (_rows >= _at(top - 0.26 * wide) + slope)
    _paint(image, roof, ROOF + 4.0 * kept)
    # The worse a house is kept, the more of its wall is stained.
    stained = rng.random(wall.shape) < _at(0.07 * np.exp(-0.9 * kept[:, 0]))
    image[wall & stained] += STAIN
    across, window, down, pane = WINDOWS[function].T
    column = (_columns - np.floor(_at(left)).astype(int) - 2) % _at(across)
    row = (_rows - np.floor(_at(top)).astype(int) - 2) % _at(down)
    glass = wall & (column < _at(window)) & (row < _at(pane)) & (_rows < GROUND - 3)
    _paint(image, glass, GLASS + 10.0 * rng.normal(size=(len(function), 1)))
    look = sights.look[part]
    front = wall & _at(look >= 0) & (_rows >= GROUND - 9)
    stripe = (_columns // 4) % 2 == 0
    _paint(image, front, FRONTS[look])
    image[front & (_rows >= GROUND - 6)] *= 0.55
    image[front & stripe & (_rows < GROUND - 6)] += 40.0


def _trees(image: FloatArray, count: IntArray, rng: np.random.Generator) -> None:
    for number in range(4):
        x, high = rng.uniform(2.0, 62.0, len(count)), rng.uniform(14.0, 26.0, len(count))
        size = rng.uniform(5.0, 9.0, len(count))
        there = _at(count > number)
        trunk = there & (np.abs(_columns - _at(x)) < 1.0) & (_rows > _at(GROUND - high))
        _paint(image, trunk & (_rows < GROUND + 2), np.array([84.0, 64.0, 48.0]))
        far = (_columns - _at(x)) ** 2 + (_rows - _at(GROUND - high)) ** 2
        _paint(image, there & (far < _at(size**2)), LEAVES + 12.0 * rng.normal(size=(len(x), 1)))


def _cars(image: FloatArray, count: IntArray, wealth: FloatArray, rng: np.random.Generator) -> None:
    for number in range(2):
        x = rng.uniform(6.0, 46.0, len(count))
        colour = CARS[rng.integers(0, len(CARS), len(count))] + 14.0 * np.clip(
            wealth[:, None], -2.0, 2.0
        )
        there, along = _at(count > number), _columns - _at(x)
        body = there & (along >= 0) & (along < 16) & (_rows >= KERB - 3) & (_rows < KERB + 3)
        cabin = there & (along >= 4) & (along < 12) & (_rows >= KERB - 7) & (_rows < KERB - 3)
        _paint(image, body, colour)
        _paint(image, cabin, GLASS)
        wheels = there & ((along // 3 == 1) | (along // 3 == 4)) & (np.abs(_rows - KERB - 3) < 2)
        _paint(image, wheels, np.array([24.0, 24.0, 24.0]))


def paint_views(
    sights: Sights, part: slice, wealth: FloatArray, rng: np.random.Generator
) -> AnyArray:
    """Paint some of the views, 64 by 64 pixels.

    Sky, the façade of the building in sight (colour, width, windows and roof by its function,
    height by its storeys and distance), a shop front, trees, pavement, street and cars. Wealth
    shows in how bright the façades are, how stained, how clean the pavement is, and in the cars.
    Nothing depends on greenness or draw.

    Args:
        sights: All views.
        part: Which of them, m.
        wealth: (m,) wealth of the block in sight, standard scores.
        rng: Random generator.

    Returns:
        (m, 64, 64, 3) uint8.
    """
    count = len(wealth)
    fall = (_rows / GROUND)[None, :, :, None]
    cloud = 10.0 * rng.normal(size=(count, 1, 1, 1))
    image = np.broadcast_to(
        (1.0 - fall) * SKY_TOP + fall * SKY_LOW + cloud, (count, SIZE, SIZE, 3)
    ).astype(np.float32)
    _facades(image, sights, part, wealth, rng)
    clean = 10.0 * np.clip(wealth, -2.0, 2.0)[:, None]
    opened = OPEN[sights.land_use[part]]
    ground = np.where(sights.function[part, None] < 0, opened, PAVEMENT)
    _paint(image, _rows >= GROUND, ground + clean)
    empty = _at(sights.function[part] < 0)
    _paint(image, empty & (_rows >= GROUND - 6) & (_rows < GROUND), opened - 12.0)
    _trees(image, sights.trees[part], rng)
    _paint(image, (_rows >= KERB), ASPHALT)
    litter = rng.random(image.shape[:3]) < _at(0.03 * np.exp(-0.9 * np.clip(wealth, -2.0, 2.0)))
    image[litter & (_rows >= GROUND)] += 70.0
    _paint(image, (np.abs(_rows - 60) < 1) & (_columns % 16 < 9), np.full(3, 214.0))
    _cars(image, sights.cars[part], wealth, rng)
    image += rng.normal(scale=5.0, size=image.shape[:3])[..., None]
    return np.clip(image, 0.0, 255.0).astype(np.uint8)
