"""Columns made comparable: missing values become the mean, spreads become one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeprint.typing import FloatArray

__all__ = ["centred", "chunks", "column_means", "spread"]

_CHUNK = 8192
"""Rows that are held in float64 at a time."""


def chunks(n: int) -> Iterator[slice]:
    """Slices of rows that together cover n rows."""
    return (slice(start, start + _CHUNK) for start in range(0, n, _CHUNK))


def column_means(X: FloatArray) -> FloatArray:
    """The mean of each column over its known values, (d,) float64; 0 where none is known.

    Example:
        >>> column_means(np.array([[1.0, np.nan], [3.0, np.nan]]))
        array([2., 0.])
    """
    sums, counts = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for rows in chunks(len(X)):
        known = ~np.isnan(X[rows])
        sums += np.where(known, X[rows], 0).sum(axis=0, dtype=np.float64)
        counts += known.sum(axis=0)
    means: FloatArray = sums / counts.clip(min=1)
    return means


def centred(X: FloatArray, centre: FloatArray) -> FloatArray:
    """X − centre in float64, (n, d), with 0 for a missing value.

    Example:
        >>> centred(np.array([[1.0, np.nan]]), np.array([3.0, 5.0]))
        array([[-2.,  0.]])
    """
    rows = X - centre
    rows[np.isnan(rows)] = 0
    return rows


def spread(variance: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    """What to divide centred columns by: standard deviations, or 1 where a column is constant.

    Args:
        variance: (d,) mean squares of the centred columns.
        centre: (d,) the columns' means, which say what is mere rounding.
        n: How many rows there are.

    Example:
        >>> spread(np.array([4.0, 1e-40]), np.array([0.0, 0.1]), n=10)
        array([2., 1.])
    """
    deviation = np.sqrt(variance)
    rounding = n * np.finfo(np.float64).eps * np.abs(centre)
    return np.where(deviation > rounding, deviation, 1.0)
