"""Statistics of the stored entries of each row of a sparse matrix, all rows at once."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.typing import FloatArray, IntArray

__all__ = ["leading", "row_of_entry", "row_sums", "weighted_quantiles"]


def row_of_entry(matrix: csr_array) -> IntArray:
    """(nnz,) the row that each stored entry is in."""
    rows: IntArray = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows


def row_sums(matrix: csr_array, values: FloatArray) -> FloatArray:
    """(n,) the sum over each row of one value per stored entry."""
    n = matrix.shape[0]
    return np.asarray(np.bincount(row_of_entry(matrix), values, n), dtype=np.float64)


def leading(matrix: csr_array, count: int) -> csr_array:
    """The largest entries of each row, at most ``count``; of equal ones those further left.

    Example:
        >>> leading(csr_array([[1.0, 3.0, 2.0]]), count=2).toarray().tolist()
        [[0.0, 3.0, 2.0]]
    """
    rows = row_of_entry(matrix)
    order = np.lexsort((-matrix.data, rows))
    kept = np.sort(order[np.arange(matrix.nnz) - matrix.indptr[rows] < count])
    triplets = (matrix.data[kept], (rows[kept], matrix.indices[kept]))
    return csr_array(triplets, shape=matrix.shape)


def weighted_quantiles(
    shares: csr_array, values: FloatArray, levels: tuple[float, ...]
) -> FloatArray:
    """Quantiles of one value per stored entry in each row, weighted by the entries.

    The quantile of level q is the smallest value such that entries with values up to it hold
    the share q of the row, or more.

    Args:
        shares: (n, m), positive; each row sums to 1 or is empty.
        values: (nnz,) one value per stored entry.
        levels: The q's, between 0 and 1.

    Returns:
        (n, len(levels)), 0 for empty rows.

    Example:
        >>> shares = csr_array([[0.2, 0.8], [0.0, 0.0]])
        >>> weighted_quantiles(shares, np.array([7.0, 9.0]), (0.1, 0.5)).tolist()
        [[7.0, 9.0], [0.0, 0.0]]
    """
    rows = row_of_entry(shares)
    order = np.lexsort((values, rows))
    sizes = np.diff(shares.indptr)
    total = np.concatenate([[0.0], np.cumsum(shares.data[order])])
    before = (total[1:] - total[shares.indptr[rows]]).clip(max=1.0)
    result = np.zeros((shares.shape[0], len(levels)))
    filled = sizes > 0
    for column, level in enumerate(levels):
        below = np.bincount(rows, weights=before < level - 1e-9, minlength=shares.shape[0])
        place = np.minimum(below, sizes - 1).astype(np.int64) + shares.indptr[:-1]
        result[filled, column] = values[order[place[filled]]]
    return result
