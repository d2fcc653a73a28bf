"""The nearest points of each point, as a table of k columns."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from placeprint.typing import FloatArray, IntArray

__all__ = ["nearest"]


def nearest(points: FloatArray, queries: FloatArray, k: int = 1) -> tuple[FloatArray, IntArray]:
    """Find the k nearest of p points for each of q queries.

    Args:
        points: (p, d).
        queries: (q, d).
        k: How many; p if there are fewer.

    Returns:
        Distances and positions in ``points``, (q, min(k, p)) each, nearest first.

    Example:
        >>> distance, who = nearest(np.array([[0.0], [5.0]]), np.array([[4.0]]), k=2)
        >>> distance.tolist(), who.tolist()
        ([[1.0, 4.0]], [[1, 0]])
    """
    distance, who = cKDTree(points).query(queries, k=[*range(1, min(k, len(points)) + 1)])
    return np.asarray(distance, dtype=np.float64), np.asarray(who, dtype=np.int64)
