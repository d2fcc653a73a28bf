"""The confusion matrix: which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from placeprint.evaluation.metrics.classification import ConfusionSums, accuracy, f1, macro_f1
from placeprint.typing import FloatArray

__all__ = ["Matrix", "class_names"]

_MOST: Final = 20
"""Classes that a matrix shows at most."""


@dataclass(frozen=True)
class Matrix:
    """Counts of places by their true class (rows) and predicted class (columns).

    Attributes:
        classes: The classes shown: the most frequent, in their order.
        counts: For each of them the places predicted as each of them.
        others: For each of them the places predicted as a class that is not shown.
        f1: F1 of each; NaN for a class that neither occurs nor is predicted.
        left_out: How many classes are not shown.
        accuracy: The share of all places whose class is predicted.
        macro_f1: The mean F1 of all classes that occur.
    """

    classes: list[str]
    counts: list[list[int]]
    others: list[int]
    f1: list[float]
    left_out: int
    accuracy: float
    macro_f1: float

    @classmethod
    def count(cls, truth: FloatArray, predicted: FloatArray, classes: Sequence[str]) -> Matrix:
        """Count places.

        Args:
            truth: (n,) positions of the true classes among ``classes``.
            predicted: (n,) positions of the predicted classes, all known.
            classes: All classes, in their order.

        Example:
            >>> truth, predicted = np.array([0, 0, 1]), np.array([0, 1, 1])
            >>> found = Matrix.count(truth, predicted, ["field", "forest"])
            >>> found.counts, round(found.accuracy, 2)
            ([[1, 1], [0, 1]], 0.67)
        """
        k = len(classes)
        true, said = truth.astype(np.int64), predicted.astype(np.int64)
        table = np.bincount(true * k + said, minlength=k * k).reshape(k, k)
        one = np.zeros(len(true), dtype=np.int64)
        sums = ConfusionSums.from_rows(true, said, one, 1, k).total()
        frequent = np.argsort(-table.sum(axis=1), kind="stable")[:_MOST]
        shown = np.sort(frequent)
        inside = table[np.ix_(shown, shown)]
        return cls(
            [classes[at] for at in shown],
            inside.tolist(),
            (table[shown].sum(axis=1) - inside.sum(axis=1)).tolist(),
            f1(sums)[shown].tolist(),
            k - len(shown),
            float(accuracy(sums)),
            float(macro_f1(sums)),
        )


def class_names(metrics: Sequence[str]) -> list[str]:
    """The classes of a task, from the names of its metrics; predictions are positions among them.

    Example:
        >>> class_names(["macro_f1", "f1[town]", "f1[field]"])
        ['field', 'town']
    """
    return sorted(name[3:-1] for name in metrics if name.startswith("f1[") and name.endswith("]"))
