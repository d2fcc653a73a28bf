"""The profile of a region's flows: how much goes to, and comes from, every other region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array, hstack

from placeprint.mobility import directed_matrix, left_singular_vectors
from placeprint.typing import FloatArray

__all__ = ["FlowProfile"]

COMPONENTS = 64
POWER_ITERATIONS = 4


@dataclass(frozen=True)
class FlowProfile:
    r"""Leading components of the rows and columns of the flow matrix W.

    A region's row and column, :math:`x_u = [W_{u\cdot}, W_{\cdot u}]`, once as they are and once
    under the square root (which makes the noise of counts even), each column divided by its
    deviation; of both the 64 leading components.

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
    def fit(cls, edges: pd.DataFrame, ids: pd.Index, *, seed: int) -> FlowProfile:
        """Learn the components from directed edges between the regions ``ids``."""
        scales, loadings, explained = [], [], []
        for raised in _transforms(_profiles(edges, ids, ids)):
            scale = _deviations(raised)
            matrix = _divided(raised, scale)
            left, values = left_singular_vectors(
                matrix,
                csr_array(matrix.T),
                COMPONENTS,
                power_iterations=POWER_ITERATIONS,
                seed=seed,
            )
            kept = values.numpy() > 1e-6 * float(values[0])
            vectors = (matrix.T @ left.numpy()[:, kept]) / values.numpy()[kept]
            scores = matrix @ vectors
            scales.append(scale)
            loadings.append(vectors.astype(np.float32))
            varying = int((scale < np.inf).sum())
            explained.append(float(scores.var(axis=0).sum()) / max(varying, 1))
        return cls(ids, scales, loadings, float(np.mean(explained)))

    def transform(self, edges: pd.DataFrame, ids: pd.Index) -> FloatArray:
        """(n, 2k) profiles of the regions ``ids``; NaN for one without a flow to a known region."""
        profiles = _profiles(edges, ids, self.partners)
        parts = [
            _divided(raised, scale) @ loadings
            for raised, scale, loadings in zip(
                _transforms(profiles), self.scales, self.loadings, strict=True
            )
        ]
        scores: FloatArray = np.hstack(parts).astype(np.float64)
        scores[np.diff(profiles.indptr) == 0] = np.nan
        return scores


def _profiles(edges: pd.DataFrame, ids: pd.Index, partners: pd.Index) -> csr_array:
    """(n, 2m): flows from each region to each partner, and from each partner to the region."""
    everyone = ids.union(partners, sort=True)
    rows, columns = everyone.get_indexer(ids), everyone.get_indexer(partners)
    matrix = directed_matrix(edges, everyone)
    leaving = matrix[rows][:, columns]
    arriving = csr_array(matrix.T)[rows][:, columns]
    return csr_array(hstack([leaving, arriving])).astype(np.float32)


def _transforms(profiles: csr_array) -> tuple[csr_array, csr_array]:
    return profiles, profiles.sqrt()


def _deviations(matrix: csr_array) -> FloatArray:
    """Standard deviation of each column, ∞ where it does not vary (so that it divides to 0)."""
    mean = np.asarray(matrix.mean(axis=0)).ravel().astype(np.float64)
    square = np.asarray(matrix.multiply(matrix).mean(axis=0)).ravel().astype(np.float64)
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(deviation > 1e-6 * np.maximum(mean, 1e-12), deviation, np.inf)


def _divided(matrix: csr_array, scale: FloatArray) -> csr_array:
    return csr_array(matrix @ diags_array(1.0 / scale)).astype(np.float32)
