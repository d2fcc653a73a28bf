"""LINE's passes over a graph, in machine code."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import prange

from placeprint.machine_code import compiled
from placeprint.mobility.registers import AHEAD, add_rows
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["add_both_ways", "add_log_ratios", "add_strengths"]

AT_ONCE: Final = 1024
"""Entries of a row whose log ratios are taken before their rows are gathered."""


@compiled(parallel=True)
def add_log_ratios(
    shares: IntArray,
    indptr: IntArray,
    indices: IntArray,
    codes: AnyArray,
    logs: FloatArray,
    own: FloatArray,
    others: FloatArray,
    dense: AnyArray,
    out: FloatArray,
) -> None:
    """Add to ``out`` the product of rows of max(log A_ij − own_i − others_j, 0) and X.

    Each row is summed by one thread, in the order of its entries.

    Args:
        shares: (s + 1,) bounds of the rows that a thread takes at a time.
        indptr: (n + 1,) where each row starts.
        indices: Column of each entry.
        codes: uint16 code of each weight.
        logs: (65,536,) float32 log of what each code stands for.
        own: (n,) float32, subtracted in row i.
        others: (n,) float32, subtracted in column j.
        dense: X, (n, d), float32 or bfloat16 as uint16.
        out: (n, d) float32.
    """
    flat = dense.reshape(-1)
    for share in prange(len(shares) - 1):
        columns = np.zeros(AT_ONCE + AHEAD, dtype=np.int32)
        ratios = np.empty(AT_ONCE, dtype=np.float32)
        for row in range(shares[share], shares[share + 1]):
            for first in range(indptr[row], indptr[row + 1], AT_ONCE):
                last = min(first + AT_ONCE, indptr[row + 1])
                count = _above_zero(
                    indices[first:last], codes[first:last], logs, own[row], others, columns, ratios
                )
                add_rows(flat, columns, ratios, count, out[row])


@compiled(fastmath={"nsz", "nnan"})
def _above_zero(
    indices: IntArray,
    codes: AnyArray,
    logs: FloatArray,
    own: float,
    others: FloatArray,
    columns: IntArray,
    ratios: FloatArray,
) -> int:
    """Write the columns and log ratios of those entries whose ratio is above one: how many."""
    for entry in range(len(indices)):
        ratios[entry] = logs[codes[entry]] - own - others[np.uint32(indices[entry])]
    count = 0
    for entry in range(len(indices)):  # written always, kept if above zero: no branch to miss
        ratio = ratios[entry]
        columns[count], ratios[count] = indices[entry], ratio
        count += ratio > 0
    columns[count] = 0
    return count


@compiled(parallel=True)
def add_strengths(
    shares: IntArray, indptr: IntArray, codes: AnyArray, values: FloatArray, strength: FloatArray
) -> None:
    """Add to each row's strength the values that its codes stand for.

    Args:
        shares: (s + 1,) bounds of the rows that a thread takes at a time.
        indptr: (n + 1,) where each row starts.
        codes: uint16 code of each weight.
        values: (65,536,) float64.
        strength: (n,) float64.
    """
    for share in prange(len(shares) - 1):
        for row in range(shares[share], shares[share + 1]):
            total = 0.0
            for entry in range(indptr[row], indptr[row + 1]):
                total += values[codes[entry]]
            strength[row] += total


@compiled()
def add_both_ways(
    first: int,
    starts: IntArray,
    indices: IntArray,
    weights: FloatArray,
    x: FloatArray,
    by_row: FloatArray,
    by_column: FloatArray,
) -> None:
    """Add some rows of A to A x and to Aᵀ x.

    Args:
        first: The first of the rows.
        starts: (m + 1,) where each of them starts among these entries.
        indices: Column of each entry.
        weights: float32 weight of each entry.
        x: (n,) float64.
        by_row: (n,) float64, A x.
        by_column: (n,) float64, Aᵀ x.
    """
    for number in range(len(starts) - 1):
        row, total = first + number, 0.0
        for entry in range(starts[number], starts[number + 1]):
            column, weight = np.uint32(indices[entry]), np.float64(weights[entry])
            total += weight * x[column]
            by_column[column] += weight * x[row]
        by_row[row] = total
