"""Predictions to look at: every labelled row, predicted by a probe that never saw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from threadpoolctl import threadpool_limits

from placeprint.evaluation.probes import LINEAR, make_probe
from placeprint.evaluation.samples import Places, Samples, align, has_embedding
from placeprint.evaluation.scoring import predict_fold
from placeprint.evaluation.shared_rows import by_rows
from placeprint.evaluation.tasks import Task
from placeprint.typing import BoolArray, FloatArray, IntArray

__all__ = ["PREDICTIONS", "out_of_fold"]

PREDICTIONS: Final = ("task", "split", "model", "id", "lon", "lat", "truth", "predicted")
"""The columns of a table of predictions."""

_FOLDS: Final = 5

_SPLITS: Final = ("random", "block")


def out_of_fold(
    models: Mapping[str, pd.DataFrame], tasks: Sequence[Task], places: Places
) -> pd.DataFrame:
    """Predict every label of every task out of fold, with the linear probe of its kind.

    The rows are dealt into five folds, once at random and once in whole blocks where there are
    two blocks or more; each fold is predicted by a probe that was fitted on the other four.

    Args:
        models: The vectors of each model, indexed by region id.
        tasks: What is to be predicted.
        places: The regions, units and blocks that the tasks refer to.

    Returns:
        The columns :data:`PREDICTIONS`; ``split`` is random or block, ``id`` the region, unit or
        position of the point as text, ``lon`` and ``lat`` its place in degrees, NaN where not
        known; ``truth`` and ``predicted`` are transformed values, or positions among the sorted
        classes; ``predicted`` is NaN for a row without a vector.

    Example:
        >>> ids = pd.Index([f"{i:02d}" for i in range(20)], name="region_id")
        >>> x = pd.DataFrame({"0": np.linspace(0, 1, 20)}, index=ids)
        >>> task = Task("rise", "region", "grid", x.set_axis(["value"], axis=1))
        >>> found = out_of_fold({"x": x}, [task], Places(ids, np.repeat(list("abcd"), 5)))
        >>> len(found), round(float((found["truth"] - found["predicted"]).abs().max()), 1)
        (40, 0.0)
    """
    groups = by_rows(tasks, places)
    with threadpool_limits(1), Parallel(cpu_count(), backend="threading") as pool:
        found = pool(
            delayed(_predicted)(vectors, members, places, split)
            for vectors in models.values()
            for members in groups
            for split in _SPLITS
        )
    tables = {}
    jobs = product(models, groups, _SPLITS)
    for (name, members, split), (predicted, covered) in zip(jobs, found, strict=True):
        for (task, samples), values in zip(members, predicted, strict=True):
            table = _table(task, samples, values, covered)
            tables[task.name, split, name] = table.assign(task=task.name, split=split, model=name)
    ordered = (
        tables[task.name, split, name] for name in models for task in tasks for split in _SPLITS
    )
    whole: pd.DataFrame = pd.concat(ordered, ignore_index=True)
    return whole[list(PREDICTIONS)]


def _predicted(
    vectors: pd.DataFrame, members: Sequence[tuple[Task, Samples]], places: Places, split: str
) -> tuple[list[FloatArray], BoolArray]:
    """Of tasks about the same rows the predictions, NaN if no fold tests a row; what is covered."""
    task, samples = members[0]
    X, Y = align(vectors, samples, places), np.concatenate([each.Y for _, each in members], axis=1)
    predicted = np.full(Y.shape, np.nan)
    groups = pd.factorize(samples.groups, sort=True)[0] if split == "block" else None
    for train, test in _folds(samples, split):
        probe = make_probe(LINEAR[task.kind], task.scale, task.kind)
        predicted[test] = predict_fold(probe, X, Y, train, test, groups=groups)
    widths = [each.Y.shape[1] for _, each in members]
    return np.split(predicted, np.cumsum(widths)[:-1], axis=1), has_embedding(X)


def _table(task: Task, samples: Samples, predicted: FloatArray, covered: BoolArray) -> pd.DataFrame:
    """The rows that were tested."""
    tested = ~np.isnan(predicted).all(axis=1)
    truth, found = samples.Y[:, 0], predicted[:, 0]
    if task.kind == "classification":
        truth, found = (each.argmax(axis=1).astype(np.float64) for each in (samples.Y, predicted))
        found[np.isnan(predicted).any(axis=1)] = np.nan
    found[~covered] = np.nan
    rows = {
        "id": samples.ids.astype(str),
        "lon": samples.positions[:, 0],
        "lat": samples.positions[:, 1],
        "truth": truth.astype(np.float32),
        "predicted": found.astype(np.float32),
    }
    return pd.DataFrame(rows).iloc[np.flatnonzero(tested)]


def _folds(samples: Samples, split: str) -> Iterator[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import GroupKFold, KFold

    rows = np.empty(len(samples.Y))
    if split == "random" and len(rows) > 1:
        yield from KFold(min(_FOLDS, len(rows)), shuffle=True, random_state=0).split(rows)
    if split == "random":
        return
    blocks = len(np.unique(samples.groups.astype(str)))
    if blocks > 1:
        yield from GroupKFold(min(_FOLDS, blocks)).split(rows, groups=samples.groups)
