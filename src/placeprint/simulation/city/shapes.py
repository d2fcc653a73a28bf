"""Outlines of buildings: rectangle, L, U and courtyard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["OUTLINES", "draw_outlines"]

OUTLINES = ("rectangle", "L", "U", "courtyard")
"""The kinds of outlines, in the order of their numbers."""


def _ring(*points: tuple[FloatArray | float, FloatArray | float], count: int) -> FloatArray:
    """Corners of which each coordinate is one number or one for each building: (m, k, 2)."""
    flat = [np.broadcast_to(np.asarray(value, dtype=float), count) for p in points for value in p]
    return np.stack(flat, axis=1).reshape(count, len(points), 2)


def _rectangle(wings: FloatArray) -> list[FloatArray]:
    corners = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
    return [_ring(*corners, count=len(wings))]


def _angle(wings: FloatArray) -> list[FloatArray]:
    u, v = wings.T - 0.5
    corners = ((-0.5, -0.5), (0.5, -0.5), (0.5, v), (u, v), (u, 0.5), (-0.5, 0.5))
    return [_ring(*corners, count=len(wings))]


def _horseshoe(wings: FloatArray) -> list[FloatArray]:
    u, v = 0.5 - wings[:, 0] / 2.0, wings[:, 1] - 0.5
    left = ((-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5), (0.5, 0.5))
    return [_ring(*left, (u, 0.5), (u, v), (-u, v), (-u, 0.5), count=len(wings))]


def _courtyard(wings: FloatArray) -> list[FloatArray]:
    u, v = 0.5 - wings.T / 2.0
    yard = _ring((-u, -v), (-u, v), (u, v), (u, -v), count=len(wings))
    return [*_rectangle(wings), yard]


SHAPES: tuple[Callable[[FloatArray], list[FloatArray]], ...] = (
    _rectangle,
    _angle,
    _horseshoe,
    _courtyard,
)


def draw_outlines(
    kind: IntArray, wings: FloatArray, size: FloatArray, turn: FloatArray
) -> AnyArray:
    """Draw outlines around the origin.

    Args:
        kind: (b,) position in :data:`OUTLINES`.
        wings: (b, 2) how thick the wings of L, U and courtyard are, as shares of width and depth.
        size: (b, 2) width and depth in metres; a negative one mirrors.
        turn: (b,) radians, counterclockwise.

    Returns:
        (b,) shapely Polygons in metres.

    Example:
        >>> size = np.array([[10.0, 20.0], [10.0, 20.0]])
        >>> plans = draw_outlines(np.array([0, 3]), np.full((2, 2), 0.5), size, np.zeros(2))
        >>> shapely.area(plans).tolist()
        [200.0, 150.0]
    """
    plans = np.empty(len(kind), dtype=object)
    for number, shape in enumerate(SHAPES):
        here = np.flatnonzero(kind == number)
        rings = []
        for ring in shape(wings[here]):
            x, y = np.moveaxis(ring * size[here][:, None, :], 2, 0)
            cos, sin = np.cos(turn[here])[:, None], np.sin(turn[here])[:, None]
            rings.append(np.stack([cos * x - sin * y, sin * x + cos * y], axis=2))
        holes = shapely.linearrings(rings[1])[:, None] if len(rings) > 1 else None
        plans[here] = shapely.polygons(shapely.linearrings(rings[0]), holes=holes)
    return plans
