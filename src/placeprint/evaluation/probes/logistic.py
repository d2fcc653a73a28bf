"""The logistic probe: linear, for classes, with the penalty tuned inside the training fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation.metrics.classification import ConfusionSums, macro_f1
from placeprint.evaluation.probes.columns import centred, column_means, spread
from placeprint.evaluation.probes.inner import inner_folds
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["PENALTIES", "LogisticProbe"]

PENALTIES: Final = (1000.0, 100.0, 10.0, 1.0, 0.1)
"""The penalties tried, the strongest first: each fit starts where the one before it ended."""

_ITERATIONS: Final = 100
_ENOUGH: Final = 800
"""Held-out rows that tell one penalty from another; more folds than that takes are not fitted."""

_TOLERANCE: Final = 1e-6
"""Of the loss, relative, between two iterations."""


class LogisticProbe:
    r"""Multinomial logistic regression: the linear probe of classes.

    With :math:`z` the standardised columns, missing values at their mean,

    .. math::
        P(c \mid z) \propto \exp(w_c \cdot z + b_c), \qquad
        L = -\sum_i \log P(y_i \mid z_i) + \tfrac{\alpha}{2} \sum_c \lVert w_c \rVert^2

    which is scikit-learn's ``LogisticRegression(C=1/α)``. Classes are not weighted: a rare one is
    predicted where it is the likeliest, no sooner. The penalty is the one with the best macro F1
    on training rows that are held out, in whole groups where groups are given: a fifth of them,
    and where that is fewer than 800 a second fifth, up to all five; of equals the stronger. The
    weights are then fitted to all training rows.

    A ridge of one column per class (:class:`~placeprint.evaluation.probes.ridge.RidgeProbe`)
    hardly ever predicts a class of one row in a hundred, so that its macro F1 says little.

    Args:
        penalties: The α to choose from, all above 0; a single one is used as it is.

    Attributes:
        penalty_: The penalty chosen, after :meth:`fit`.
        weights_: (d + 1, c) the weights of each class that occurs, the last row b.

    Example:
        >>> rows, classes = np.arange(20.0)[:, None], np.eye(2)[np.repeat([0, 1], 10)]
        >>> probe = LogisticProbe().fit(rows, classes)
        >>> probe.predict(np.array([[2.0], [17.0]])).argmax(axis=1).tolist()
        [0, 1]
    """

    multi_target: ClassVar[bool] = True
    """The columns are the classes of one task, and are fitted together."""

    def __init__(self, penalties: Sequence[float] = PENALTIES) -> None:
        self.penalties = penalties

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> LogisticProbe:
        """Choose the penalty and fit the weights.

        Args:
            X: (n, d) rows, n ≥ 2; NaN is a missing value.
            Y: (n, c) one column per class, 1 where the row is of it; a class may have no row.
            groups: (n,) groups that are held out whole while the penalty is chosen.

        Raises:
            InputError: If a penalty is not above 0.
        """
        penalties = np.sort(np.asarray(self.penalties, dtype=np.float64))[::-1]
        if not len(penalties) or penalties[-1] <= 0:
            raise InputError(f"the penalties have to be above 0, found {self.penalties}")
        self.centre_ = column_means(X)
        rows = centred(X, self.centre_)
        self.scale_ = spread(np.square(rows).mean(axis=0), self.centre_, len(X))
        rows = (rows / self.scale_).astype(np.float32)
        self._present = np.flatnonzero(Y.any(axis=0))
        self._n_classes = Y.shape[1]
        known = Y[:, self._present].astype(np.float32)
        weights = _start(known, rows.shape[1])
        if len(penalties) > 1:
            best, weights = _tuned(rows, known, groups, penalties)
            penalties = penalties[[best]]
        self.penalty_ = float(penalties[0])
        self.weights_ = _fitted(rows, known, self.penalty_, weights)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """The probability of every class, (m, c) float64, of rows X, (m, d)."""
        rows = centred(X, self.centre_) / self.scale_
        probabilities = np.zeros((len(X), self._n_classes))
        probabilities[:, self._present] = _softmax(_scores(rows, self.weights_))
        return probabilities


def _tuned(
    rows: FloatArray, known: FloatArray, groups: AnyArray | None, penalties: FloatArray
) -> tuple[int, FloatArray]:
    """The position of the best penalty, and the weights that it gave on the other rows."""
    folds = inner_folds(len(rows), groups)
    scores = np.zeros((len(penalties), *known.shape))
    predicted = np.zeros(len(rows), dtype=bool)
    for fold in range(folds.max() + 1):
        held_out = folds == fold
        found, weights = [], _start(known, rows.shape[1])
        for number, penalty in enumerate(penalties):
            weights = _fitted(rows[~held_out], known[~held_out], penalty, weights)
            found.append(weights)
            scores[number, held_out] = _scores(rows[held_out], weights)
        predicted |= held_out
        if predicted.sum() >= _ENOUGH:
            break
    truth = known[predicted].argmax(axis=1)
    best = int(np.argmax([_macro_f1(truth, each[predicted]) for each in scores]))
    return best, found[best]


def _macro_f1(truth: IntArray, scores: FloatArray) -> float:
    one = np.zeros(len(truth), dtype=np.int64)
    sums = ConfusionSums.from_rows(truth, scores.argmax(axis=1), one, 1, scores.shape[1])
    return float(macro_f1(sums.total()))


def _start(known: FloatArray, d: int) -> FloatArray:
    """Weights of 0, and b at the classes' shares."""
    weights = np.zeros((d + 1, known.shape[1]))
    weights[-1] = np.log(known.mean(axis=0, dtype=np.float64))
    return weights


def _fitted(rows: FloatArray, known: FloatArray, penalty: float, start: FloatArray) -> FloatArray:
    """The weights with the least loss, from a start, by L-BFGS on float32 rows."""
    from scipy import optimize

    minimize: Any = optimize.minimize
    n, shape = len(rows), start.shape

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        weights = flat.reshape(shape)
        scores = _scores(rows, weights.astype(np.float32))
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        total = likely.sum(axis=1, keepdims=True)
        likelihood = (scores * known).sum(dtype=np.float64) - np.log(total).sum(dtype=np.float64)
        likely /= total
        likely -= known
        gradient = np.empty(shape)
        gradient[:-1] = rows.T @ likely + penalty * weights[:-1]
        gradient[-1] = likely.sum(axis=0, dtype=np.float64)
        value = penalty / 2 * float(np.square(weights[:-1]).sum()) - float(likelihood)
        return value / n, gradient.ravel() / n

    options = {"maxiter": _ITERATIONS, "ftol": _TOLERANCE, "gtol": 1e-6}
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    weights: FloatArray = found.x.reshape(shape)
    return weights


def _scores(rows: FloatArray, weights: FloatArray) -> FloatArray:
    scores: FloatArray = rows @ weights[:-1] + weights[-1]
    return scores


def _softmax(scores: FloatArray) -> FloatArray:
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: FloatArray = likely / likely.sum(axis=1, keepdims=True)
    return probabilities
