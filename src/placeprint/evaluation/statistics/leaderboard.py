"""One table over many models: means, intervals, mean ranks and wins under every split."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.statistics.intervals import LEVEL, over_tasks, percentile_interval
from placeprint.evaluation.statistics.ranks import mean_ranks
from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline, of_headline

__all__ = ["leaderboard"]

_EASIEST_FIRST: Final = ("random", "stratified", "folds", "official", "block", "region")
"""The order of splits in the table; one of another name comes after these."""


def leaderboard(
    scores: pd.DataFrame,
    *,
    leaky: Collection[str] = (),
    resamples: pd.DataFrame | None = None,
    probe: str | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """One row per model, over the tasks that leak nothing; the best under the hardest split first.

    Args:
        scores: Scores of all models, as scored together or joined by
            :func:`~placeprint.evaluation.statistics.score_files.read_scores`.
        leaky: Names of the tasks that leak; they do not count.
        resamples: The headline metric of every fold under resamples of places, as
            :func:`~placeprint.evaluation.statistics.intervals` takes them. None: no confidence
            intervals.
        probe: The probe to compare under. None: each task's only one.
        level: The level of the confidence intervals.

    Returns:
        The column model; for each split, from random to the hardest, the columns

        * ``{split}_mean``: mean over the tasks of the headline metric, itself the mean over the
          seeds; NaN for a model that has no score for one of the tasks, for its mean would be of
          other tasks;
        * ``{split}_low``, ``{split}_high``: confidence interval of that mean;
        * ``{split}_rank``: mean rank over the tasks; where a model has no score it ranks last;
        * ``{split}_wins``: tasks on which no model is better;
        * ``{split}_tasks``: tasks that the model has a score for;

        and ``coverage``, the mean over its tasks of the share of labelled rows with a vector.
        Sorted by the mean rank under the last split, then under the one before it, then by name.

    Raises:
        InputError: If nobody was scored with the probe, a task was scored with several and none is
            named, or every task leaks.

    Example:
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> values = {("random", "a"): 0.9, ("random", "b"): 0.8, ("block", "a"): 0.1,
        ...           ("block", "b"): 0.3}
        >>> rows = [["t", split, "ridge", model, 0, "r2", value, 9, 1.0]
        ...         for (split, model), value in values.items()]
        >>> board = leaderboard(pd.DataFrame(rows, columns=columns))
        >>> board[["model", "random_mean", "block_mean", "block_rank"]].values.tolist()
        [['b', 0.8, 0.3, 1.0], ['a', 0.9, 0.1, 2.0]]
    """
    rows = beside_every_probe(headline(scores))
    rows = rows[~rows["task"].isin(list(leaky))]
    if rows.empty:
        raise InputError(
            "every task leaks, so that there is none to compare models on",
            hint="score a task whose labels no model has seen",
        )
    rows = _one_probe(rows, probe)
    drawn = None if resamples is None else _draws(resamples, rows)
    # What probe a task was read off with no longer matters: each has one.
    ranks = mean_ranks(rows.assign(probe="")).set_index(["split", "model"])
    table = pd.DataFrame(index=pd.Index(np.sort(rows["model"].unique()), name="model"))
    defined = rows.dropna(subset="value")
    splits = sorted(defined["split"].unique(), key=_hardness)
    for split in splits:
        here = defined[defined["split"] == split]
        of_tasks = here.pivot_table(index="task", columns="model", values="value", aggfunc="mean")
        part = of_tasks.mean(skipna=False).to_frame("mean")
        if drawn is not None:
            of_split = over_tasks(drawn[drawn.index.isin([split], level="split")], of_tasks.index)
            part = part.join(percentile_interval(of_split.droplevel("split"), level))
        part = part.reindex(table.index, columns=["mean", "low", "high"])
        part = part.join(ranks.loc[split].rename(columns={"mean_rank": "rank"}))
        part = part[["mean", "low", "high", "rank", "wins", "tasks"]]
        table = table.join(part.add_prefix(f"{split}_"))
    table["coverage"] = rows.groupby(["model", "task"])["coverage"].mean().groupby("model").mean()
    by = [f"{split}_rank" for split in reversed(splits)]
    return table.reset_index().sort_values([*by, "model"], ignore_index=True)


def _one_probe(rows: pd.DataFrame, probe: str | None) -> pd.DataFrame:
    """The rows of a probe; or all, where each task was scored with one alone."""
    if probe is not None:
        chosen = rows[rows["probe"] == probe]
        if chosen.empty:
            raise InputError(
                f"no scores with the probe {probe!r}", hint=closest(probe, rows["probe"].unique())
            )
        return chosen
    probes = rows.groupby("task")["probe"].unique()
    for task, names in probes.items():
        if len(names) > 1:
            raise InputError(
                f"the task {task!r} was scored with several probes, {listing(sorted(names))}",
                hint="name the one to compare under",
            )
    return rows


def _draws(resamples: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Under each resample the mean over the seeds; by task, split and model."""
    folds = ["task", "split", "probe", "model", "seed"]
    drawn = beside_every_probe(of_headline(resamples, rows))
    drawn = drawn[drawn.index.isin(pd.MultiIndex.from_frame(rows[folds]))]
    return drawn.groupby(level=["task", "split", "model"]).mean()


def _hardness(split: str) -> tuple[int, str]:
    known = split in _EASIEST_FIRST
    return (_EASIEST_FIRST.index(split) if known else len(_EASIEST_FIRST), split)
