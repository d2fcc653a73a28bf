"""What every statistic takes from a table of scores: the headline metric of each task."""

from __future__ import annotations

from typing import Final

import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.probes import PRIOR

__all__ = ["FIXED_PROBES", "HEADLINES", "beside_every_probe", "headline", "of_headline"]

HEADLINES: Final = ("r2", "macro_f1", "accuracy")
"""The metrics that a task is judged by, the preferred first."""

FIXED_PROBES: Final = (PRIOR,)
"""Probes that are a model of their own, and so belong beside every other probe."""


def headline(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of each task's headline metric.

    That is R² for regression and macro F1 for classification. Where a table joined from several
    sources has no macro F1 for some of a task's models, as CoordBench has none, it is the accuracy,
    so that all models of a task are judged by the same metric.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.

    Returns:
        The same columns, the rows in their order; one metric a task.

    Raises:
        InputError: If a column is missing, or a task has none of :data:`HEADLINES`.

    Example:
        >>> row = ["land use", "random", "ridge", "m", 0]
        >>> rows = [[*row, "accuracy", 0.8, 9, 1.0], [*row, "macro_f1", 0.7, 9, 1.0]]
        >>> headline(pd.DataFrame(rows, columns=list(COLUMNS)))["value"].tolist()
        [0.7]
    """
    missing = [column for column in COLUMNS if column not in scores]
    if missing:
        raise InputError(
            f"the scores have no column {listing(missing)}; they have {listing(scores.columns)}"
        )
    candidates = scores[scores["metric"].isin(HEADLINES)]
    unjudged = set(scores["task"]) - set(candidates["task"])
    if unjudged:
        raise InputError(
            f"no score of {listing(HEADLINES)} for the task {listing(sorted(unjudged))}",
            hint="score it again, or leave it out",
        )
    models = candidates.pivot_table(
        index="task", columns="metric", values="model", aggfunc="nunique", fill_value=0
    )
    # Of the metrics that most of a task's models have, idxmax takes the first, the preferred.
    chosen = models.reindex(columns=list(HEADLINES), fill_value=0).idxmax(axis=1)
    return candidates[candidates["metric"] == candidates["task"].map(chosen)]


def of_headline(resamples: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The resamples of those tasks that are judged by the metric that was resampled.

    What is resampled is R² or macro F1: of a task that a joined table judges by accuracy, the
    resamples are of another figure.

    Args:
        resamples: Indexed by task, split, probe, model and seed.
        rows: What :func:`headline` returned.

    Example:
        >>> row = ["land use", "random", "ridge", "m", 0, "accuracy", 0.8, 9, 1.0]
        >>> index = pd.MultiIndex.from_tuples([row[:5]], names=COLUMNS[:5])
        >>> draws = pd.DataFrame([[0.7, 0.6]], index=index)
        >>> len(of_headline(draws, pd.DataFrame([row], columns=list(COLUMNS))))
        0
    """
    judged = rows.loc[rows["metric"] != "accuracy", "task"].unique()
    return resamples[resamples.index.get_level_values("task").isin(judged)]


def beside_every_probe(table: pd.DataFrame) -> pd.DataFrame:
    """Repeat the models that are probes of their own under each other probe of their task.

    The spatial prior reads no vectors, so that no probe is fitted to it; in a table by probe it is
    nevertheless what each model has to beat.

    Args:
        table: Scores, or resamples of them: whatever has task, split and probe as columns or as
            levels of its index.

    Returns:
        The same table with each row of :data:`FIXED_PROBES` replaced by one per other probe under
        which its task and split were scored; where there is none it stays as it is.

    Example:
        >>> rows = [["t", "random", probe, model, 0, "r2", 0.5, 9, 1.0]
        ...         for probe, model in [("ridge", "m"), ("knn", "m"), ("idw", "spatial_prior")]]
        >>> table = beside_every_probe(pd.DataFrame(rows, columns=list(COLUMNS)))
        >>> table[["probe", "model"]].values.tolist()
        [['ridge', 'm'], ['knn', 'm'], ['ridge', 'spatial_prior'], ['knn', 'spatial_prior']]
    """
    levels = [name for name in table.index.names if name is not None]
    rows = table.reset_index() if levels else table
    fixed = rows["probe"].isin(FIXED_PROBES)
    place = ["task", "split"]
    others = rows.loc[~fixed, [*place, "probe"]].drop_duplicates()
    beside = rows[fixed].merge(others, on=place, how="left", suffixes=("_own", ""))
    beside["probe"] = beside["probe"].fillna(beside["probe_own"])
    repeated = pd.concat([rows[~fixed], beside[rows.columns]], ignore_index=True)
    return repeated.set_index(levels) if levels else repeated
