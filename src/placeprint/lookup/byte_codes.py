r"""Vectors of unit length as bytes, and how far a product with them can be off.

A row u is kept as whole numbers c and a scale s,

.. math::
    c = \mathrm{round}(u / s), \qquad s = \max_j |u_j| / 127,

so that for any q of unit length :math:`|q \cdot u - s\, q \cdot c| \le \lVert u - s c \rVert`. A
search reads a quarter of the memory, and rows that the bound leaves open are compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, FloatArray

__all__ = ["ByteCodes"]

ROWS: Final = 1 << 16
ROUNDING: Final = 2.0**-22
"""Four units in the last place of a float32: what each of d terms may be off."""


@dataclass(frozen=True)
class ByteCodes:
    """Rows of unit length as bytes.

    Attributes:
        codes: (n, d) int8, c.
        scales: (n,) float32, s.
        error: The largest difference of a product from the exact one.

    Example:
        >>> rows = np.eye(3, dtype=np.float32)
        >>> ByteCodes.of(rows, np.ones(3)).products(rows[1]).round(3).tolist()
        [0.0, 1.0, 0.0]
    """

    codes: AnyArray
    scales: FloatArray
    error: float

    @classmethod
    def of(cls, values: FloatArray, inverse_norms: FloatArray) -> ByteCodes:
        """Codes of (n, d) rows, and (n,) what makes each of unit length."""
        codes = np.empty(values.shape, dtype=np.int8)
        scales = np.empty(len(values), dtype=np.float32)
        error = 0.0
        for first in range(0, len(values), ROWS):
            some = slice(first, first + ROWS)
            units = values[some] * inverse_norms[some, None]
            scales[some] = np.abs(units).max(axis=1) / 127
            codes[some] = np.rint(units / np.maximum(scales[some, None], np.float32(1e-30)))
            left = units - codes[some] * scales[some, None].astype(np.float64)
            error = max(error, float(np.sqrt(np.square(left).sum(axis=1).max())))
        return cls(codes, scales, error + values.shape[1] * ROUNDING)

    def products(self, query: FloatArray) -> FloatArray:
        """(d,) of unit length → (n,) float32 products, each off by at most ``error``."""
        found = np.empty(len(self.codes), dtype=np.float32)
        _products(self.codes, self.scales, np.asarray(query, dtype=np.float32), found)
        return found


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _products(codes: AnyArray, scales: FloatArray, query: FloatArray, found: FloatArray) -> None:
    for row in range(codes.shape[0]):
        total = np.float32(0)
        for column in range(codes.shape[1]):
            total += np.float32(codes[row, column]) * query[column]
        found[row] = total * scales[row]
