"""From links, given by positions, to compressed rows: a counting sort and nothing between.

SciPy goes by way of 64-bit coordinates and a copy for every step; a nation's links would take many
times the memory of the matrix that they become.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["assemble", "symmetric_sum"]


def assemble(source: IntArray, target: IntArray, weight: FloatArray, n: int) -> csr_array:
    """The (n, n) matrix of links between positions.

    Args:
        source: (m,) rows, from 0 to n − 1.
        target: (m,) columns.
        weight: (m,) not negative; repeated pairs are added up in double precision.
        n: The number of regions.

    Returns:
        float32, indices sorted in each row; nothing is stored where the weight is zero.

    Example:
        >>> ends = np.array([1, 0, 1]), np.array([0, 1, 0])
        >>> assemble(*ends, np.array([1.0, 5.0, 2.0]), 2).toarray().tolist()
        [[0.0, 5.0], [3.0, 0.0]]
    """
    rows, columns = (np.asarray(ends, dtype=np.int32) for ends in (source, target))
    weights = np.asarray(weight, dtype=np.float32)
    starts = np.zeros(n + 1, dtype=np.int64)
    _count(rows, weights, starts)
    np.cumsum(starts, out=starts)
    indices, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    _scatter(rows, columns, weights, starts[:-1].copy(), indices, values)
    sizes = np.empty(n, dtype=np.int64)
    _merge_repeats(starts, indices, values, sizes)
    return _matrix(starts, indices, values, sizes)


def symmetric_sum(matrix: csr_array) -> csr_array:
    r"""What goes either way between two regions, :math:`M + M^\top` without the diagonal.

    Args:
        matrix: (n, n) float32, indices sorted in each row.

    Returns:
        (n, n) float32, symmetric to the bit.

    Example:
        >>> symmetric_sum(csr_array(np.array([[7, 1], [2, 0]], np.float32))).toarray().tolist()
        [[0.0, 3.0], [3.0, 0.0]]
    """
    n = matrix.shape[0]
    starts = np.zeros(n + 1, dtype=np.int64)
    _count_both(matrix.indptr, matrix.indices, starts)
    np.cumsum(starts, out=starts)
    indices, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    split = starts[:-1].copy()
    _scatter_transposed(matrix.indptr, matrix.indices, matrix.data, split, indices, values)
    sizes = np.empty(n, dtype=np.int64)
    _merge_halves(matrix.indptr, matrix.indices, matrix.data, starts, split, indices, values, sizes)
    return _matrix(starts, indices, values, sizes)


def _matrix(starts: IntArray, indices: IntArray, values: FloatArray, sizes: IntArray) -> csr_array:
    """Rows that fill the beginning of their room, moved together."""
    n = len(sizes)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    if indptr[-1] < len(indices):
        _close_gaps(starts, indptr, indices, values)
        indices, values = indices[: indptr[-1]].copy(), values[: indptr[-1]].copy()
    if indptr[-1] <= np.iinfo(np.int32).max:
        return csr_array((values, indices, indptr.astype(np.int32)), shape=(n, n))
    return csr_array((values, indices.astype(np.int64), indptr), shape=(n, n))


@compiled()
def _count(source: IntArray, weight: FloatArray, starts: IntArray) -> None:
    for link in range(len(source)):
        if weight[link] > 0:
            starts[source[link] + 1] += 1


@compiled()
def _scatter(
    source: IntArray,
    target: IntArray,
    weight: FloatArray,
    free: IntArray,
    indices: IntArray,
    values: FloatArray,
) -> None:
    for link in range(len(source)):
        if weight[link] > 0:
            place = free[source[link]]
            indices[place], values[place] = target[link], weight[link]
            free[source[link]] = place + 1


@compiled()
def _merge_repeats(
    starts: IntArray, indices: IntArray, values: FloatArray, sizes: IntArray
) -> None:
    """Sort each row by column and add up what is repeated; a row that is in order is left alone."""
    for row in range(len(sizes)):
        first, last = starts[row], starts[row + 1]
        sizes[row] = last - first
        in_order = True
        for place in range(first + 1, last):
            if indices[place] <= indices[place - 1]:
                in_order = False
                break
        if in_order:
            continue
        columns, weights = indices[first:last].copy(), values[first:last].copy()
        order = np.argsort(columns, kind="mergesort")
        end, total = first, 0.0
        for number in range(len(order)):
            total += np.float64(weights[order[number]])
            column = columns[order[number]]
            if number + 1 == len(order) or columns[order[number + 1]] != column:
                indices[end], values[end] = column, total
                end, total = end + 1, 0.0
        sizes[row] = end - first


@compiled()
def _close_gaps(starts: IntArray, indptr: IntArray, indices: IntArray, values: FloatArray) -> None:
    for row in range(len(indptr) - 1):
        gap = starts[row] - indptr[row]
        for place in range(indptr[row], indptr[row + 1]):
            indices[place], values[place] = indices[place + gap], values[place + gap]


@compiled()
def _count_both(indptr: AnyArray, indices: AnyArray, starts: IntArray) -> None:
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            if indices[place] != row:
                starts[row + 1] += 1
                starts[indices[place] + 1] += 1


@compiled()
def _scatter_transposed(
    indptr: AnyArray,
    indices: AnyArray,
    data: FloatArray,
    free: IntArray,
    to: IntArray,
    values: FloatArray,
) -> None:
    """Write Mᵀ row after row: the columns of each of its rows come in order."""
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            column = indices[place]
            if column != row:
                to[free[column]], values[free[column]] = row, data[place]
                free[column] += 1


@compiled()
def _merge_halves(
    indptr: AnyArray,
    indices: AnyArray,
    data: FloatArray,
    starts: IntArray,
    split: IntArray,
    to: IntArray,
    values: FloatArray,
    sizes: IntArray,
) -> None:
    """Merge each row of M into that of Mᵀ, which is there; both are in order."""
    for row in range(len(sizes)):
        columns = to[starts[row] : split[row]].copy()
        weights = values[starts[row] : split[row]].copy()
        left, right, place = 0, indptr[row], starts[row]
        while left < len(columns) or right < indptr[row + 1]:
            if right < indptr[row + 1] and indices[right] == row:
                right += 1
                continue
            from_left = right == indptr[row + 1] or (
                left < len(columns) and columns[left] <= indices[right]
            )
            from_right = left == len(columns) or (
                right < indptr[row + 1] and indices[right] <= columns[left]
            )
            weight = np.float32(0)
            if from_left:
                column, weight = columns[left], weight + weights[left]
                left += 1
            if from_right:
                column, weight = np.int32(indices[right]), weight + data[right]
                right += 1
            to[place], values[place] = column, weight
            place += 1
        sizes[row] = place - starts[row]
