"""One decomposition of the training rows that serves every penalty and every target of a ridge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from placeprint.typing import FloatArray

__all__ = ["Spectrum", "chunks", "decompose"]

_CHUNK = 8192
"""Rows that are held in float64 at a time."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The principal axes of imputed, standardised training rows, and the targets along them.

    With the standardised rows Xₛ = U S Vᵀ (singular value decomposition) and Z = Xₛ V:

    Attributes:
        n: Number of training rows.
        centre: (d,) the mean of each column; what a missing value is replaced by.
        axes: (d, r) D⁻¹ V, with D the standard deviations: takes centred rows to Z.
        eigenvalues: (r,) S², not negative.
        mean: (t,) the mean of each target.
        cross: (r, t) Zᵀ (Y − mean).
    """

    n: int
    centre: FloatArray
    axes: FloatArray
    eigenvalues: FloatArray
    mean: FloatArray
    cross: FloatArray

    def scores(self, X: FloatArray) -> FloatArray:
        """Rows along the axes: Z, (m, r) float64, of rows X, (m, d)."""
        scores: FloatArray = _centred(X, self.centre) @ self.axes
        return scores


def chunks(n: int) -> Iterator[slice]:
    """Slices of rows that together cover n rows."""
    return (slice(start, start + _CHUNK) for start in range(0, n, _CHUNK))


def decompose(X: FloatArray, Y: FloatArray) -> Spectrum:
    """Impute by the mean, standardise and decompose training rows.

    Where there are more rows than columns this is the eigendecomposition of XₛᵀXₛ (d × d),
    gathered chunk by chunk, so that memory stays bounded at any number of rows; else that of
    XₛXₛᵀ (n × n). A column that is constant is left at zero.

    Args:
        X: (n, d) rows; NaN is a missing value.
        Y: (n, t) targets.

    Returns:
        The spectrum; it holds no row.

    Example:
        >>> rows = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 5.0]])
        >>> spectrum = decompose(rows, np.array([[1.0], [2.0], [3.0]]))
        >>> spectrum.centre.tolist(), spectrum.eigenvalues.round(6).tolist()
        ([2.0, 5.0], [0.0, 3.0])
    """
    centre, mean = _centre(X), Y.mean(axis=0)
    if X.shape[1] > len(X):
        return _dual(X, Y, centre, mean)
    d = X.shape[1]
    gram, cross = np.zeros((d, d)), np.zeros((d, Y.shape[1]))
    for rows in chunks(len(X)):
        part = _centred(X[rows], centre)
        gram += part.T @ part
        cross += part.T @ (Y[rows] - mean)
    scale = _scale(np.sqrt(np.diag(gram) / len(X)), centre, len(X))
    eigenvalues, vectors = linalg.eigh(gram / np.outer(scale, scale), driver="evd")
    axes = vectors / scale[:, None]
    return Spectrum(len(X), centre, axes, eigenvalues.clip(min=0), mean, axes.T @ cross)


def _dual(X: FloatArray, Y: FloatArray, centre: FloatArray, mean: FloatArray) -> Spectrum:
    """The same by way of the rows' inner products, for more columns than rows."""
    rows = _centred(X, centre)
    scale = _scale(np.sqrt(np.square(rows).mean(axis=0)), centre, len(X))
    rows /= scale
    eigenvalues, left = linalg.eigh(rows @ rows.T, driver="evd")
    kept = eigenvalues > eigenvalues[-1] * len(X) * np.finfo(np.float64).eps
    singular = np.sqrt(eigenvalues[kept])
    axes = (rows.T @ left[:, kept]) / singular / scale[:, None]
    cross = singular[:, None] * (left[:, kept].T @ (Y - mean))
    return Spectrum(len(X), centre, axes, eigenvalues[kept], mean, cross)


def _centre(X: FloatArray) -> FloatArray:
    """The mean of each column over its known values; 0 where none is known."""
    sums, counts = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for rows in chunks(len(X)):
        known = ~np.isnan(X[rows])
        sums += np.where(known, X[rows], 0).sum(axis=0, dtype=np.float64)
        counts += known.sum(axis=0)
    centre: FloatArray = sums / counts.clip(min=1)
    return centre


def _centred(X: FloatArray, centre: FloatArray) -> FloatArray:
    """X − centre in float64, with 0 for a missing value."""
    rows = X - centre
    rows[np.isnan(rows)] = 0
    return rows


def _scale(deviation: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    """Standard deviations, with 1 for a column that is constant but for rounding."""
    rounding = n * np.finfo(np.float64).eps * np.abs(centre)
    return np.where(deviation > rounding, deviation, 1.0)
