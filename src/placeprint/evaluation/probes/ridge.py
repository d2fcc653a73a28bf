"""The ridge probe: linear, with the penalty tuned inside the training fold, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Literal, TypeAlias, get_args

import numpy as np

from placeprint.errors import InputError, closest
from placeprint.evaluation.probes.columns import chunks
from placeprint.evaluation.probes.inner import has_groups, inner_folds
from placeprint.evaluation.probes.moments import gather, pool
from placeprint.evaluation.probes.penalties import (
    leave_one_out_errors,
    pooled_errors,
    refitted_errors,
)
from placeprint.evaluation.probes.spectrum import Spectrum, decompose, spectrum_of
from placeprint.typing import AnyArray, FloatArray

__all__ = ["ALPHAS", "RidgeProbe", "Tuning"]

ALPHAS: Final = tuple(np.logspace(-2, 5, 15).tolist())
"""The penalties tried: half decades from 0.01 to 100,000."""

Tuning: TypeAlias = Literal["auto", "loo", "folds"]
"""How the penalty is chosen: exact leave-one-out, or five inner folds; ``"auto"`` takes the folds
where there are groups to hold out."""


class RidgeProbe:
    """Ridge regression of any number of targets at once, each with its own penalty.

    Inside the training fold missing values become the mean, columns are standardised, and

        ŵ(α) = V (S² + α)⁻¹ Zᵀ (y − ȳ),   Z = Xₛ V

    is had for every α and every target from one decomposition (:func:`decompose`). By leave-one-
    out each target's α is the one with the least squared error of rows left out one by one, which
    is exact and needs no refit; that is what scikit-learn's ``RidgeCV`` chooses too. By inner
    folds it is the α with the least squared error over five folds, each standardised by itself,
    which hold out whole groups where groups are given: a penalty for places that were not trained
    on. Their sums are gathered in one pass over the rows (:func:`pooled_errors`).

    Args:
        alphas: The penalties to choose from, all above 0; a single one is used as it is.
        tuning: ``"loo"``, ``"folds"``, or ``"auto"``: folds if :meth:`fit` is given two groups or
            more.
        standardise: Whether columns are divided by their standard deviations; without it and with
            a single penalty this is scikit-learn's ``Ridge``.

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

    def __init__(
        self,
        alphas: Sequence[float] = ALPHAS,
        tuning: Tuning = "auto",
        *,
        standardise: bool = True,
    ) -> None:
        self.alphas = alphas
        self.tuning = tuning
        self.standardise = standardise

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> RidgeProbe:
        """Fit every target.

        Args:
            X: (n, d) rows, n ≥ 2; NaN is a missing value.
            Y: (n, t) targets.
            groups: (n,) groups that inner folds keep whole.

        Raises:
            InputError: If a penalty is not above 0, or the tuning is unknown.
        """
        alphas = np.asarray(self.alphas, dtype=np.float64)
        if not len(alphas) or alphas.min() <= 0:
            raise InputError(f"the penalties of a ridge have to be above 0, found {self.alphas}")
        if self.tuning not in get_args(Tuning):
            hint = closest(self.tuning, get_args(Tuning))
            raise InputError(f"no way to tune a ridge {self.tuning!r}", hint=hint)
        self.spectrum_, errors = self._tuned(X, Y, groups, alphas)
        self.alpha_: FloatArray = alphas[errors.argmin(axis=0)]
        shrunk = self.spectrum_.eigenvalues[:, None] + self.alpha_
        self.coefficients_: FloatArray = self.spectrum_.cross / shrunk
        return self

    def _tuned(
        self, X: FloatArray, Y: FloatArray, groups: AnyArray | None, alphas: FloatArray
    ) -> tuple[Spectrum, FloatArray]:
        """The spectrum of all rows, and the error of every penalty and target, (a, t)."""
        in_folds = self.tuning == "folds" or (self.tuning == "auto" and has_groups(groups))
        if len(alphas) == 1 or not in_folds:
            spectrum = decompose(X, Y, standardise=self.standardise)
            if len(alphas) == 1:
                return spectrum, np.zeros((1, Y.shape[1]))
            return spectrum, leave_one_out_errors(spectrum, X, Y, alphas)
        folds = inner_folds(len(X), groups)
        if not self.standardise or X.shape[1] > len(X) - np.bincount(folds).max():
            errors = refitted_errors(X, Y, folds, alphas, standardise=self.standardise)
            return decompose(X, Y, standardise=self.standardise), errors
        parts = [gather(X[folds == fold], Y[folds == fold]) for fold in range(folds.max() + 1)]
        return spectrum_of(pool(parts)), pooled_errors(parts, alphas)

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict every target of rows X, (m, d): (m, t) float64."""
        parts = [self.spectrum_.scores(X[rows]) @ self.coefficients_ for rows in chunks(len(X))]
        predicted: FloatArray = np.concatenate(parts) + self.spectrum_.mean
        return predicted
