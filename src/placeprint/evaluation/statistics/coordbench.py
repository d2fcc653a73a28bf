"""Scores to and from the results table of CoordBench, torchgeo-bench's benchmark of coordinates.

CoordBench has one row per data set, task, method, model and split, the mean over its folds; so has
:func:`to_coordbench`. Its ``linear`` method is a ridge regression and its ``knn5`` a vote of five
neighbours: they stand beside our probes ``ridge`` and ``knn``, which are tuned in their own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.evaluation.ledger import COLUMNS

__all__ = ["COORDBENCH_COLUMNS", "from_coordbench", "to_coordbench"]

COORDBENCH_COLUMNS: Final = (
    "dataset",
    "task",
    "task_type",
    "method",
    "split",
    "metric_name",
    "metric_value",
    "ci_lower",
    "ci_upper",
    "n_folds",
    "cell_deg",
    "feature_dim",
    "n_samples",
    "n_test",
    "seed",
    "model_name",
    "model_target",
)
"""The columns of a CoordBench results table (torchgeo-bench, ``coordbench/run.py``)."""

_METRICS: Final = {"r2": "regression", "accuracy": "classification"}
"""CoordBench's metrics, and the type of task that each is of."""

_SPLITS: Final = {"block": "spatial"}
_METHODS: Final = {"ridge": "linear"}
_KNN: Final = r"knn\d+"


def to_coordbench(
    scores: pd.DataFrame,
    dataset: str | None = None,
    *,
    dimensions: Mapping[str, int] | None = None,
    cell_deg: float = np.nan,
) -> pd.DataFrame:
    """Scores as CoordBench writes them: R² and accuracy, the mean over the seeds.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        dataset: The data set that the tasks are of; not needed for tasks named ``dataset/task``.
        dimensions: How many dimensions each model's vectors have.
        cell_deg: The size of the spatial blocks in degrees, where they are squares.

    Returns:
        :data:`COORDBENCH_COLUMNS`, one row per task, probe, model and split. ``ci_lower`` and
        ``ci_upper`` are, as there, the value ∓ the standard deviation over the folds (divided by
        their number), not a confidence interval; NaN where there is one fold. ``n_test`` counts the
        rows tested over all folds. What scores do not say is missing: ``n_samples``, and
        ``feature_dim`` and ``cell_deg`` unless given.

    Raises:
        InputError: If a task's data set is not known, or no score is R² or accuracy.

    Example:
        >>> rows = [["income", "block", "ridge", "m", seed, "r2", value, 9, 1.0]
        ...         for seed, value in enumerate([0.2, 0.4])]
        >>> table = to_coordbench(pd.DataFrame(rows, columns=list(COLUMNS)), "zurich")
        >>> table[["dataset", "method", "split", "metric_value", "ci_lower", "ci_upper"]
        ...     ].round(2).values.tolist()
        [['zurich', 'linear', 'spatial', 0.3, 0.2, 0.4]]
    """
    chosen = scores[scores["metric"].isin(list(_METRICS))]
    if chosen.empty:
        raise InputError(
            f"no scores of {listing(_METRICS)}, the metrics of CoordBench; "
            f"there are {listing(scores['metric'].unique())}"
        )
    keys = ["task", "split", "probe", "model", "metric"]
    table = chosen.groupby(keys, as_index=False).agg(
        metric_value=("value", "mean"),
        std=("value", lambda values: values.std(ddof=0)),
        n_folds=("value", "count"),
        n_test=("n", "sum"),
        seed=("seed", "min"),
    )
    spread = table["std"].where(table["n_folds"] > 1)
    named = table["task"].str.partition("/")
    unnamed = named[1] == ""
    if dataset is None and unnamed.any():
        raise InputError(
            f"the data set of the task {named.loc[unnamed, 0].iloc[0]!r} is not known",
            hint="give the data set's name, or call the task 'dataset/task'",
        )
    sizes = table["model"].map(dict(dimensions or {}))
    filled = table.assign(
        dataset=named[0].where(~unnamed, dataset),
        task=named[2].where(~unnamed, named[0]),
        task_type=table["metric"].map(_METRICS),
        method=table["probe"].replace(_METHODS),
        split=table["split"].replace(_SPLITS),
        metric_name=table["metric"],
        ci_lower=table["metric_value"] - spread,
        ci_upper=table["metric_value"] + spread,
        cell_deg=cell_deg,
        feature_dim=sizes.astype("Int64"),
        n_samples=pd.array([pd.NA] * len(table), dtype="Int64"),
        model_name=table["model"],
        model_target="placeprint",
    )
    return filled[list(COORDBENCH_COLUMNS)]


def from_coordbench(frame: pd.DataFrame) -> pd.DataFrame:
    """A CoordBench results table as scores, to be joined with ours.

    A task is called ``dataset/task``; the spatial split ``block``; the linear method ``ridge`` and
    any ``knn…`` ``knn``. Each row is a mean over folds that were not ours: seed by seed it cannot
    be paired with our scores, only task by task.

    Args:
        frame: The table, with :data:`COORDBENCH_COLUMNS` or those of them that are needed.

    Returns:
        The columns task, split, probe, model, seed, metric, value, n, coverage. The coverage is 1,
        for an encoder of coordinates answers everywhere.

    Raises:
        InputError: If a column is missing, or empty where it must not be.

    Example:
        >>> row = dict.fromkeys(COORDBENCH_COLUMNS, "") | {"dataset": "country", "task": "country"}
        >>> row |= {"method": "knn5", "split": "spatial", "metric_name": "accuracy", "seed": 0}
        >>> row |= {"metric_value": 0.68, "n_test": 8432, "model_name": "sincos"}
        >>> from_coordbench(pd.DataFrame([row])).values.tolist()
        [['country/country', 'block', 'knn', 'sincos', 0, 'accuracy', 0.68, 8432, 1.0]]
    """
    known = ["dataset", "task", "method", "split", "metric_name", "n_test", "seed", "model_name"]
    missing = [name for name in [*known, "metric_value"] if name not in frame]
    if missing:
        raise InputError(
            f"a CoordBench table without {listing(missing)}; it has {listing(frame.columns)}",
            hint="give the results file as torchgeo-bench wrote it",
        )
    empty = [name for name in known if frame[name].isna().any()]
    if empty:
        raise InputError(f"a CoordBench table with rows that have no {listing(empty)}")
    ours = {theirs: name for name, theirs in _METHODS.items()}
    scores = pd.DataFrame(
        {
            "task": frame["dataset"].astype(str) + "/" + frame["task"].astype(str),
            "split": frame["split"].replace({theirs: name for name, theirs in _SPLITS.items()}),
            "probe": frame["method"].replace(ours).str.replace(_KNN, "knn", regex=True),
            "model": frame["model_name"].astype(str),
            "seed": frame["seed"].astype(np.int64),
            "metric": frame["metric_name"],
            "value": frame["metric_value"].astype(np.float64),
            "n": frame["n_test"].astype(np.int64),
            "coverage": 1.0,
        },
        columns=list(COLUMNS),
    )
    return scores.sort_values(list(COLUMNS[:6]), ignore_index=True)
