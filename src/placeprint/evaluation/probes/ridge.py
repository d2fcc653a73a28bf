"""The ridge probe: linear, with the penalty tuned inside the training fold, in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, Literal, TypeAlias

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation.probes.spectrum import Spectrum, chunks, decompose
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["ALPHAS", "RidgeProbe", "Tuning"]

ALPHAS: Final = tuple(np.logspace(-2, 5, 15).tolist())
"""The penalties tried: half decades from 0.01 to 100,000."""

Tuning: TypeAlias = Literal["loo", "folds"]
"""How the penalty is chosen: exact leave-one-out, or five inner folds."""


class RidgeProbe:
    """Ridge regression of any number of targets at once, each with its own penalty.

    Inside the training fold missing values become the mean, columns are standardised, and

        ŵ(α) = V (S² + α)⁻¹ Zᵀ (y − ȳ),   Z = Xₛ V

    is had for every α and every target from one decomposition (:func:`decompose`). With
    ``tuning="loo"`` each target's α is the one with the least squared leave-one-out error, which
    is exact and needs no refit: eᵢ / (1 − hᵢ) with the leverage hᵢ = 1/n + Σⱼ Zᵢⱼ² / (Sⱼ² + α).
    That is what scikit-learn's ``RidgeCV`` chooses too. With ``tuning="folds"`` it is the α with
    the least squared error over five inner folds, each standardised by itself, which hold out
    whole groups where groups are given.

    Args:
        alphas: The penalties to choose from, all above 0; a single one is used as it is.
        tuning: ``"loo"`` or ``"folds"``.

    Attributes:
        alpha_: (t,) the penalty of each target, after :meth:`fit`.
        coefficients_: (r, t) the weights along the spectrum's axes.

    Example:
        >>> rows = np.arange(20.0).reshape(10, 2)
        >>> probe = RidgeProbe().fit(rows, rows[:, :1])
        >>> probe.predict(np.array([[30.0, 31.0]])).round(2).tolist()
        [[29.99]]
    """

    multi_target: ClassVar[bool] = True
    """Targets that share rows cost little more than one."""

    def __init__(self, alphas: Sequence[float] = ALPHAS, tuning: Tuning = "loo") -> None:
        self.alphas = alphas
        self.tuning = tuning

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> RidgeProbe:
        """Fit every target.

        Args:
            X: (n, d) rows, n ≥ 2; NaN is a missing value.
            Y: (n, t) targets.
            groups: (n,) groups that inner folds keep whole; used by ``tuning="folds"``.

        Raises:
            InputError: If a penalty is not above 0.
        """
        alphas = np.asarray(self.alphas, dtype=np.float64)
        if not len(alphas) or alphas.min() <= 0:
            raise InputError(f"the penalties of a ridge have to be above 0, found {self.alphas}")
        self.spectrum_ = decompose(X, Y)
        if len(alphas) == 1:
            errors: FloatArray = np.zeros((1, Y.shape[1]))
        elif self.tuning == "loo":
            errors = _leave_one_out(self.spectrum_, X, Y, alphas)
        else:
            errors = _inner_folds(X, Y, groups, alphas)
        self.alpha_: FloatArray = alphas[errors.argmin(axis=0)]
        shrunk = self.spectrum_.eigenvalues[:, None] + self.alpha_
        self.coefficients_: FloatArray = self.spectrum_.cross / shrunk
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict every target of rows X, (m, d): (m, t) float64."""
        parts = [self.spectrum_.scores(X[rows]) @ self.coefficients_ for rows in chunks(len(X))]
        predicted: FloatArray = np.concatenate(parts) + self.spectrum_.mean
        return predicted


def _fitted(scores: FloatArray, spectrum: Spectrum, alphas: FloatArray) -> FloatArray:
    """Centred predictions under every penalty, (m, a, t), of scores (m, r)."""
    shrunk = spectrum.eigenvalues[:, None] + alphas
    weights = spectrum.cross[:, None, :] / shrunk[:, :, None]
    shape = (len(scores), len(alphas), spectrum.cross.shape[1])
    fitted: FloatArray = (scores @ weights.reshape(len(weights), -1)).reshape(shape)
    return fitted


def _leave_one_out(
    spectrum: Spectrum, X: FloatArray, Y: FloatArray, alphas: FloatArray
) -> FloatArray:
    """Σᵢ (eᵢ / (1 − hᵢ))² for every penalty and target, (a, t)."""
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


def _inner_folds(
    X: FloatArray, Y: FloatArray, groups: AnyArray | None, alphas: FloatArray
) -> FloatArray:
    """The squared error over inner folds for every penalty and target, (a, t)."""
    errors = np.zeros((len(alphas), Y.shape[1]))
    for train, test in _folds(len(X), groups):
        spectrum = decompose(X[train], Y[train])
        for rows in chunks(len(test)):
            held_out = test[rows]
            fitted = _fitted(spectrum.scores(X[held_out]), spectrum, alphas)
            errors += np.square((Y[held_out] - spectrum.mean)[:, None, :] - fitted).sum(axis=0)
    return errors


def _folds(n: int, groups: AnyArray | None) -> Iterator[tuple[IntArray, IntArray]]:
    """Five inner folds, or as many as the rows or groups allow."""
    from sklearn.model_selection import GroupKFold, KFold

    distinct = 0 if groups is None else len(np.unique(groups))
    if distinct > 1:
        yield from GroupKFold(min(5, distinct)).split(np.empty(n), groups=groups)
    else:
        yield from KFold(min(5, n), shuffle=True, random_state=0).split(np.empty(n))
