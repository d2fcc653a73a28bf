"""The squared error of a ridge under each penalty, on rows that it was not fitted to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placeprint.evaluation.probes.columns import chunks
from placeprint.evaluation.probes.moments import Moments, pool
from placeprint.evaluation.probes.spectrum import Spectrum, decompose, spectrum_of
from placeprint.typing import FloatArray, IntArray

__all__ = ["leave_one_out_errors", "pooled_errors", "refitted_errors"]


def leave_one_out_errors(
    spectrum: Spectrum, X: FloatArray, Y: FloatArray, alphas: FloatArray
) -> FloatArray:
    """Σᵢ (eᵢ / (1 − hᵢ))² for every penalty and target, (a, t): exact, without a refit.

    The leverage is hᵢ = 1/n + Σⱼ Zᵢⱼ² / (Sⱼ² + α).

    Args:
        spectrum: That of the rows.
        X: (n, d) the rows.
        Y: (n, t) their targets.
        alphas: (a,) the penalties.

    Example:
        >>> rows, alphas = np.arange(4.0)[:, None], np.array([1e-9])
        >>> leave_one_out_errors(decompose(rows, rows), rows, rows, alphas).round(6)
        array([[0.]])
    """
    shrink = 1 / (spectrum.eigenvalues[:, None] + alphas)
    smallest = np.finfo(np.float64).eps
    errors = np.zeros((len(alphas), Y.shape[1]))
    for rows in chunks(len(X)):
        scores = spectrum.scores(X[rows])
        residual = (Y[rows] - spectrum.mean)[:, None, :] - _fitted(scores, spectrum, alphas)
        remaining = 1 - 1 / spectrum.n - np.square(scores) @ shrink
        residual /= remaining.clip(min=smallest)[:, :, None]
        errors += np.square(residual, out=residual).sum(axis=0)
    return errors


def refitted_errors(
    X: FloatArray, Y: FloatArray, folds: IntArray, alphas: FloatArray, *, standardise: bool = True
) -> FloatArray:
    """Σ (y − ŷ)² over inner folds for every penalty and target, (a, t), fold by fold.

    Args:
        X: (n, d) the rows.
        Y: (n, t) their targets.
        folds: (n,) the fold of each row, numbered from 0.
        alphas: (a,) the penalties.
        standardise: Whether the training rows of each fold are standardised.

    Example:
        >>> rows, folds = np.arange(4.0)[:, None], np.array([0, 0, 1, 1])
        >>> refitted_errors(rows, rows, folds, np.array([1e-9])).round(6)
        array([[0.]])
    """
    errors = np.zeros((len(alphas), Y.shape[1]))
    for fold in range(folds.max() + 1):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        spectrum = decompose(X[train], Y[train], standardise=standardise)
        for rows in chunks(len(test)):
            held_out = test[rows]
            fitted = _fitted(spectrum.scores(X[held_out]), spectrum, alphas)
            errors += np.square((Y[held_out] - spectrum.mean)[:, None, :] - fitted).sum(axis=0)
    return errors


def pooled_errors(parts: Sequence[Moments], alphas: FloatArray) -> FloatArray:
    """The same as :func:`refitted_errors` from the moments of each fold, without their rows.

    With the weights w of a ridge fitted to the other folds, and the sums of the fold about the
    means of these, the error is Σ (y − w·x)² = YᵀY − 2 w·XᵀY + wᵀ XᵀX w.

    Args:
        parts: The moments of each fold, which can be moved.
        alphas: (a,) the penalties.

    Returns:
        (a, t) the errors, to about 15 digits of Σ y².

    Example:
        >>> from placeprint.evaluation.probes.moments import gather
        >>> parts = [gather(rows, rows) for rows in np.arange(4.0).reshape(2, 2, 1)]
        >>> pooled_errors(parts, np.array([1e-9])).round(6)
        array([[0.]])
    """
    t = parts[0].cross.shape[1]
    errors = np.zeros((len(alphas), t))
    for fold, part in enumerate(parts):
        training = pool([other for position, other in enumerate(parts) if position != fold])
        spectrum = spectrum_of(training)
        gram, cross, squares = part.about(training.centre, training.mean)
        weights = spectrum.axes @ _coefficients(spectrum, alphas).reshape(len(gram), -1)
        quadratic = (weights * (gram @ weights)).sum(axis=0).reshape(len(alphas), t)
        linear = (weights.reshape(len(gram), len(alphas), t) * cross[:, None, :]).sum(axis=0)
        errors += squares - 2 * linear + quadratic
    return errors


def _coefficients(spectrum: Spectrum, alphas: FloatArray) -> FloatArray:
    """The weights along the axes under every penalty, (r, a, t)."""
    shrunk = spectrum.eigenvalues[:, None] + alphas
    coefficients: FloatArray = spectrum.cross[:, None, :] / shrunk[:, :, None]
    return coefficients


def _fitted(scores: FloatArray, spectrum: Spectrum, alphas: FloatArray) -> FloatArray:
    """Centred predictions under every penalty, (m, a, t), of scores (m, r)."""
    weights = _coefficients(spectrum, alphas)
    axes, a, t = weights.shape  # no axes at all, where all rows are alike
    fitted: FloatArray = (scores @ weights.reshape(axes, a * t)).reshape(len(scores), a, t)
    return fitted
