"""How far predictions are from the truth, for many targets at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from placeprint.typing import FloatArray

__all__ = ["METRICS", "mae", "r2", "rmse"]


def r2(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Coefficient of determination, R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², per target.

    Args:
        truth: (n, t) true values y.
        predicted: (n, t) predictions ŷ.

    Returns:
        (t,) float64, at most 1; NaN where the truth is constant, for R² is not defined there.

    Example:
        >>> r2(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])).tolist()
        [0.5]
    """
    total = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    total = np.where(np.ptp(truth, axis=0) > 0, total, np.nan)
    score: FloatArray = 1 - np.square(truth - predicted).sum(axis=0) / total
    return score


def rmse(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Root mean squared error, (Σ(y − ŷ)² / n)^½, per target, in the unit of the target.

    Args:
        truth: (n, t) true values y.
        predicted: (n, t) predictions ŷ.

    Returns:
        (t,) float64.

    Example:
        >>> rmse(np.array([[0.0], [0.0]]), np.array([[3.0], [4.0]])).round(3).tolist()
        [3.536]
    """
    error: FloatArray = np.sqrt(np.square(truth - predicted).mean(axis=0))
    return error


def mae(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Mean absolute error, Σ|y − ŷ| / n, per target, in the unit of the target.

    Args:
        truth: (n, t) true values y.
        predicted: (n, t) predictions ŷ.

    Returns:
        (t,) float64.

    Example:
        >>> mae(np.array([[0.0], [0.0]]), np.array([[3.0], [4.0]])).tolist()
        [3.5]
    """
    error: FloatArray = np.abs(truth - predicted).mean(axis=0)
    return error


METRICS: Final[dict[str, Callable[[FloatArray, FloatArray], FloatArray]]] = {
    "r2": r2,
    "rmse": rmse,
    "mae": mae,
}
"""Every metric that is reported, by name."""
