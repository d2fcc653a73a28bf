"""The normalised adjacency of LightGCN: raw weights, scaled as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from placeprint.errors import InputError, listing
from placeprint.machine_code import compiled
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sparse_product import float16, readable
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["NORMALISATIONS", "Normalisation", "NormalisedAdjacency"]

Normalisation: TypeAlias = Literal["symmetric", "published"]

NORMALISATIONS = ("symmetric", "published")

FAINT = 1e-10
"""What the public code of MobCLIP adds to degrees."""


@dataclass(frozen=True, eq=False)
class NormalisedAdjacency:
    r"""A graph as LightGCN propagates over it.

    .. math:: \hat A = \mathrm{diag}(s) \, B \, \mathrm{diag}(s), \qquad s_u = d_u^{-1/2}

    B keeps its raw weights, which may be counts of 16 bits: the scales are applied as entries
    are read, and nothing of the size of the graph is made.

    Attributes:
        rows: B, (n, n).
        transpose: Bᵀ, which gradients travel over; the same object where B is symmetric.
        scale: (n,) float64 s; 0 where a region has no link.

    Example:
        >>> swap = NormalisedAdjacency.of(csr_array([[0, 4.0], [4.0, 0]]))
        >>> swap.to_scipy().toarray().tolist(), swap.rows is swap.transpose
        ([[0.0, 1.0], [1.0, 0.0]], True)
    """

    rows: CompressedRows
    transpose: CompressedRows
    scale: FloatArray

    @classmethod
    def of(
        cls,
        adjacency: csr_array | CompressedRows,
        normalisation: Normalisation = "symmetric",
    ) -> Self:
        r"""Normalise a graph.

        * ``symmetric``: :math:`\hat A = D^{-1/2} A D^{-1/2}` of a symmetric A, the textbook's.
        * ``published``: :math:`\hat A = D^{-1/2} A^\top D^{-1/2}` of any A, where D holds the sums
          of the **rows** of A on both sides, plus 1e-10. So does the public code of MobCLIP, whose
          A is directed (row u holds only the links that u itself keeps): this is neither
          symmetric nor the textbook's, and its largest eigenvalue need not be 1.

        Args:
            adjacency: A, (n, n), no negative weights.
            normalisation: Which of the two.

        Raises:
            InputError: If the normalisation is unknown, or ``symmetric`` is asked for and A is not.

        Source:
            LightGCN (He et al. 2020), Eq. 7; MobCLIP (Wen et al. 2025), Sec. 4.1, and its public
            code, ``data.py``.
        """
        if normalisation not in NORMALISATIONS:
            raise InputError(
                f"the normalisation {normalisation!r} is unknown",
                hint=f"choose one of {listing(NORMALISATIONS)}",
            )
        given = adjacency
        rows = CompressedRows.from_scipy(given) if isinstance(given, csr_array) else given
        leaving, arriving = _sums(rows)
        if normalisation == "published":
            return cls(_transposed(rows), rows, (leaving + FAINT) ** -0.5)
        away = np.flatnonzero(~np.isclose(leaving, arriving))
        if len(away):
            raise InputError(
                f"the graph is not symmetric: the links that leave node {away[0]} weigh "
                f"{leaving[away[0]]:g}, those that arrive {arriving[away[0]]:g}",
                hint="add up both directions, or choose the normalisation 'published'",
            )
        scale = np.zeros_like(leaving)
        np.divide(1.0, np.sqrt(leaving), out=scale, where=leaving > 0)
        return cls(rows, rows, scale)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return self.rows.shape

    def to_scipy(self) -> csr_array:
        """Â itself, its weights multiplied out, float32."""
        raw = self.rows.to_scipy()
        here = np.repeat(self.scale, np.diff(raw.indptr))
        data = (raw.data * (here * self.scale[raw.indices])).astype(np.float32)
        return csr_array((data, raw.indices, raw.indptr), shape=raw.shape)


def _transposed(rows: CompressedRows) -> CompressedRows:
    kind = np.float32 if rows.weights is None else rows.weights.dtype
    return CompressedRows.from_scipy(csr_array(rows.to_scipy().T), kind)


def _sums(rows: CompressedRows) -> tuple[FloatArray, FloatArray]:
    """The sums of the weights of each row and of each column."""
    leaving, arriving = (np.zeros(count) for count in rows.shape)
    weights, half = readable(rows.weights)
    _add_weights(
        np.asarray(rows.indptr), np.asarray(rows.indices), weights, half, leaving, arriving
    )
    return leaving, arriving


@compiled()
def _add_weights(
    indptr: IntArray,
    indices: IntArray,
    weights: AnyArray,
    half: bool,
    leaving: FloatArray,
    arriving: FloatArray,
) -> None:
    for row in range(len(leaving)):
        for entry in range(indptr[row], indptr[row + 1]):
            weight = 1.0
            if len(weights):
                weight = float(float16(weights[entry]) if half else weights[entry])
            leaving[row] += weight
            arriving[indices[entry]] += weight
