"""Predictions measured: the sums that metrics need, and the metrics by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from placeprint.evaluation.metrics.classification import CLASS_METRICS, ConfusionSums, f1, macro_f1
from placeprint.evaluation.metrics.regression import METRICS, RegressionSums, r2_resampled
from placeprint.typing import FloatArray, IntArray

__all__ = ["Sums", "measure", "metrics", "n_rows", "resampled"]

Sums: TypeAlias = RegressionSums | ConfusionSums


def measure(
    kind: str, truth: FloatArray, predicted: FloatArray, blocks: IntArray, n_blocks: int
) -> Sums:
    """The sums of a fold, by block.

    Args:
        kind: The kind of the task: ``"regression"`` or ``"classification"``.
        truth: (m, t) targets, of classes one column each.
        predicted: (m, t) predictions; the class of a row is its largest.
        blocks: (m,) the block of each row, 0 … n_blocks − 1.
        n_blocks: How many blocks there are.
    """
    if kind == "regression":
        return RegressionSums.from_rows(truth, predicted, blocks, n_blocks)
    classes = truth.argmax(axis=1), predicted.argmax(axis=1)
    return ConfusionSums.from_rows(*classes, blocks, n_blocks, truth.shape[1])


def metrics(sums: Sums, classes: Sequence[str] = ()) -> dict[str, FloatArray]:
    """Every metric by name, (…, t); the headline comes first, and a classification is one task.

    Example:
        >>> one_block = np.zeros(3, dtype=int)
        >>> truth = np.array([[1.0], [2.0], [3.0]])
        >>> found = metrics(measure("regression", truth, truth, one_block, 1).total())
        >>> {name: values.tolist() for name, values in found.items()}
        {'r2': [1.0], 'rmse': [0.0], 'mae': [0.0]}
    """
    if isinstance(sums, RegressionSums):
        return {name: metric(sums) for name, metric in METRICS.items()}
    per_class = zip(classes, np.moveaxis(f1(sums), -1, 0), strict=True)
    found = {name: metric(sums) for name, metric in CLASS_METRICS.items()}
    found |= {f"f1[{name}]": values for name, values in per_class}
    return {name: values[..., None] for name, values in found.items()}


def resampled(sums: Sums, weights: FloatArray) -> FloatArray:
    """The headline metric under resamples of the blocks, about the metric of all, (B, t).

    Macro F1 is computed anew for each resample and moved to scatter about that of all: rare
    classes, which some resamples lack, would push it to one side.

    Args:
        sums: By block.
        weights: (B, n_blocks) how often each block is drawn.
    """
    if isinstance(sums, RegressionSums):
        return r2_resampled(sums, weights)
    found = macro_f1(sums.resampled(weights))
    centred: FloatArray = found - np.nanmean(found) + macro_f1(sums.total())
    return centred[:, None]


def n_rows(sums: Sums) -> int:
    """How many rows went into the sums."""
    counts = sums.n if isinstance(sums, RegressionSums) else sums.truth
    return int(counts.sum())
