r"""Numbers of 16 bits with the range of float32: bfloat16, kept in uint16.

A bfloat16 is the upper half of a float32: the sign, all 8 bits of the exponent and 7 of the 23 of
the fraction, so rounding changes a number by at most :math:`2^{-8}` of itself. Gathering rows of a
dense matrix is bound by memory: rows of half the bytes arrive in half the time, while sums stay in
float32. NumPy has no such type; ``torch.bfloat16`` shares the layout: ``view(torch.uint16)``.
"""

from __future__ import annotations

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, FloatArray

__all__ = ["narrow", "narrowed", "widen", "widened"]

_ONE, _SIXTEEN, _HALF, _QUIET = np.uint32(1), np.uint32(16), np.uint32(0x7FFF), np.uint16(0x0040)


@compiled()
def widen(half: np.uint16) -> np.float32:
    """The float32 of a bfloat16, exactly. To be called in kernels, where it becomes one shift."""
    return np.uint32(np.uint32(half) << _SIXTEEN).view(np.float32)


@compiled()
def narrow(value: np.float32) -> np.uint16:
    """The bfloat16 nearest to a float32, ties to even. To be called in kernels.

    What exceeds the largest bfloat16 becomes infinite; NaN stays NaN.
    """
    bits = np.float32(value).view(np.uint32)
    upper = np.uint32(bits >> _SIXTEEN)
    if value != value:
        return np.uint16(upper) | _QUIET
    return np.uint16(np.uint32(bits + _HALF + (upper & _ONE)) >> _SIXTEEN)


def narrowed(values: FloatArray) -> AnyArray:
    """An array rounded to bfloat16.

    Args:
        values: float32 of any shape.

    Returns:
        uint16 of the same shape.

    Example:
        >>> widened(narrowed(np.array([1.0, -2.5, 3.14159], dtype=np.float32))).tolist()
        [1.0, -2.5, 3.140625]
    """
    flat = np.ascontiguousarray(values, dtype=np.float32)
    halves = np.empty(flat.shape, dtype=np.uint16)
    _narrow_all(flat.ravel(), halves.ravel())
    return halves


def widened(halves: AnyArray) -> FloatArray:
    """The float32 of an array of bfloat16 (uint16), exactly; the inverse of :func:`narrowed`."""
    wide: FloatArray = (np.asarray(halves).astype(np.uint32) << _SIXTEEN).view(np.float32)
    return wide


@compiled()
def _narrow_all(values: FloatArray, halves: AnyArray) -> None:
    for position in range(len(values)):
        halves[position] = narrow(values[position])
