"""Weights of any kind as codes of 16 bits and a table of what they stand for.

Whatever is wanted of a weight (LINE wants its logarithm) is then looked up in a table that fits
into a processor's cache, and an entry of a graph takes 6 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from placeprint.errors import InputError
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.typing import AnyArray, FloatArray

__all__ = ["coded"]

CODES: Final = 1 << 16

CHUNK: Final = 1 << 20
"""Weights turned into codes at a time."""


def coded(rows: CompressedRows) -> tuple[AnyArray, FloatArray]:
    """The codes of a matrix's weights and the table of their values.

    uint16 and float16 are their own codes. Other numbers are too if they are whole and at most
    65,535; otherwise they are rounded to 65,535 steps of equal ratio between the smallest and the
    largest, which changes none by more than half a step: at a range of a million to one by
    1 in 10,000.

    Args:
        rows: The matrix; one that is mapped from disk is read some rows at a time.

    Returns:
        (nnz,) uint16 codes and the (65,536,) float64 values of the codes.

    Raises:
        InputError: If a weight is negative or not finite.

    Example:
        >>> weights = np.float32([0, 0.25, 100])
        >>> codes, values = coded(CompressedRows(np.array([0, 3]), np.arange(3), weights))
        >>> values[codes].round(6).tolist()
        [0.0, 0.25, 100.0]
    """
    weights = rows.weights
    counts = np.arange(CODES, dtype=np.float64)
    if weights is None:
        return np.broadcast_to(np.uint16(1), rows.nnz), counts
    if weights.dtype == np.uint16:
        return np.asarray(weights), counts
    if weights.dtype == np.float16:
        for part in _parts(rows):
            _check(weights[part])
        halves = np.arange(CODES, dtype=np.uint16).view(np.float16).astype(np.float64)
        return np.asarray(weights).view(np.uint16), np.where(halves > 0, halves, 0.0)
    return _rounded(rows, weights)


def _parts(rows: CompressedRows) -> Iterator[slice]:
    """The entries, some at a time; when the next are asked for, the last are let go."""
    for first, last in rows.blocks(CHUNK):
        yield slice(int(rows.indptr[first]), int(rows.indptr[last]))
        rows.forget(first, last)


def _check(some: AnyArray) -> None:
    if not (np.isfinite(some) & (some >= 0)).all():
        raise InputError(
            "there are weights that are negative or not finite", hint="drop or correct them"
        )


def _rounded(rows: CompressedRows, weights: AnyArray) -> tuple[AnyArray, FloatArray]:
    smallest, largest, whole = np.inf, 0.0, True
    for part in _parts(rows):
        some = weights[part]
        _check(some)
        smallest = min(smallest, float(some.min(where=some > 0, initial=np.inf)))
        largest = max(largest, float(some.max(initial=0.0)))
        whole = whole and bool((some == np.floor(some)).all())
    codes = np.empty(len(weights), dtype=np.uint16)
    if whole and largest < CODES:
        for part in _parts(rows):
            codes[part] = weights[part]
        return codes, np.arange(CODES, dtype=np.float64)
    step = max(np.log(largest / smallest), 1e-9) / (CODES - 2)
    for part in _parts(rows):
        some = np.maximum(weights[part].astype(np.float64), 0.5 * smallest)
        steps = np.rint(np.log(some / smallest) / step) + 1  # 0 stands for a weight of zero
        codes[part] = np.where(weights[part] > 0, steps, 0)
    values = smallest * np.exp(step * np.arange(-1.0, CODES - 1))
    values[0] = 0.0
    return codes, values
