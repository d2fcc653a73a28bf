"""A table of scores in brief: mean and spread over the seeds, and the mean over honest tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from placeprint.evaluation.tasks import Task

__all__ = ["MEAN", "summary"]

MEAN: Final = "mean of tasks that leak nothing"
"""The row of a summary that averages over the tasks that leak nothing."""

_SETTING: Final = ["split", "probe", "model"]


def summary(scores: pd.DataFrame, tasks: Sequence[Task], metric: str = "r2") -> pd.DataFrame:
    """The mean and standard deviation over seeds of one metric.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks that were scored.
        metric: Which metric.

    Returns:
        Columns task, split, probe, model, mean, std, coverage, leaky, sorted; ``leaky`` marks
        tasks whose labels were derived from a modality. For each split, probe and model a last
        row, task :data:`MEAN`, averages over the tasks that leak nothing: its ``std`` is that of
        the seeds' averages. A task whose score is not defined under a seed is left out of that
        seed's average.

    Example:
        >>> rows = [["t", "random", "ridge", "m", s, "r2", s / 2, 9, 1.0] for s in (0, 1)]
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> task = Task("t", "region", "grid", pd.DataFrame())
        >>> brief = summary(pd.DataFrame(rows, columns=columns), [task])
        >>> brief[["task", "mean", "coverage", "leaky"]].values.tolist()
        [['t', 0.25, 1.0, False], ['mean of tasks that leak nothing', 0.25, 1.0, False]]
    """
    chosen = scores[scores["metric"] == metric]
    leaky = {task.name: bool(task.leaks) for task in tasks}
    honest = chosen[~chosen["task"].map(leaky).astype(bool)]
    per_task = _over_seeds(chosen, ["task", *_SETTING])
    averages = honest.groupby([*_SETTING, "seed"], as_index=False)[["value", "coverage"]].mean()
    overall = _over_seeds(averages, _SETTING).assign(task=MEAN)
    table = pd.concat([per_task, overall[per_task.columns]], ignore_index=True)
    table["leaky"] = table["task"].map(leaky | {MEAN: False}).astype(bool)
    return table


def _over_seeds(scores: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return scores.groupby(keys, as_index=False).agg(
        mean=("value", "mean"), std=("value", "std"), coverage=("coverage", "mean")
    )
