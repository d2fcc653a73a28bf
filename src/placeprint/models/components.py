"""Principal components of standardised features, some rows or entries of which are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.models.rows import Rows, blocks
from placeprint.typing import FloatArray

__all__ = ["Components", "leading_eigenvectors"]


@dataclass(frozen=True)
class Components:
    r"""A linear map from features to their leading principal components.

    .. math::
        z = \frac{x - \mu}{\sigma}, \qquad h = z V_k

    with V_k the first k eigenvectors of the correlation matrix. A missing entry counts as the
    mean of its column; a row of which every entry is missing stays missing.

    Attributes:
        mean: (d,) μ over the rows that have the entry.
        scale: (d,) σ, 1 where a column does not vary.
        loadings: (d, k) V_k.
        explained: The share of the variance that k components keep, 0 to 1.

    Example:
        >>> x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [np.nan, np.nan]])
        >>> components = Components.fit(x, 1)
        >>> components.explained, components.transform(x)[:, 0].round(2)
        (1.0, array([-1.73,  0.  ,  1.73,   nan]))
    """

    mean: FloatArray
    scale: FloatArray
    loadings: FloatArray
    explained: float

    @classmethod
    def fit(cls, features: Rows, count: int) -> Components:
        """Learn the components of (n, d) features, NaN where missing, in two passes over them."""
        width = features.shape[1]
        rows, total = np.zeros(width), np.zeros(width)
        for block in blocks(features):
            known = np.isfinite(block)
            rows += known.sum(axis=0)
            total += np.where(known, block, 0.0).sum(axis=0)
        rows = np.maximum(rows, 1)
        mean = total / rows
        products = np.zeros((width, width))
        for block in blocks(features):
            centred = np.where(np.isfinite(block), block - mean, 0.0)
            products += centred.T @ centred
        deviation = np.sqrt(products.diagonal() / rows)
        scale = np.where(deviation > 1e-8, deviation, 1.0)
        correlations = products / scale / scale[:, None]
        values, vectors = leading_eigenvectors(correlations, count)
        whole = float(correlations.trace())
        explained = float(values.sum()) / whole if whole > 0 else 0.0
        return cls(mean, scale, vectors, round(min(explained, 1.0), 12))

    @classmethod
    def unchanged(cls, width: int) -> Components:
        """The identity, for features that are principal components already."""
        return cls(np.zeros(width), np.ones(width), np.eye(width), 1.0)

    def transform(self, features: FloatArray) -> FloatArray:
        """(n, d) features → (n, k) components; a row that is wholly missing stays missing."""
        known = np.isfinite(features)
        standardised = np.where(known, (features - self.mean) / self.scale, 0.0)
        components: FloatArray = standardised @ self.loadings
        components[~known.any(axis=1)] = np.nan
        return components


def leading_eigenvectors(matrix: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """The largest eigenvalues of a symmetric matrix and their eigenvectors.

    The sign of each vector makes its entry of largest magnitude positive; vectors of eigenvalues
    that are zero but for rounding are left out.

    Args:
        matrix: (d, d) symmetric, positive semi-definite.
        count: At most how many.

    Returns:
        (k,) eigenvalues, descending, and (d, k) eigenvectors.
    """
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = min(count, max(1, int((values > 1e-9 * max(values[0], 1e-30)).sum())))
    values, vectors = values[:kept], vectors[:, :kept]
    peaks = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None, :], axis=0)
    return np.maximum(values, 0.0), vectors * np.where(peaks < 0, -1.0, 1.0)
