"""Who is best over many tasks: mean ranks, which no single task's scale can dominate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline

__all__ = ["friedman", "mean_ranks"]

_MIN_MODELS: Final = 3
_MIN_TASKS: Final = 5
"""Below these the chi-squared distribution of Friedman's statistic is no approximation."""


def mean_ranks(scores: pd.DataFrame, tasks: Collection[str] | None = None) -> pd.DataFrame:
    """The mean over tasks of each model's rank, under each split and probe.

    Within a task the model with the best mean over seeds of the headline metric has rank 1; ties
    share the average of their ranks. A model without a score, or one that is not defined, ranks
    last: what it was not run on counts against it.

    Args:
        scores: Scores of all models that are to be ranked.
        tasks: The tasks to rank them on, such as those that leak nothing; all if None.

    Returns:
        Columns split, probe, model, mean_rank, wins (tasks on which no model is better), tasks
        (tasks the model has a score for), sorted by split, probe and mean rank. A task that no
        model has a score for under a split and probe does not count there.

    Source:
        Demšar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets, Journal of
        Machine Learning Research 7, section 3.2.2.

    Example:
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> values = {("x", "a"): 0.5, ("x", "b"): 0.3, ("y", "a"): 0.4, ("y", "b"): 0.4}
        >>> rows = [[task, "random", "ridge", model, 0, "r2", value, 9, 1.0]
        ...         for (task, model), value in values.items()]
        >>> ranks = mean_ranks(pd.DataFrame(rows, columns=columns))
        >>> ranks[["model", "mean_rank", "wins", "tasks"]].values.tolist()
        [['a', 1.25, 2, 2], ['b', 1.75, 1, 2]]
    """
    parts = []
    for (split, probe), values in _tables(scores, tasks):
        ranks = _ranks(values)
        parts.append(
            pd.DataFrame(
                {
                    "split": split,
                    "probe": probe,
                    "model": values.columns,
                    "mean_rank": ranks.mean().to_numpy(),
                    "wins": values.eq(values.max(axis=1), axis=0).sum().to_numpy(),
                    "tasks": values.notna().sum().to_numpy(),
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=["split", "probe", "model", "mean_rank", "wins", "tasks"])
    table = pd.concat(parts)
    return table.sort_values(["split", "probe", "mean_rank", "model"], ignore_index=True)


def friedman(scores: pd.DataFrame, tasks: Collection[str] | None = None) -> pd.DataFrame:
    """Whether the models' ranks differ by more than chance, under each split and probe.

    Args:
        scores: Scores of all models that are to be ranked.
        tasks: The tasks to rank them on; all if None.

    Returns:
        Columns split, probe, models, tasks, p: the p-value of the Friedman test of the ranks of
        :func:`mean_ranks`; NaN with fewer than three models or five tasks.

    Source:
        Friedman (1940), A Comparison of Alternative Tests of Significance for the Problem of m
        Rankings, Annals of Mathematical Statistics 11(1); Demšar (2006), section 3.2.2.

    Example:
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> rows = [[task, "random", "ridge", model, 0, "r2", value, 9, 1.0]
        ...         for task in "uvwxyz" for model, value in [("a", 0.1), ("b", 0.2), ("c", 0.3)]]
        >>> friedman(pd.DataFrame(rows, columns=columns))["p"].round(4).tolist()
        [0.0025]
    """
    rows = []
    for (split, probe), values in _tables(scores, tasks):
        n_tasks, models = values.shape
        p = np.nan
        if models >= _MIN_MODELS and n_tasks >= _MIN_TASKS:
            ranks = _ranks(values)
            alike = bool((ranks == ranks.iloc[0, 0]).all(axis=None))
            # Where everything is tied the statistic is 0 / 0.
            p = 1.0 if alike else float(stats.friedmanchisquare(*ranks.to_numpy().T).pvalue)
        rows.append([split, probe, models, n_tasks, p])
    return pd.DataFrame(rows, columns=["split", "probe", "models", "tasks", "p"])


def _tables(
    scores: pd.DataFrame, tasks: Collection[str] | None
) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """For each split and probe the mean over seeds, a row per task and a column per model.

    The models are all that have scores with that probe, under this split or another.
    """
    rows = beside_every_probe(headline(scores))
    if tasks is not None:
        rows = rows[rows["task"].isin(list(tasks))]
    tables = []
    for (split, probe), group in rows.dropna(subset="value").groupby(["split", "probe"]):
        models = np.sort(rows.loc[rows["probe"] == probe, "model"].unique())
        values = group.pivot_table(index="task", columns="model", values="value", aggfunc="mean")
        tables.append(((str(split), str(probe)), values.reindex(columns=models)))
    return tables


def _ranks(values: pd.DataFrame) -> pd.DataFrame:
    return values.rank(axis=1, ascending=False, na_option="bottom")
