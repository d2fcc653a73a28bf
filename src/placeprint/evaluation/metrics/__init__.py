"""Metrics, as functions of sums that add up: over blocks of places, over folds, over resamples."""

from placeprint.evaluation.metrics.classification import ConfusionSums, accuracy, f1, macro_f1
from placeprint.evaluation.metrics.measures import Sums, measure, metrics, n_rows, resampled
from placeprint.evaluation.metrics.regression import RegressionSums, mae, r2, rmse
from placeprint.evaluation.metrics.resampling import RESAMPLES, block_weights

__all__ = [
    "RESAMPLES",
    "ConfusionSums",
    "RegressionSums",
    "Sums",
    "accuracy",
    "block_weights",
    "f1",
    "macro_f1",
    "mae",
    "measure",
    "metrics",
    "n_rows",
    "r2",
    "resampled",
    "rmse",
]
