"""How sure a figure is: intervals from resamples, tests over seeds, correction for many tasks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from placeprint.errors import InputError, listing
from placeprint.typing import FloatArray

__all__ = [
    "LEVEL",
    "corrected_t_test",
    "holm",
    "intervals",
    "mean_intervals",
    "over_seeds",
    "over_tasks",
    "percentile_interval",
]

LEVEL: Final = 0.95
"""The level of confidence intervals by default."""

_SETTING: Final = ["split", "probe", "model"]


def intervals(resamples: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Confidence interval of each task's headline metric, the mean over its seeds.

    Under each resample of places the metric is averaged over the seeds; the interval holds the
    middle ``level`` of these averages. It says how much the figure depends on which places happened
    to be there. That is not the spread over the seeds, which share most of their rows.

    Args:
        resamples: The metric of each fold under B resamples, columns 0 … B − 1, indexed by task,
            split, probe, model and seed. NaN where it is not defined, as where a resample holds
            none of the fold's places: such a fold is left out of the resample's average.
        level: The share of resamples inside the interval.

    Returns:
        Columns task, split, probe, model, low, high; one row per combination.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3: the percentile
        interval.

    Example:
        >>> names = ["task", "split", "probe", "model", "seed"]
        >>> index = pd.MultiIndex.from_tuples([("t", "random", "ridge", "m", 0)], names=names)
        >>> draws = pd.DataFrame([np.linspace(0, 1, 201)], index=index)
        >>> intervals(draws)[["low", "high"]].round(3).values.tolist()
        [[0.025, 0.975]]
    """
    return percentile_interval(over_seeds(resamples), level).reset_index()


def mean_intervals(
    resamples: pd.DataFrame, tasks: Collection[str], level: float = LEVEL
) -> pd.DataFrame:
    """Confidence interval of the mean over tasks, of the means over their seeds.

    Args:
        resamples: As for :func:`intervals`.
        tasks: The tasks that the mean is over.
        level: The share of resamples inside the interval.

    Returns:
        Columns split, probe, model, low, high. A model that was not resampled on all the tasks has
        no interval, NaN, for it would be one of another mean.

    Example:
        >>> names = ["task", "split", "probe", "model", "seed"]
        >>> keys = [(task, "random", "ridge", "m", 0) for task in "ab"]
        >>> draws = np.linspace(0, 1, 201) + np.array([[0.0], [1.0]])
        >>> draws = pd.DataFrame(draws, index=pd.MultiIndex.from_tuples(keys, names=names))
        >>> mean_intervals(draws, ["a", "b"])[["low", "high"]].round(3).values.tolist()
        [[0.525, 1.475]]
    """
    means = over_tasks(over_seeds(resamples), tasks)
    return percentile_interval(means, level).reset_index()


def over_seeds(resamples: pd.DataFrame) -> pd.DataFrame:
    """The mean over the seeds under each resample, indexed by task, split, probe and model."""
    return resamples.groupby(level=["task", *_SETTING]).mean()


def over_tasks(resamples: pd.DataFrame, tasks: Collection[str]) -> pd.DataFrame:
    """The mean over tasks under each resample; NaN where one of the tasks is missing or NaN.

    Args:
        resamples: One row per task and whatever else is in the index (:func:`over_seeds`).
        tasks: The tasks that the mean is over.
    """
    rows = resamples[resamples.index.get_level_values("task").isin(list(tasks))]
    others = [name for name in rows.index.names if name != "task"]
    groups = rows.groupby(level=others)
    complete = groups.count() == len(set(tasks))
    return groups.mean().where(complete)


def percentile_interval(resamples: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """The middle ``level`` of each row's values, as columns low and high; NaN are left out.

    Raises:
        InputError: If the level is not between 0 and 1.

    Example:
        >>> percentile_interval(pd.DataFrame([[0.0, 1.0, 2.0, np.nan]]), 0.5).values.tolist()
        [[0.5, 1.5]]
    """
    if not 0 < level < 1:
        raise InputError(f"a confidence level of {level:g}, expected one between 0 and 1")
    tails = [(1 - level) / 2, (1 + level) / 2]
    found: pd.DataFrame = resamples.quantile(tails, axis=1).T
    return found.set_axis(["low", "high"], axis=1)


def corrected_t_test(differences: FloatArray, test_size: float = 0.2) -> float:
    """Two-sided p-value of the corrected resampled t-test, of differences over seeds.

    t = d̄ / √((1/J + ρ) s²), on J − 1 degrees of freedom, for J differences of mean d̄ and variance
    s², and ρ = test rows / training rows. Splits of the same rows overlap, so that their scores are
    no J independent facts: the plain t-test (ρ = 0) would find a difference between twins if it is
    only given seeds enough.

    Args:
        differences: (J,) differences between two models, one per seed; NaN are left out.
        test_size: The share of rows that each split tests; ρ = test_size / (1 − test_size).

    Returns:
        The p-value; NaN with fewer than two differences. Where they do not vary it is 1 if they are
        0, and 0 if not.

    Raises:
        InputError: If the share is not between 0 and 1.

    Source:
        Nadeau and Bengio (2003), Inference for the Generalization Error, Machine Learning 52,
        section 3 (the corrected resampled t-test).

    Example:
        >>> round(corrected_t_test(np.array([0.1, 0.2, 0.3])), 3)
        0.12
    """
    if not 0 < test_size < 1:
        raise InputError(f"a test share of {test_size:g}, expected one between 0 and 1")
    d = np.asarray(differences, dtype=np.float64)
    d = d[~np.isnan(d)]
    if len(d) < 2:
        return float("nan")
    mean, spread = d.mean(), d.std(ddof=1)
    if np.ptp(d) == 0:
        return float(mean == 0)
    t = mean / (spread * np.sqrt(1 / len(d) + test_size / (1 - test_size)))
    return float(2 * stats.t.sf(abs(t), len(d) - 1))


def holm(p_values: FloatArray) -> FloatArray:
    """P-values corrected for their number, so that one false finding in all is as rare as one was.

    In ascending order the i-th of k p-values (i = 0, 1, …) is multiplied by k − i, and made no
    smaller than the one before it and no larger than 1.

    Args:
        p_values: (k,) p-values; NaN stay NaN and do not count.

    Returns:
        (k,) corrected p-values, in the order given.

    Raises:
        InputError: If one is below 0 or above 1.

    Source:
        Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal
        of Statistics 6(2).

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    wrong = p[(p < 0) | (p > 1)]
    if wrong.size:
        raise InputError(f"p-values of {listing(wrong)}, expected them between 0 and 1")
    order = np.argsort(p)  # NaN last
    steps = np.arange((~np.isnan(p)).sum(), 0, -1)
    corrected = np.full(len(p), np.nan)
    known = order[: len(steps)]
    corrected[known] = np.minimum(np.maximum.accumulate(p[known] * steps), 1)
    return corrected
