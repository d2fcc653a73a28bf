"""Points put into an order in which neighbours are side by side, and a function between them."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt

import numpy as np

from placeprint.typing import FloatArray, IntArray

__all__ = ["interpolation", "neighbouring", "nodes_for"]


def neighbouring(lon: FloatArray, lat: FloatArray, size: int, together: int) -> Iterator[IntArray]:
    """Points in batches that each fill a small rectangle.

    They are cut into strips of longitude, each strip into batches along its latitudes, and each
    batch once more in the same way, so that points beside each other in it are the nearest.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        size: Points of a batch.
        together: Points that are to be the nearest within it.

    Returns:
        An iterator over the positions of the points of each batch.

    Example:
        >>> lon, lat = np.array([1.0, 9.0, 1.1, 9.1]), np.array([0.0, 5.0, 0.1, 5.1])
        >>> [sorted(batch.tolist()) for batch in neighbouring(lon, lat, 2, 1)]
        [[0, 2], [1, 3]]
    """
    order = _tiled(lon, lat, size)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield batch[_tiled(lon[batch], lat[batch], together)]


def _tiled(lon: FloatArray, lat: FloatArray, size: int) -> IntArray:
    """An order in which each ``size`` points that follow each other fill a tile, nearly square."""
    width, height = (np.ptp(degrees) if len(degrees) else 0.0 for degrees in (lon, lat))
    aspect = np.clip(width / max(height, 1e-9), 1e-3, 1e3)
    strips = max(1, round(sqrt(len(lon) / size * aspect)))
    rows = size * max(1, ceil(len(lon) / size / strips))  # of a strip: whole tiles
    strip = np.empty(len(lon), dtype=np.int64)
    strip[np.argsort(lon, kind="stable")] = np.arange(len(lon)) // rows
    return np.lexsort((lat, strip))


def nodes_for(band: float, half_width: float, error: float = 1e-7, most: int = 1000) -> int:
    r"""How many Chebyshev nodes carry a function that turns at most so fast.

    A function of frequency K on an interval of half-width h is met by the polynomial through n
    Chebyshev nodes within

    .. math:: 2 \frac{(K h / 2)^n}{n!}

    Args:
        band: K, radians a radian.
        half_width: h in radians.
        error: What may be left, of the function's amplitude.
        most: No more than these are counted, for they would save nothing.

    Example:
        >>> nodes_for(31, np.radians(0.3)), nodes_for(31, np.radians(3.0))
        (5, 10)
    """
    nodes, left = 1, band * half_width
    if left > 2 * most:  # the bound still rises there
        return most
    while left > error and nodes < most:
        nodes += 1
        left *= band * half_width / 2 / nodes
    return nodes


def interpolation(x: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Chebyshev nodes over the range of some numbers, and the weights of each node at each.

    Args:
        x: (n,) numbers.
        nodes: How many nodes.

    Returns:
        (nodes,) the nodes, and (n, nodes) weights: a function's values at the nodes times these
        are those of the polynomial through them.

    Source:
        Berrut and Trefethen 2004, Barycentric Lagrange interpolation, Eq. 4.2 and 5.3.

    Example:
        >>> x = np.array([1.0, 1.5, 2.0])
        >>> at, weights = interpolation(x, 4)
        >>> (weights @ at**3).round(9).tolist()
        [1.0, 3.375, 8.0]
    """
    middle, half = (x.max() + x.min()) / 2, max((x.max() - x.min()) / 2, 1e-12)
    angles = (np.arange(nodes) + 0.5) * np.pi / nodes
    apart = (x[:, None] - middle) / half - np.cos(angles)
    apart[np.abs(apart) < 1e-15] = 1e-15  # at a node its weight outgrows the others
    weights = np.sin(angles) * (-1.0) ** np.arange(nodes) / apart
    return middle + half * np.cos(angles), weights / weights.sum(axis=1, keepdims=True)
