"""The largest stored entries of each row of a sparse matrix, found row by row without sorting."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["kept_entries", "largest_entries", "with_mirrored"]


def largest_entries(indptr: IntArray, keys: FloatArray, quota: IntArray) -> BoolArray:
    """Which stored entries are among the largest of their row.

    Args:
        indptr: (n + 1,) where each row starts.
        keys: (nnz,) what entries are compared by; of equal ones those further left come first.
        quota: (n,) how many of each row are wanted.

    Returns:
        (nnz,) bool; whole rows where they have no more than is wanted.

    Example:
        >>> keys = np.array([1.0, 3.0, 2.0, 3.0])
        >>> largest_entries(np.array([0, 4]), keys, np.array([2])).tolist()
        [False, True, False, True]
    """
    chosen = np.zeros(len(keys), dtype=np.bool_)
    _choose(indptr, keys, np.asarray(quota, dtype=np.int64), chosen)
    return chosen


def with_mirrored(matrix: csr_array, chosen: BoolArray) -> BoolArray:
    """The chosen entries of a matrix of symmetric structure, and those across the diagonal.

    Args:
        matrix: (n, n), indices sorted in each row; where (u, v) is stored, so is (v, u).
        chosen: (nnz,) bool; changed in place.

    Returns:
        ``chosen``.
    """
    _mirror(matrix.indptr, matrix.indices, chosen)
    return chosen


def kept_entries(matrix: csr_array, chosen: BoolArray) -> csr_array:
    """The matrix of the chosen entries alone.

    Example:
        >>> matrix = csr_array([[1.0, 3.0, 2.0]])
        >>> kept_entries(matrix, np.array([False, True, True])).toarray().tolist()
        [[0.0, 3.0, 2.0]]
    """
    sizes = np.empty(matrix.shape[0], dtype=np.int64)
    _sizes(matrix.indptr, chosen, sizes)
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(matrix.indptr.dtype)
    structure = (matrix.data[chosen], matrix.indices[chosen], indptr)
    return csr_array(structure, shape=matrix.shape)


@compiled()
def _choose(indptr: AnyArray, keys: FloatArray, quota: IntArray, chosen: BoolArray) -> None:
    for row in range(len(quota)):
        first, last = indptr[row], indptr[row + 1]
        wanted = quota[row]
        if wanted >= last - first:
            chosen[first:last] = True
        elif wanted > 0:
            position = last - first - wanted
            least = np.partition(keys[first:last], position)[position]
            equal = wanted
            for place in range(first, last):
                if keys[place] > least:
                    chosen[place] = True
                    equal -= 1
            for place in range(first, last):
                if equal > 0 and keys[place] == least:
                    chosen[place] = True
                    equal -= 1


@compiled()
def _mirror(indptr: AnyArray, indices: AnyArray, chosen: BoolArray) -> None:
    """Entries chosen on the way are met again in their own row, which does no harm."""
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            if chosen[place]:
                low, high = indptr[indices[place]], indptr[indices[place] + 1]
                while low < high:
                    middle = (low + high) // 2
                    if indices[middle] < row:
                        low = middle + 1
                    else:
                        high = middle
                chosen[low] = True


@compiled()
def _sizes(indptr: AnyArray, chosen: BoolArray, sizes: IntArray) -> None:
    for row in range(len(sizes)):
        sizes[row] = np.sum(chosen[indptr[row] : indptr[row + 1]])
