"""The profile of a region's flows: how much goes to, and comes from, every other region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.row_statistics import row_sums
from placeprint.mobility.selection import kept_entries
from placeprint.mobility.sparse_product import product
from placeprint.typing import BoolArray, FloatArray, IntArray

__all__ = ["FlowProfile"]

COMPONENTS = 64
POWER_ITERATIONS = 4
OVERSAMPLING = 32


@dataclass(frozen=True)
class FlowProfile:
    r"""Leading components of the rows and columns of the flow matrix W.

    A region's row and column, :math:`x_u = [W_{u\cdot}, W_{\cdot u}]`, once as they are and once
    under the square root (which makes the noise of counts even), each column divided by its
    deviation; of both the 64 leading components. The profiles are never laid out: products with
    W and its transpose, scaled as they are read, take their place.

    Attributes:
        partners: Ids of the regions that columns stand for.
        scales: For either transform, (2n,) deviations of the columns.
        loadings: For either transform, (2n, k) right singular vectors.
        reliability: The share of the columns' variance that the components explain.
    """

    partners: pd.Index
    scales: list[FloatArray]
    loadings: list[FloatArray]
    reliability: float

    @classmethod
    def fit(
        cls, flows: csr_array, ids: pd.Index, *, seed: int, symmetric: bool = False
    ) -> FlowProfile:
        """Learn the components.

        Args:
            flows: (n, n) float32 directed flows W between the regions ``ids``.
            ids: The n regions.
            seed: Of the decomposition's sketch.
            symmetric: Whether W is symmetric: half of the work.
        """
        scales: list[FloatArray] = []
        loadings: list[FloatArray] = []
        explained: list[float] = []
        for profiles in _transforms(flows, symmetric=symmetric):
            inverse = profiles.inverse_deviations()
            left, values = _left_singular_vectors(profiles, inverse, seed)
            vectors = profiles.transposed_product(left, inverse) / values
            scores = profiles.product(vectors, inverse)
            scales.append(
                np.divide(1.0, inverse, out=np.full_like(inverse, np.inf), where=inverse > 0)
            )
            loadings.append(vectors)
            varying = int((inverse > 0).sum())
            variance = scores.var(axis=0, dtype=np.float64).sum()
            explained.append(float(variance) / max(varying, 1))
        return cls(ids, scales, loadings, float(np.mean(explained)))

    def transform(self, flows: csr_array, ids: pd.Index, *, symmetric: bool = False) -> FloatArray:
        """Profiles of the regions ``ids``, which may be others than those of training.

        Args:
            flows: (n, n) float32 directed flows between them.
            ids: The n regions.
            symmetric: Whether W is symmetric.

        Returns:
            (n, 2k) float32; NaN for a region without a flow to or from a known one.
        """
        known = None if ids.equals(self.partners) else self.partners.get_indexer(ids)
        raised = _transforms(flows, known, len(self.partners), symmetric=symmetric)
        learned = zip(raised, self.scales, self.loadings, strict=True)
        parts = [profiles.product(loadings, 1.0 / scale) for profiles, scale, loadings in learned]
        scores: FloatArray = np.hstack(parts)
        scores[raised[0].empty] = np.nan
        return scores


@dataclass(frozen=True)
class _Profiles:
    """The matrix [W, Wᵀ] as two factors of n rows; one and the same if W is symmetric."""

    leaving: CompressedRows
    arriving: CompressedRows

    @property
    def empty(self) -> BoolArray:
        """(n,) whether a region has no flow at all."""
        leaves, arrives = (np.diff(rows.indptr) > 0 for rows in (self.leaving, self.arriving))
        return np.logical_not(leaves | arrives)

    def inverse_deviations(self) -> FloatArray:
        """(2n,) 1 / standard deviation of each column, 0 where it does not vary."""
        # columns of W are rows of Wᵀ
        halves = [_inverse_deviations(rows) for rows in (self.arriving, self.leaving)]
        return np.concatenate(halves)

    def product(self, dense: FloatArray, inverse: FloatArray) -> FloatArray:
        """[W, Wᵀ] diag(inverse) X, (2m, k) → (n, k)."""
        middle = len(inverse) // 2
        right = inverse.astype(np.float32)
        out, into = dense[:middle], dense[middle:]
        if self.leaving is self.arriving and np.array_equal(right[:middle], right[middle:]):
            return product(self.leaving, np.ascontiguousarray(out + into), right=right[:middle])
        result = product(self.leaving, np.ascontiguousarray(out), right=right[:middle])
        return product(
            self.arriving, np.ascontiguousarray(into), right=right[middle:], plus=result, out=result
        )

    def transposed_product(self, dense: FloatArray, inverse: FloatArray) -> FloatArray:
        """diag(inverse) [W, Wᵀ]ᵀ X, (n, k) → (2n, k), of a square W."""
        middle = len(inverse) // 2
        left = inverse.astype(np.float32)
        upper = product(self.arriving, dense, left=left[:middle])
        if self.leaving is self.arriving:
            return np.concatenate([upper, upper])
        return np.concatenate([upper, product(self.leaving, dense, left=left[middle:])])


def _transforms(
    flows: csr_array, known: IntArray | None = None, partners: int = 0, *, symmetric: bool
) -> list[_Profiles]:
    """The profiles as they are and under the square root; of columns that are known alone."""
    pair = [flows] if symmetric else [flows, csr_array(flows.T.tocsr())]
    if known is not None:
        pair = [_of_known(matrix, known, partners) for matrix in pair]
    raised = []
    for transform in (np.asarray, np.sqrt):
        rows = [
            CompressedRows(
                matrix.indptr.astype(np.int64),
                matrix.indices.astype(np.int32, copy=False),
                transform(matrix.data).astype(np.float32, copy=False),
                None if known is None else partners,
            )
            for matrix in pair
        ]
        raised.append(_Profiles(rows[0], rows[-1]))
    return raised


def _of_known(matrix: csr_array, known: IntArray, partners: int) -> csr_array:
    """Flows to regions known from training, which columns then stand for."""
    kept = kept_entries(matrix, known[matrix.indices] >= 0)
    structure = (kept.data, known[kept.indices], kept.indptr)
    return csr_array(structure, shape=(matrix.shape[0], partners))


def _inverse_deviations(rows: CompressedRows) -> FloatArray:
    n = rows.shape[0]
    matrix = rows.to_scipy()
    mean = row_sums(matrix, matrix.data) / n
    square = row_sums(matrix, matrix.data**2) / n
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    varies = deviation > 1e-6 * np.maximum(mean, 1e-12)
    return np.divide(1.0, deviation, out=np.zeros(n), where=varies)


def _left_singular_vectors(
    profiles: _Profiles, inverse: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    """The leading left singular vectors and values, by a random sketch (Halko et al. 2011)."""
    n, m = profiles.leaving.shape[0], len(inverse)
    width = min(COMPONENTS + OVERSAMPLING, n, m)
    generator = torch.Generator().manual_seed(seed)
    sketch = torch.randn(m, width, generator=generator).numpy()
    basis = _orthonormal(profiles.product(sketch, inverse))
    for _ in range(POWER_ITERATIONS):
        back = _orthonormal(profiles.transposed_product(basis, inverse))
        basis = _orthonormal(profiles.product(back, inverse))
    projected = profiles.transposed_product(basis, inverse)
    # Qᵀ M = (Mᵀ Q)ᵀ = (O R)ᵀ = Rᵀ Oᵀ: the small Rᵀ has its left vectors and values
    triangle = torch.linalg.qr(torch.from_numpy(projected).double(), mode="r").R.numpy()
    rotation, values, _ = np.linalg.svd(triangle.T)
    kept = min(COMPONENTS, int((values > 1e-6 * values[0]).sum()))
    left = (basis @ rotation[:, :kept]).astype(np.float32)
    peaks = np.take_along_axis(left, np.abs(left).argmax(axis=0)[None], axis=0)
    return left * np.sign(peaks), values[:kept].astype(np.float32)


def _orthonormal(columns: FloatArray) -> FloatArray:
    basis: FloatArray = torch.linalg.qr(torch.from_numpy(columns)).Q.contiguous().numpy()
    return basis
