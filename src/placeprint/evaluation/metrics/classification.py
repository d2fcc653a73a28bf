"""Metrics of classification out of counts that add up: over blocks, folds and resamples.

Accuracy and F1 need, for each class, how many rows are of it, how many are said to be of it, and
how many of those rightly. Kept by block they serve as the sums of
:mod:`placeprint.evaluation.metrics.regression` do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["CLASS_METRICS", "ConfusionSums", "accuracy", "f1", "macro_f1"]


@dataclass(frozen=True, eq=False)
class ConfusionSums:
    """Counts of rows by class.

    Arrays are (…, c) float64 for c classes; the leading axes are blocks (as :meth:`from_rows` gives
    them), resamples, or none.

    Attributes:
        truth: Rows of each class.
        predicted: Rows that each class was predicted for.
        hits: Rows of each class that it was predicted for: the true positives.

    Example:
        >>> truth, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
        >>> sums = ConfusionSums.from_rows(truth, predicted, np.array([0, 0, 0, 1]), 2, 2)
        >>> float(accuracy(sums.total())), f1(sums.total()).round(2).tolist()
        (0.75, [0.67, 0.8])
        >>> accuracy(sums).round(2).tolist()
        [0.67, 1.0]
    """

    truth: FloatArray
    predicted: FloatArray
    hits: FloatArray

    @classmethod
    def from_rows(
        cls,
        truth: IntArray,
        predicted: IntArray,
        blocks: IntArray,
        n_blocks: int,
        n_classes: int,
    ) -> ConfusionSums:
        """Count rows by block and class.

        Args:
            truth: (m,) the true class of each row, 0 … n_classes − 1.
            predicted: (m,) the predicted class.
            blocks: (m,) the block of each row, 0 … n_blocks − 1.
            n_blocks: How many blocks there are, with rows here or without.
            n_classes: How many classes the task has.

        Returns:
            Counts with one leading axis, the blocks.
        """

        def count(rows: AnyArray, classes: IntArray) -> FloatArray:
            cells = blocks[rows] * n_classes + classes[rows]
            counts = np.bincount(cells, minlength=n_blocks * n_classes)
            return counts.reshape(n_blocks, n_classes).astype(np.float64)

        every = np.ones(len(truth), dtype=bool)
        return cls(count(every, truth), count(every, predicted), count(truth == predicted, truth))

    def __add__(self, other: ConfusionSums) -> ConfusionSums:
        """The counts over the rows of both; their leading axes must be the same."""
        return ConfusionSums(
            self.truth + other.truth, self.predicted + other.predicted, self.hits + other.hits
        )

    def resampled(self, weights: FloatArray) -> ConfusionSums:
        """The counts under resamples of the blocks.

        Args:
            weights: (B, n_blocks) how often each block is drawn
                (:func:`~placeprint.evaluation.metrics.resampling.block_weights`).

        Returns:
            Counts with one leading axis, the resamples.
        """
        return ConfusionSums(weights @ self.truth, weights @ self.predicted, weights @ self.hits)

    def total(self) -> ConfusionSums:
        """The counts over all blocks: no leading axis is left."""
        return ConfusionSums(
            self.truth.sum(axis=0), self.predicted.sum(axis=0), self.hits.sum(axis=0)
        )


def accuracy(sums: ConfusionSums) -> FloatArray:
    """The share of rows whose class is predicted.

    Returns:
        (…) float64; NaN where there are no rows.

    Example:
        >>> one_block = np.zeros(4, dtype=int)
        >>> sums = ConfusionSums.from_rows(np.arange(4) % 2, one_block, one_block, 1, 2)
        >>> float(accuracy(sums.total()))
        0.5
    """
    n = sums.truth.sum(axis=-1)
    share: FloatArray = sums.hits.sum(axis=-1) / np.where(n > 0, n, np.nan)
    return share


def f1(sums: ConfusionSums) -> FloatArray:
    """F1 of each class, the harmonic mean of precision and recall: 2 hits / (truth + predicted).

    Returns:
        (…, c) float64; NaN for a class that no row has and none was predicted to have, for there
        is nothing to be right or wrong about.

    Example:
        >>> one_block = np.zeros(4, dtype=int)
        >>> sums = ConfusionSums.from_rows(np.arange(4) % 2, one_block, one_block, 1, 3)
        >>> f1(sums.total()).round(3).tolist()
        [0.667, 0.0, nan]
    """
    seen = sums.truth + sums.predicted
    score: FloatArray = 2 * sums.hits / np.where(seen > 0, seen, np.nan)
    return score


def macro_f1(sums: ConfusionSums) -> FloatArray:
    """The mean F1 of the classes that occur, in the truth or in the predictions.

    This is scikit-learn's ``f1_score(average="macro", zero_division=0)``: the classes are those of
    the rows at hand, not those of the whole task, so that a class that a fold does not hold does
    not count there.

    Returns:
        (…) float64; NaN where there are no rows.

    Example:
        >>> one_block = np.zeros(4, dtype=int)
        >>> sums = ConfusionSums.from_rows(np.arange(4) % 2, one_block, one_block, 1, 3)
        >>> round(float(macro_f1(sums.total())), 3)
        0.333
    """
    scores = f1(sums)
    occur = ~np.isnan(scores)
    n = occur.sum(axis=-1)
    mean: FloatArray = np.where(occur, scores, 0).sum(axis=-1) / np.where(n > 0, n, np.nan)
    return mean


CLASS_METRICS: Final[dict[str, Callable[[ConfusionSums], FloatArray]]] = {
    "macro_f1": macro_f1,
    "accuracy": accuracy,
}
"""Every metric over all classes that is reported, the headline first; of each class: :func:`f1`."""
