"""The matrix that LINE factorises, made entry by entry as it is multiplied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line.codes import coded
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["LogRatios"]

PASS: Final = 1 << 25
"""Entries read at a time: of a graph on disk, these are in memory together."""

EXACT: Final = 1 << 12
"""Up to so many regions the rows of X stay float32: they fit into a processor's cache as it is."""

SHARES: Final = 64
"""Parts of each reading that threads take, of equally many entries."""


@dataclass(frozen=True, eq=False)
class LogRatios:
    r"""How much stronger the ties of a graph are than chance, as a matrix.

    .. math::
        M_{ij} = \max(\log A_{ij} - r_i - c_j,\, 0), \qquad
        r = \log d, \qquad c = \log(b \, q)

    on the entries of A, zero elsewhere. As A is symmetric, exchanging r and c gives the
    transpose: one copy of A, of 6 bytes an entry, serves both, and M itself is never stored.

    Attributes:
        rows: A, symmetric, in memory or on disk.
        codes: uint16 code of each weight.
        logs: (65,536,) float32, the logarithm of each code's weight.
        own: r, (n,) float32.
        others: c, (n,) float32.
        strength: d, (n,) float64; 0 where a region has no ties.
    """

    rows: CompressedRows
    codes: AnyArray
    logs: FloatArray
    own: FloatArray
    others: FloatArray
    strength: FloatArray

    @classmethod
    def of(cls, rows: CompressedRows, negatives: int, exponent: float) -> Self:
        r"""Take up a graph, which is read once for its strengths.

        Args:
            rows: A, symmetric, no negative weights.
            negatives: b.
            exponent: α of :math:`q_j = d_j^\alpha / \sum_k d_k^\alpha`.
        """
        from placeprint.mobility.line.kernels import add_strengths

        codes, values = coded(rows)
        strength = np.zeros(rows.shape[0])
        for shares in _readings(rows):
            add_strengths(shares, rows.indptr, codes, values, strength)
        tied = strength > 0
        out = np.log(np.where(tied, strength, 1.0))
        noise = (strength[tied] ** exponent).sum()
        into = np.log(negatives / noise) + exponent * out if tied.any() else out
        with np.errstate(divide="ignore"):
            logs = np.log(values)
        own, others, table = (part.astype(np.float32) for part in (out, into, logs))
        return cls(rows, codes, table, own, others, strength)

    @property
    def readings(self) -> int:
        """How many steps a product takes."""
        return sum(1 for _ in self.rows.blocks(PASS))

    def forward(self, dense: FloatArray, advance: Callable[[], None]) -> FloatArray:
        """M X: (n, d) float32 → (n, d) float32; ``advance`` is called after each reading."""
        return self._times(self.own, self.others, dense, advance)

    def backward(self, dense: FloatArray, advance: Callable[[], None]) -> FloatArray:
        """Mᵀ X: (n, d) float32 → (n, d) float32; ``advance`` is called after each reading."""
        return self._times(self.others, self.own, dense, advance)

    def _times(
        self,
        own: FloatArray,
        others: FloatArray,
        dense: FloatArray,
        advance: Callable[[], None],
    ) -> FloatArray:
        from placeprint.mobility.bfloat import narrowed
        from placeprint.mobility.line.kernels import add_log_ratios

        rows = self.rows
        gathered = np.ascontiguousarray(dense) if len(dense) <= EXACT else narrowed(dense)
        out = np.zeros(dense.shape, dtype=np.float32)
        indices = np.asarray(rows.indices)
        for shares in _readings(rows):
            add_log_ratios(
                shares, rows.indptr, indices, self.codes, self.logs, own, others, gathered, out
            )
            advance()
        return out


def _readings(rows: CompressedRows) -> Iterator[IntArray]:
    """For each reading of some rows, bounds between which they have about equally many entries.

    When the next is asked for, the memory of the last is let go.
    """
    for first, last in rows.blocks(PASS):
        begin, end = int(rows.indptr[first]), int(rows.indptr[last])
        steps = np.linspace(begin, end, SHARES + 1)[1:-1]
        middle = first + np.searchsorted(rows.indptr[first:last], steps)
        yield np.concatenate([[first], np.clip(middle, first, last), [last]]).astype(np.int64)
        rows.forget(first, last)
