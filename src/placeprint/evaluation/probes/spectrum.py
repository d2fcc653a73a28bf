"""One decomposition of the training rows that serves every penalty and every target of a ridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.evaluation.probes.columns import centred, chunks, column_means, spread
from placeprint.evaluation.probes.moments import Moments, gather
from placeprint.typing import FloatArray

__all__ = ["Spectrum", "decompose", "spectrum_of"]


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
        scores: FloatArray = centred(X, self.centre) @ self.axes
        return scores


def decompose(X: FloatArray, Y: FloatArray, *, standardise: bool = True) -> Spectrum:
    """Impute by the mean, standardise and decompose training rows.

    Where there are more rows than columns this is the eigendecomposition of XₛᵀXₛ (d × d),
    gathered chunk by chunk, so that memory stays bounded at any number of rows; else that of
    XₛXₛᵀ (n × n). A column that is constant is left at zero. Columns that are not standardised
    may differ by many orders of magnitude, which their products would square: there it is the
    singular value decomposition of the rows themselves, by way of QR.

    Args:
        X: (n, d) rows; NaN is a missing value.
        Y: (n, t) targets.
        standardise: Whether columns are divided by their standard deviations; else D is 1.

    Returns:
        The spectrum; it holds no row.

    Example:
        >>> rows = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 5.0]])
        >>> spectrum = decompose(rows, np.array([[1.0], [2.0], [3.0]]))
        >>> spectrum.centre.tolist(), spectrum.eigenvalues.round(6).tolist()
        ([2.0, 5.0], [0.0, 3.0])
    """
    if not standardise:
        return _unscaled(X, Y)
    if X.shape[1] > len(X):
        return _dual(X, Y)
    return spectrum_of(gather(X, Y, movable=False))


def spectrum_of(moments: Moments) -> Spectrum:
    """The spectrum of rows that are known by their moments, standardised.

    Args:
        moments: Those of the training rows.

    Example:
        >>> rows = np.arange(6.0).reshape(3, 2)
        >>> spectrum_of(gather(rows, rows)).eigenvalues.round(6).tolist()
        [0.0, 6.0]
    """
    n, centre = moments.n, moments.centre
    scale = spread(np.diag(moments.gram) / n, centre, n)
    # NumPy's, unlike SciPy's, lets other threads run meanwhile.
    eigenvalues, vectors = np.linalg.eigh(moments.gram / np.outer(scale, scale))
    axes = vectors / scale[:, None]
    cross = axes.T @ moments.cross
    return Spectrum(n, centre, axes, eigenvalues.clip(min=0), moments.mean, cross)


def _dual(X: FloatArray, Y: FloatArray) -> Spectrum:
    """The same by way of the rows' inner products, for more columns than rows."""
    n, centre, mean = len(X), column_means(X), Y.mean(axis=0)
    rows = centred(X, centre)
    scale = spread(np.square(rows).mean(axis=0), centre, n)
    rows /= scale
    eigenvalues, left = np.linalg.eigh(rows @ rows.T)
    kept = eigenvalues > eigenvalues[-1] * n * np.finfo(np.float64).eps
    singular = np.sqrt(eigenvalues[kept])
    axes = (rows.T @ left[:, kept]) / singular / scale[:, None]
    cross = singular[:, None] * (left[:, kept].T @ (Y - mean))
    return Spectrum(n, centre, axes, eigenvalues[kept], mean, cross)


def _unscaled(X: FloatArray, Y: FloatArray) -> Spectrum:
    """That of rows that are imputed and centred, but not standardised.

    The triangle R of a QR decomposition, updated chunk by chunk, stands for all rows: of
    [X  Y] = Q [Rx Ry] the singular values and right vectors are those of Rx, and XᵀY = RxᵀRy.
    """
    d, centre, mean = X.shape[1], column_means(X), Y.mean(axis=0)
    triangle = np.empty((0, d + Y.shape[1]))
    for rows in chunks(len(X)):
        part = np.hstack([centred(X[rows], centre), Y[rows] - mean])
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, part]), mode="r"))
    left, singular, right = np.linalg.svd(triangle[:d, :d], full_matrices=False)
    cross = singular[:, None] * (left.T @ triangle[:d, d:])
    return Spectrum(len(X), centre, right.T, np.square(singular), mean, cross)
