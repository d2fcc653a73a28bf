"""Statistics of the stored entries of each row of a sparse matrix, row after row."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.machine_code import compiled
from placeprint.mobility.selection import kept_entries, largest_entries
from placeprint.typing import AnyArray, FloatArray

__all__ = ["leading", "row_minima", "row_sums", "weighted_quantile"]


def row_sums(matrix: csr_array, values: FloatArray) -> FloatArray:
    """(n,) the sum over each row of one value per stored entry, in double precision."""
    sums = np.empty(matrix.shape[0])
    _sum_rows(matrix.indptr, values, sums)
    return sums


def row_minima(one: csr_array, other: csr_array) -> FloatArray:
    """(n,) for each row, the sum of the lesser of two matrices' entries.

    Args:
        one: (n, m), not negative, indices sorted in each row.
        other: Of the same shape and kind.

    Example:
        >>> row_minima(csr_array([[1.0, 5.0]]), csr_array([[0.0, 2.0]])).tolist()
        [2.0]
    """
    sums = np.empty(one.shape[0])
    _sum_minima(one.indptr, one.indices, one.data, other.indptr, other.indices, other.data, sums)
    return sums


def leading(matrix: csr_array, count: int) -> csr_array:
    """The largest entries of each row, at most ``count``; of equal ones those further left.

    Example:
        >>> leading(csr_array([[1.0, 3.0, 2.0]]), count=2).toarray().tolist()
        [[0.0, 3.0, 2.0]]
    """
    quota = np.full(matrix.shape[0], count)
    return kept_entries(matrix, largest_entries(matrix.indptr, matrix.data, quota))


@compiled()
def weighted_quantile(values: FloatArray, cumulated: FloatArray, level: float) -> float:
    """A quantile of one row, to be called in kernels.

    The smallest value such that entries with values up to it hold the share ``level`` of the row,
    or more.

    Args:
        values: (k,) ascending.
        cumulated: (k,) the share of the row up to each.
        level: Between 0 and 1.

    Example:
        >>> values, shares = np.array([7.0, 9.0]), np.array([0.2, 1.0])
        >>> weighted_quantile(values, shares, 0.1), weighted_quantile(values, shares, 0.5)
        (7.0, 9.0)
    """
    found: float = values[-1]
    for place in range(len(values)):
        if cumulated[place] >= level - 1e-9:
            found = values[place]
            break
    return found


@compiled()
def _sum_rows(indptr: AnyArray, values: FloatArray, sums: FloatArray) -> None:
    for row in range(len(sums)):
        total = 0.0
        for place in range(indptr[row], indptr[row + 1]):
            total += np.float64(values[place])
        sums[row] = total


@compiled()
def _sum_minima(
    indptr: AnyArray,
    indices: AnyArray,
    data: FloatArray,
    other_indptr: AnyArray,
    other_indices: AnyArray,
    other_data: FloatArray,
    sums: FloatArray,
) -> None:
    for row in range(len(sums)):
        total, place, there = 0.0, indptr[row], other_indptr[row]
        while place < indptr[row + 1] and there < other_indptr[row + 1]:
            if indices[place] < other_indices[there]:
                place += 1
            elif indices[place] > other_indices[there]:
                there += 1
            else:
                total += np.float64(min(data[place], other_data[there]))
                place += 1
                there += 1
        sums[row] = total
