"""Sparse times dense: rows of a matrix gathered, weighted and added up."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from placeprint.errors import InputError
from placeprint.machine_code import compiled, threads
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.registers import AHEAD, add_rows
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["float16", "product", "readable"]

AT_ONCE: Final = 1024
"""Entries of a row that are looked up before their rows are gathered."""

PARTS: Final = 16
"""Shares of the work for each thread, of equally many entries."""

_NONE: Final = np.empty(0, dtype=np.float32)
_ALL: Final = np.empty(0, dtype=np.int64)


def product(
    rows: CompressedRows,
    dense: AnyArray,
    *,
    left: FloatArray | None = None,
    right: FloatArray | None = None,
    only: IntArray | None = None,
    among: IntArray | None = None,
    plus: FloatArray | None = None,
    out: FloatArray | None = None,
) -> FloatArray:
    r"""The product of a sparse matrix, scaled on both sides, and a dense one.

    .. math::
        Y = Y_0 + \mathrm{diag}(l) \, A \, \mathrm{diag}(r) \, X

    A keeps its raw weights: the scales are applied to each as it is read. Sums are in float32
    (float64 if X is), each row's in the order of its entries, so the result is the same to the
    bit whatever the number of threads. Rows that are not asked for cost nothing, and columns
    that are known to be zero are skipped as they are read.

    Args:
        rows: A, (n, m).
        dense: X, (m, d), C-contiguous: float32, float64, or bfloat16 as uint16 (see
            :mod:`placeprint.mobility.bfloat`), which halves the memory that is read.
        left: l, (n,); None: ones.
        right: r, (m,); None: ones.
        only: (k,) the rows of Y to compute, in this order; None: all.
        among: (j,) the rows of X that are not zero, none twice; ``dense`` then is (j, d) and
            holds these alone. None: all.
        plus: Y_0, (k, d); None: zeros.
        out: Where the result is written, (k, d); it may be ``plus`` itself.

    Returns:
        Y, (k, d) float32, or float64 if X is.

    Raises:
        InputError: If the shapes do not fit together.

    Example:
        >>> from scipy.sparse import csr_array
        >>> path = CompressedRows.from_scipy(csr_array([[0, 2.0, 0], [2.0, 0, 1.0], [0, 1.0, 0]]))
        >>> product(path, np.float32([[1], [10], [100]]))[:, 0].tolist()
        [20.0, 102.0, 10.0]
        >>> product(path, np.float32([[1]]), only=np.array([1]), among=np.array([0])).tolist()
        [[2.0]]
    """
    n, m = rows.shape
    count = n if only is None else len(only)
    expected = m if among is None else len(among)
    if dense.ndim != 2 or len(dense) != expected:
        raise InputError(
            f"the dense matrix is {dense.shape}, expected {expected} rows",
            hint=f"give one row for each {'column' if among is None else 'position in `among`'}",
        )
    kind = np.float64 if dense.dtype == np.float64 else np.float32
    width = dense.shape[1]
    result: FloatArray = np.empty((count, width), dtype=kind) if out is None else out
    for name, scale, shape in (
        ("left", left, (n,)),
        ("right", right, (m,)),
        ("plus", plus, result.shape),
        ("out", result, (count, width)),
    ):
        if scale is not None and scale.shape != shape:
            raise InputError(f"`{name}` is {scale.shape}", hint=f"give {shape}")
    if plus is None:
        result.fill(0)
    elif plus is not result:
        np.copyto(result, plus)
    chosen = _ALL if only is None else np.ascontiguousarray(only, dtype=np.int64)
    weights, half = readable(rows.weights)
    if count:
        _add_product(
            np.asarray(rows.indptr),
            np.asarray(rows.indices),
            weights,
            half,
            _NONE if left is None else np.ascontiguousarray(left, dtype=np.float32),
            _NONE if right is None else np.ascontiguousarray(right, dtype=np.float32),
            chosen,
            _places(among, m),
            np.ascontiguousarray(dense),
            result,
            _shares(rows.indptr, chosen),
        )
    return result


def readable(weights: AnyArray | None) -> tuple[AnyArray, bool]:
    """Weights as compiled loops can read them, and whether they are float16, kept in uint16."""
    if weights is None:
        return _NONE, False
    half = weights.dtype == np.float16
    return np.asarray(weights.view(np.uint16) if half else weights), half


def _places(among: IntArray | None, columns: int) -> IntArray:
    """For each column of A its row in X, −1 if it has none; empty if all have theirs."""
    if among is None:
        return np.empty(0, dtype=np.int32)
    places = np.full(columns, -1, dtype=np.int32)
    places[among] = np.arange(len(among), dtype=np.int32)
    return places


def _shares(indptr: IntArray, only: IntArray) -> IntArray:
    """Bounds between which the rows have about equally many entries."""
    if len(only):
        ends = np.cumsum(indptr[only + 1] - indptr[only] + 1)
    else:
        ends = indptr[1:] + np.arange(1, len(indptr))
    parts = min(PARTS * threads(), len(ends))
    steps = np.arange(1, parts) * (int(ends[-1]) // parts)
    return np.concatenate([[0], np.searchsorted(ends, steps), [len(ends)]])


@compiled()
def float16(bits: np.uint16) -> np.float32:
    """The number whose IEEE half-precision bits are given, if it is finite."""
    wide = np.uint32(bits)
    sign = np.uint32((wide & np.uint32(0x8000)) << np.uint32(16))
    rest = np.uint32((wide & np.uint32(0x7FFF)) << np.uint32(13))
    scaled = np.uint32(sign | rest).view(np.float32)
    return np.float32(scaled * np.float32(2.0**112))


@compiled(parallel=True)
def _add_product(
    indptr: IntArray,
    indices: IntArray,
    weights: AnyArray,
    half: bool,
    left: FloatArray,
    right: FloatArray,
    only: IntArray,
    places: IntArray,
    dense: AnyArray,
    out: FloatArray,
    shares: IntArray,
) -> None:
    """Add the product to ``out``; options that are not used are empty arrays."""
    flat = dense.reshape(-1)
    for share in numba.prange(len(shares) - 1):
        columns = np.zeros(AT_ONCE + AHEAD, dtype=np.int32)
        factors = np.empty(AT_ONCE, dtype=out.dtype)
        for position in range(shares[share], shares[share + 1]):
            row = only[position] if len(only) else position
            scale = left[row] if len(left) else np.float32(1)
            for first in range(indptr[row], indptr[row + 1], AT_ONCE):
                entries = slice(first, min(first + AT_ONCE, indptr[row + 1]))
                some = weights[entries] if len(weights) else weights
                count = _look_up(
                    indices[entries], some, half, scale, right, places, columns, factors
                )
                add_rows(flat, columns, factors, count, out[position])


@compiled()
def _look_up(
    indices: IntArray,
    weights: AnyArray,
    half: bool,
    scale: np.floating[Any],
    right: FloatArray,
    places: IntArray,
    columns: IntArray,
    factors: FloatArray,
) -> int:
    """Write which rows some entries gather and by what they are multiplied: how many there are."""
    if not len(weights):
        factors[: len(indices)] = scale
    elif half:
        for entry in range(len(indices)):
            factors[entry] = scale * float16(weights[entry])
    else:
        for entry in range(len(indices)):
            factors[entry] = scale * np.float32(weights[entry])
    if len(right):
        for entry in range(len(indices)):
            factors[entry] *= right[np.uint32(indices[entry])]
    if not len(places):
        columns[: len(indices)] = indices
        return len(indices)
    count = 0
    for entry in range(len(indices)):  # written always, kept if there is such a row: no branch
        place = places[np.uint32(indices[entry])]
        columns[count], factors[count] = place, factors[entry]
        count += place >= 0
    columns[count] = 0
    return count
