"""Scores: every model on the same rows and folds, as one tidy table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError
from placeprint.evaluation.metrics import METRICS
from placeprint.evaluation.probes import Probe, make_probe, probe_name
from placeprint.evaluation.samples import Places, Samples, align, check_vectors, has_embedding
from placeprint.evaluation.splits import Splitter, make_splits
from placeprint.evaluation.tasks import Task
from placeprint.progress import track
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["COLUMNS", "predict_fold", "score"]

COLUMNS: Final = (
    "task",
    "split",
    "probe",
    "model",
    "seed",
    "metric",
    "value",
    "n",
    "coverage",
)
"""The columns of a table of scores."""


_Row: TypeAlias = tuple[str, str, str, str, int, str, float, int, float]


@dataclass(frozen=True, eq=False)
class _Batch:
    """Tasks about the same rows at the same scale, with the folds they share."""

    names: tuple[str, ...]
    scale: str
    samples: Samples
    Y: FloatArray
    groups: IntArray
    folds: dict[str, list[tuple[IntArray, IntArray]]]


@dataclass(frozen=True, eq=False)
class _Job:
    """One probe on one fold of one batch, for some of its targets."""

    model: str
    batch: _Batch
    X: FloatArray
    present: BoolArray
    split: str
    seed: int
    probe: str
    targets: slice


def score(
    models: Mapping[str, pd.DataFrame],
    tasks: Sequence[Task],
    places: Places,
    *,
    splits: Sequence[str] | Mapping[str, Splitter] = ("random", "block"),
    probes: Sequence[str] = ("ridge", "published"),
    seeds: int = 10,
    workers: int | None = None,
) -> pd.DataFrame:
    """Score models on tasks: every model on the same rows and the same folds.

    Whatever is learned (imputation, scaling, the penalty, the trees) is learned inside the
    training rows of a fold. A labelled row without a vector is not left out: in training it has
    nothing to give, in a test it is predicted by the mean of the training labels, so that what a
    model does not cover counts against it.

    Args:
        models: The vectors of each model, indexed by region id; a missing region has no row.
        tasks: What is to be predicted.
        places: The regions, units and blocks that the tasks refer to.
        splits: Names (``"random"``, ``"block"``), or scikit-learn CV objects by name.
        probes: Names from :data:`~placeprint.evaluation.probes.PROBES`, or ``"published"``, the
            one that the paper uses at the scale of the task.
        seeds: How many splits of each named kind.
        workers: How many probes are fitted at a time; by default as many as there are cores. The
            scores do not depend on it.

    Returns:
        The columns :data:`COLUMNS`, sorted by them. ``seed`` is the number of the split,
        ``metric`` one of r2, rmse and mae (the latter two in the unit of the *transformed*
        label), ``n`` the number of rows tested, and ``coverage`` the share of the task's labelled
        rows that have a vector.

    Raises:
        InputError: If a name is unknown, or a model or task cannot be used; before work starts.

    Example:
        >>> ids = pd.Index([f"{i:02d}" for i in range(40)], name="region_id")
        >>> x = pd.DataFrame({"0": np.linspace(0, 1, 40)}, index=ids)
        >>> task = Task("rise", "region", "grid", x.set_axis(["value"], axis=1))
        >>> places = Places(ids, np.repeat(list("abcde"), 8))
        >>> scores = score({"x": x}, [task], places, probes=["ridge"], seeds=1)
        >>> scores.query("metric == 'r2'")[["split", "value", "n"]].round(3).values.tolist()
        [['block', 1.0, 8], ['random', 1.0, 8]]
    """
    if not models or not tasks:
        missing = "model" if not models else "task"
        raise InputError(f"there is no {missing} to score", hint=f"name at least one {missing}")
    splitters = make_splits(splits, seeds)
    for name, vectors in models.items():
        check_vectors(name, vectors, places.region_ids)
    batches = list(_batches(tasks, places, splitters))
    plans = [_plan(batch, probes) for batch in batches]
    rows: list[_Row] = []
    with (
        track("scoring", len(models) * sum(map(len, plans))) as tracker,
        threadpool_limits(1),
        Parallel(workers or cpu_count(), backend="threading", return_as="generator") as pool,
    ):
        jobs = _jobs(models, batches, plans, places)
        for found in pool(delayed(_run)(job) for job in jobs):
            rows += found
            tracker.advance(note=str(found[0][3]))
    scores = pd.DataFrame(rows, columns=list(COLUMNS))
    return scores.sort_values(list(COLUMNS[:6]), ignore_index=True)


def predict_fold(
    probe: Probe,
    X: FloatArray,
    Y: FloatArray,
    train: IntArray,
    test: IntArray,
    *,
    present: BoolArray | None = None,
    groups: AnyArray | None = None,
) -> FloatArray:
    """Fit a probe on the training rows of a fold and predict its test rows.

    Args:
        probe: A fresh probe.
        X: (n, d) vectors; a row without one is NaN throughout.
        Y: (n, t) targets.
        train: Positions of the training rows.
        test: Positions of the m test rows.
        present: (n,) which rows have a vector; found from X if None.
        groups: (n,) the block of each row. The probe is told them if the fold holds out whole
            blocks, so that what it tunes is tuned for that.

    Returns:
        (m, t) predictions; for a row without a vector the mean of the training labels.
    """
    present = has_embedding(X) if present is None else present
    predicted = np.tile(Y[train].mean(axis=0), (len(test), 1))
    fitted, answered = train[present[train]], present[test]
    if len(fitted) < 2 or not answered.any():
        return predicted
    if groups is not None and np.isin(groups[test], groups[train]).any():
        groups = None
    probe.fit(X[fitted], Y[fitted], None if groups is None else groups[fitted])
    predicted[answered] = probe.predict(X[test[answered]])
    return predicted


def _batches(
    tasks: Sequence[Task], places: Places, splitters: Mapping[str, Splitter]
) -> Iterator[_Batch]:
    """Put tasks about the same rows together, and split those rows."""
    all_names = pd.Index([task.name for task in tasks])
    if all_names.has_duplicates:
        twice = all_names[all_names.duplicated()][0]
        raise InputError(f"two tasks have the same name, {twice!r}", hint="rename one of them")
    together: dict[tuple[object, ...], list[tuple[Task, Samples]]] = {}
    for task in tasks:
        samples = places.sample(task)
        rows = samples.membership
        key = (task.scale, rows.shape, rows.indptr.tobytes(), rows.indices.tobytes())
        together.setdefault(key, []).append((task, samples))
    for members in together.values():
        task, samples = members[0]
        groups, _ = pd.factorize(samples.groups, sort=True)
        folds = {
            name: list(splitter.split(samples.y, groups=groups))
            for name, splitter in splitters.items()
        }
        Y = np.column_stack([each.y for _, each in members])
        names = tuple(each.name for each, _ in members)
        yield _Batch(names, task.scale, samples, Y, groups, folds)


def _plan(batch: _Batch, probes: Sequence[str]) -> list[tuple[str, int, str, slice]]:
    """(split, seed, probe, targets) of every job of a batch."""
    t = len(batch.names)
    plan = []
    for name in dict.fromkeys(probe_name(probe, batch.scale) for probe in probes):
        together = make_probe(name, batch.scale).multi_target
        targets = [slice(0, t)] if together else [slice(i, i + 1) for i in range(t)]
        plan += [
            (split, seed, name, part)
            for split, folds in batch.folds.items()
            for seed in range(len(folds))
            for part in targets
        ]
    return plan


def _jobs(
    models: Mapping[str, pd.DataFrame],
    batches: Sequence[_Batch],
    plans: Sequence[list[tuple[str, int, str, slice]]],
    places: Places,
) -> Iterator[_Job]:
    """Every job, lazily: the rows of one model and batch at a time."""
    for model, vectors in models.items():
        for batch, plan in zip(batches, plans, strict=True):
            X = align(vectors, batch.samples, places)
            present = has_embedding(X)
            for each in plan:
                yield _Job(model, batch, X, present, *each)


def _run(job: _Job) -> list[_Row]:
    """The rows of a job: one per task and metric."""
    batch, Y = job.batch, job.batch.Y[:, job.targets]
    train, test = batch.folds[job.split][job.seed]
    predicted = predict_fold(
        make_probe(job.probe, batch.scale),
        job.X,
        Y,
        train,
        test,
        present=job.present,
        groups=batch.groups,
    )
    values = np.stack([measure(Y[test], predicted) for measure in METRICS.values()])
    coverage = float(job.present.mean())
    return [
        (task, job.split, job.probe, job.model, job.seed, metric, value, len(test), coverage)
        for task, of_task in zip(batch.names[job.targets], values.T.tolist(), strict=True)
        for metric, value in zip(METRICS, of_task, strict=True)
    ]
