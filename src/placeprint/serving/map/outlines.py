"""Outlines for a page: simplified where they are dense, rounded to a grid, written as steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from placeprint.regions.antimeridian import extent, put_together
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["VERTICES", "Grid", "encode_lines", "encode_polygons", "simplified"]

VERTICES: Final = 100_000
"""Vertices that a page holds with ease; outlines of more are simplified."""

_STEPS: Final = 2**17
"""Steps of the grid along the longer side of the area: finer than a pixel when zoomed in far."""

_TURN: Final = 360.0
_HALF_TURN: Final = 180.0
_DOUBLINGS: Final = 12


@dataclass(frozen=True)
class Grid:
    """The grid that coordinates are rounded to.

    Attributes:
        west: Longitude of its origin, in degrees.
        south: Latitude of its origin, in degrees.
        east: Longitude of the other corner, above 180 beyond the antimeridian.
        north: Latitude of the other corner.
        step: Degrees between two lines.
    """

    west: float
    south: float
    east: float
    north: float
    step: float

    @classmethod
    def around(cls, shapes: AnyArray) -> Grid:
        """The grid of an area that may cross the antimeridian.

        Example:
            >>> Grid.around(np.array([shapely.box(178, 0, 179, 1), shapely.box(-179, 0, -178, 1)]))
            Grid(west=178.0, south=0.0, east=182.0, north=1.0, step=3.0517578125e-05)
        """
        west, south, east, north = extent(shapes)
        if west >= _HALF_TURN:  # the same area, a turn further east
            west, east = west - _TURN, east - _TURN
        longest = max(east - west, north - south)
        return cls(west, south, east, north, longest / _STEPS if longest > 0 else 1.0)

    def rounded(self, lonlat: FloatArray) -> IntArray:
        """Coordinates, (n, 2) in degrees, as numbers of steps east and north of the origin.

        What lies a turn west of the grid, beyond the antimeridian, is brought beside it.
        """
        lon = np.where(lonlat[:, 0] < self.west - self.step, lonlat[:, 0] + _TURN, lonlat[:, 0])
        apart = np.column_stack([lon - self.west, lonlat[:, 1] - self.south])
        return np.rint(apart / self.step).astype(np.int64)


def simplified(shapes: AnyArray, most: int = VERTICES) -> AnyArray:
    """Polygons with fewer vertices, whose shared borders stay shared.

    By the least tolerance, to a factor of 1.4, that leaves no more than ``most`` vertices, or where
    none does, by the greatest: a thirty-second of the area.

    Args:
        shapes: (n,) shapely polygons, degrees; of a coverage: they may touch, not overlap.
        most: How many vertices there may be.

    Returns:
        (n,) shapely; the same ones where there are few enough.

    Example:
        >>> round_one = shapely.Point(0, 0).buffer(1, quad_segs=400)
        >>> int(shapely.get_num_coordinates(simplified(np.array([round_one]), most=100))[0]) <= 100
        True
    """
    if shapely.get_num_coordinates(shapes).sum() <= most:
        return shapes
    step = Grid.around(shapes).step
    found = shapes
    low, high = 0, 2 * _DOUBLINGS  # of the tolerance, in half doublings of a step of the grid
    while low < high:
        middle = (low + high) // 2
        tried = shapely.coverage_simplify(shapes, step * 2 ** (middle / 2))
        if shapely.get_num_coordinates(tried).sum() <= most:
            high, found = middle, tried
        else:
            low = middle + 1
    return tried if found is shapes else found


def encode_polygons(shapes: AnyArray, grid: Grid) -> dict[str, Any]:
    """Polygons as whole numbers, ready for JSON.

    Args:
        shapes: (n,) shapely Polygon or MultiPolygon, EPSG:4326.
        grid: What they are rounded to.

    Returns:
        ``parts``: how many polygons each shape has; ``rings``: how many rings each polygon has,
        the outer one first; ``points``: how many points each ring has, without the last, which is
        the first; ``steps``: of each point the steps east and north from the point before it in
        the same ring, of a ring's first point from the first point of the ring before.

    Example:
        >>> square = np.array([shapely.box(0, 0, 1, 1)])
        >>> encode_polygons(square, Grid(0.0, 0.0, 1.0, 1.0, 0.5))
        {'parts': [1], 'rings': [1], 'points': [4], 'steps': [2, 0, 0, 2, -2, 0, 0, -2]}
    """
    together = put_together(shapes)
    polygons, owner = shapely.get_parts(together, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.zeros(0, dtype=bool)
    counts, steps = _steps(grid.rounded(xy[~last]), ring[~last], len(rings))
    return {
        "parts": np.bincount(owner, minlength=len(shapes)).tolist(),
        "rings": np.bincount(polygon, minlength=len(polygons)).tolist(),
        "points": counts.tolist(),
        "steps": steps.ravel().tolist(),
    }


def encode_lines(shapes: AnyArray, grid: Grid) -> dict[str, Any]:
    """Lines as whole numbers, ready for JSON; as :func:`encode_polygons`, all as one shape.

    Example:
        >>> encode_lines(shapely.linestrings([[[0, 0], [1, 0]]]), Grid(0.0, 0.0, 1.0, 1.0, 0.5))
        {'points': [2], 'steps': [0, 0, 2, 0]}
    """
    lines = shapely.get_parts(shapes)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    counts, steps = _steps(grid.rounded(xy), line, len(lines))
    return {"points": counts.tolist(), "steps": steps.ravel().tolist()}


def _steps(points: IntArray, ring: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """How many points each ring keeps, and the step to each of them.

    A point that the grid puts on the one before it is left out, but for a ring's first.
    """
    first = np.append(True, ring[1:] != ring[:-1]) if len(ring) else np.zeros(0, dtype=bool)
    moved = np.append(True, (points[1:] != points[:-1]).any(axis=1)) if len(ring) else first
    kept = first | moved
    points, ring, first = points[kept], ring[kept], first[kept]
    before = np.zeros_like(points)
    before[1:] = points[:-1]
    starts = np.flatnonzero(first)
    before[starts[1:]] = points[starts[:-1]]
    return np.bincount(ring, minlength=n), points - before
