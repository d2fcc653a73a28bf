"""Two models side by side: on the same tasks, the same folds and the same resamples of places."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from placeprint.errors import InputError, closest
from placeprint.evaluation.statistics.intervals import (
    LEVEL,
    corrected_t_test,
    holm,
    percentile_interval,
)
from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline, of_headline
from placeprint.typing import FloatArray

__all__ = ["Comparison", "compare"]

_FOLD = ["task", "split", "probe", "seed"]

_STRATIFIED = 1 / 3
"""Stratified splits test a quarter and train on a half of the rows."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Model a against model b; every difference is a − b of the task's headline metric.

    Attributes:
        a: The one model.
        b: The other.
        tasks: One row per split, probe and task that both were scored on, with the columns

            * ``metric``;
            * ``difference``: mean over the seeds, ``std``: standard deviation over them,
              ``seeds``: how many both have;
            * ``low``, ``high``: confidence interval of the mean difference, from the paired
              resamples of places;
            * ``p``: of :func:`~placeprint.evaluation.statistics.corrected_t_test` over the seeds,
              ``p_holm``: corrected for the number of tasks under that split and probe.
        overall: One row per split and probe, with the columns

            * ``tasks``: how many both were scored on, ``left_out``: how many only one was;
            * ``mean``, ``median``: of the tasks' differences, ``low``, ``high``: confidence
              interval of the mean, from the paired resamples;
            * ``wins``, ``ties``, ``losses``: on how many tasks a is better, equal, worse;
            * ``p``: of the Wilcoxon signed-rank test over the tasks (Demšar 2006, JMLR 7,
              section 3.1.3).
    """

    a: str
    b: str
    tasks: pd.DataFrame
    overall: pd.DataFrame


def compare(
    scores: pd.DataFrame,
    a: str,
    b: str,
    resamples: pd.DataFrame | None = None,
    *,
    tasks: Collection[str] | None = None,
    test_size: float = 0.2,
    level: float = LEVEL,
) -> Comparison:
    """Compare two models, fold by fold and task by task.

    Only folds that both have a score for count. The models must have been scored on the same
    splits, as models scored together are: seed s of the one is compared with seed s of the other.

    Args:
        scores: Scores of both models, with others or without.
        a: The one model.
        b: The other.
        resamples: The headline metric of every fold under resamples of places, as
            :func:`~placeprint.evaluation.statistics.intervals` takes them. None: no confidence
            intervals.
        tasks: The tasks to compare them on, such as those that leak nothing; all if None.
        test_size: The share of rows that each split tests, for the test over the seeds; of
            stratified splits it is known.
        level: The level of the confidence intervals.

    Returns:
        The comparison, by task and over the tasks.

    Raises:
        InputError: If a model was not scored, both are the same, or they have no scored fold in
            common.

    Example:
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> rows = [[task, "random", "ridge", model, seed, "r2", value + seed / 10, 9, 1.0]
        ...         for task in "xyz" for model, value in [("new", 0.5), ("old", 0.2)]
        ...         for seed in (0, 1)]
        >>> found = compare(pd.DataFrame(rows, columns=columns), "new", "old")
        >>> found.tasks[["task", "difference", "seeds"]].round(2).values.tolist()
        [['x', 0.3, 2], ['y', 0.3, 2], ['z', 0.3, 2]]
        >>> found.overall[["tasks", "mean", "wins", "ties", "losses", "p"]].values.round(2).tolist()
        [[3.0, 0.3, 3.0, 0.0, 0.0, 0.25]]
    """
    if a == b:
        raise InputError(f"{a!r} is compared with itself", hint="name two models")
    for model in (a, b):
        if not (scores["model"] == model).any():
            raise InputError(
                f"no scores of the model {model!r}", hint=closest(model, scores["model"].unique())
            )
    rows = beside_every_probe(headline(scores[scores["model"].isin([a, b])]))
    if tasks is not None:
        rows = rows[rows["task"].isin(list(tasks))]
    values = rows.pivot_table(
        index=[*_FOLD, "metric"], columns="model", values="value", aggfunc="mean"
    )
    values = values.reindex(columns=[a, b]).reset_index("metric")
    differences = (values[a] - values[b]).dropna()
    if differences.empty:
        raise InputError(
            f"{a!r} and {b!r} have no scored fold in common",
            hint="score both on the same tasks, splits, probes and seeds",
        )
    if resamples is None:
        # One draw that is not defined: its intervals are not either.
        drawn = pd.DataFrame(np.nan, index=differences.index, columns=[0])
    else:
        drawn = _paired_draws(of_headline(resamples, rows), a, b, differences.index)
    drawn = drawn.groupby(level=_FOLD[:3]).mean()
    by_task = _by_task(differences, values["metric"], drawn, test_size, level)
    return Comparison(a, b, by_task, _overall(by_task, values[[a, b]], drawn, level))


def _paired_draws(resamples: pd.DataFrame, a: str, b: str, folds: pd.Index) -> pd.DataFrame:
    """The difference of each fold under each resample."""
    table = beside_every_probe(resamples[resamples.index.isin([a, b], level="model")])
    of_a, of_b = (table[table.index.isin([m], level="model")].droplevel("model") for m in (a, b))
    return of_a.reindex(folds) - of_b.reindex(folds)


def _by_task(
    differences: pd.Series,
    metrics: pd.Series,
    drawn: pd.DataFrame,
    test_size: float,
    level: float,
) -> pd.DataFrame:
    groups = differences.groupby(level=_FOLD[:3])
    table = groups.agg(difference="mean", std="std", seeds="count")
    table.insert(0, "metric", metrics.groupby(level=_FOLD[:3]).first())
    table = table.join(percentile_interval(drawn, level))
    table["p"] = groups.agg(lambda d: corrected_t_test(d.to_numpy(), _tested(d, test_size)))
    table["p_holm"] = table.groupby(level=["split", "probe"])["p"].transform(
        lambda p: holm(p.to_numpy())
    )
    flat: pd.DataFrame = table.reset_index()
    return flat.sort_values(["split", "probe", "task"], ignore_index=True)


def _tested(differences: pd.Series, test_size: float) -> float:
    """The share of the rows in use that a split tests."""
    split = differences.index.get_level_values("split")[0]
    return _STRATIFIED if split == "stratified" else test_size


def _overall(
    by_task: pd.DataFrame, values: pd.DataFrame, drawn: pd.DataFrame, level: float
) -> pd.DataFrame:
    posed = values.notna().any(axis=1).groupby(level=_FOLD[:3]).any()
    rows = []
    for (split, probe), shared in by_task.groupby(["split", "probe"]):
        d = shared["difference"].to_numpy()
        here = posed.xs((split, probe), level=("split", "probe"))
        means = drawn.loc[pd.MultiIndex.from_frame(shared[_FOLD[:3]])].mean(skipna=False)
        interval = percentile_interval(means.to_frame().T, level).iloc[0]
        row = {
            "split": split,
            "probe": probe,
            "tasks": len(d),
            "left_out": int(here.sum()) - len(d),
            "mean": d.mean(),
            "median": np.median(d),
            "low": interval["low"],
            "high": interval["high"],
            "wins": int((d > 0).sum()),
            "ties": int((d == 0).sum()),
            "losses": int((d < 0).sum()),
            "p": _signed_rank(d),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _signed_rank(differences: FloatArray) -> float:
    """P-value of the Wilcoxon signed-rank test; 1 where nothing differs."""
    if not differences.any():
        return 1.0
    return float(stats.wilcoxon(differences).pvalue)
