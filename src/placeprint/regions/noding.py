"""Lines broken where they meet: the edges of the network that they draw."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from placeprint.typing import AnyArray, FloatArray

__all__ = ["GRID_M", "crossings", "node_lines"]

GRID_M: Final = 0.1
"""Coordinates are rounded to this where lines are joined, so that an end which lies on another line
but for its last digits joins it."""


def node_lines(lines: AnyArray) -> AnyArray:
    """Break lines at every point where they meet or cross, in the plane.

    Lines drawn twice count once. Bridges and tunnels count as crossings: lines know no height.

    Args:
        lines: (n,) LineStrings or MultiLineStrings in metres.

    Returns:
        (m,) LineStrings on a grid of :data:`GRID_M`, the same in any order and direction of the
        input.

    Example:
        >>> cross = shapely.linestrings([[[0, 0], [2, 2]], [[0, 2], [2, 0]]])
        >>> len(node_lines(cross))
        4
    """
    # The union rounds while it breaks lines: rounded before, lines that met would miss each other.
    parts = shapely.get_parts(lines)
    edges = shapely.get_parts(shapely.union_all(_sorted(parts), grid_size=GRID_M))
    return _sorted(edges[~shapely.is_empty(edges)])


def _sorted(lines: AnyArray) -> AnyArray:
    """In an order, and each in a direction, that do not depend on the input."""
    canonical = shapely.normalize(lines)
    return np.asarray(canonical[np.argsort(shapely.to_wkb(canonical), kind="stable")])


def crossings(edges: AnyArray) -> FloatArray:
    """The points where three or more ends of edges meet.

    Args:
        edges: (m,) what :func:`node_lines` gave.

    Returns:
        (k, 2) metres.

    Example:
        >>> cross = shapely.linestrings([[[0, 0], [2, 2]], [[0, 2], [2, 0]]])
        >>> crossings(node_lines(cross)).tolist()
        [[1.0, 1.0]]
    """
    ends = np.concatenate([shapely.get_point(edges, 0), shapely.get_point(edges, -1)])
    points, meeting = np.unique(shapely.get_coordinates(ends), axis=0, return_counts=True)
    return np.asarray(points[meeting >= 3])
