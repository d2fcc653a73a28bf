"""Weights of any kind as codes of 16 bits and a table of what they stand for.

Whatever is wanted of a weight (LINE wants its logarithm) is then looked up in a table that fits
into a processor's cache, and an entry of a graph takes 6 bytes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import AnyArray, FloatArray

__all__ = ["coded", "needs_codes"]

CODES: Final = 1 << 16

CHUNK: Final = 1 << 22
"""Weights turned into codes at a time."""


def needs_codes(weights: AnyArray | None) -> bool:
    """Whether :func:`coded` makes codes, 2 bytes each, as it does of float32."""
    return weights is not None and weights.dtype.itemsize > 2


def coded(weights: AnyArray | None, entries: int) -> tuple[AnyArray, FloatArray]:
    """The codes of weights and the table of their values.

    uint16 and float16 are their own codes. Other numbers are too if they are whole and at most
    65,535; otherwise they are rounded to 65,535 steps of equal ratio between the smallest and the
    largest, which changes none by more than half a step: at a range of a million to one by
    1 in 10,000.

    Args:
        weights: (entries,) none negative; None if all are 1.
        entries: How many.

    Returns:
        (entries,) uint16 codes and the (65,536,) float64 values of the codes.

    Raises:
        InputError: If a weight is negative or not finite.

    Example:
        >>> codes, values = coded(np.float32([0, 0.25, 100]), 3)
        >>> values[codes].round(6).tolist()
        [0.0, 0.25, 100.0]
    """
    counts = np.arange(CODES, dtype=np.float64)
    if weights is None:
        return np.broadcast_to(np.uint16(1), entries), counts
    if weights.dtype == np.uint16:
        return np.asarray(weights), counts
    if weights.dtype == np.float16:
        halves = np.arange(CODES, dtype=np.uint16).view(np.float16).astype(np.float64)
        return np.asarray(weights).view(np.uint16), np.where(halves > 0, halves, 0.0)
    return _rounded(weights)


def _rounded(weights: AnyArray) -> tuple[AnyArray, FloatArray]:
    parts = [slice(first, first + CHUNK) for first in range(0, len(weights), CHUNK)]
    smallest, largest, whole = np.inf, 0.0, True
    for part in parts:
        some = weights[part]
        if not (np.isfinite(some) & (some >= 0)).all():
            raise InputError(
                "there are weights that are negative or not finite", hint="drop or correct them"
            )
        smallest = min(smallest, float(some.min(where=some > 0, initial=np.inf)))
        largest = max(largest, float(some.max()))
        whole = whole and bool((some == np.floor(some)).all())
    codes = np.empty(len(weights), dtype=np.uint16)
    if whole and largest < CODES:
        for part in parts:
            codes[part] = weights[part]
        return codes, np.arange(CODES, dtype=np.float64)
    step = max(np.log(largest / smallest), 1e-9) / (CODES - 2)
    for part in parts:
        some = np.maximum(weights[part].astype(np.float64), 0.5 * smallest)
        steps = np.rint(np.log(some / smallest) / step) + 1  # 0 stands for a weight of zero
        codes[part] = np.where(weights[part] > 0, steps, 0)
    values = smallest * np.exp(step * np.arange(-1.0, CODES - 1))
    values[0] = 0.0
    return codes, values
