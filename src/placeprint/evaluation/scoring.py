"""Scores: every model on the same rows and folds, as one tidy table."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS, Key, Ledger, ScoreRow
from placeprint.evaluation.metrics.measures import Sums, measure, metrics, n_rows, resampled
from placeprint.evaluation.metrics.resampling import block_weights
from placeprint.evaluation.probes import PRIOR, Probe, make_probe, probe_name
from placeprint.evaluation.samples import Places, Samples, align, check_vectors, has_embedding
from placeprint.evaluation.shared_rows import by_rows
from placeprint.evaluation.splits import Splitter, make_splits
from placeprint.evaluation.tasks import Task
from placeprint.progress import track
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["COLUMNS", "SPATIAL_PRIOR", "predict_fold", "score"]

SPATIAL_PRIOR: Final = "spatial_prior"
"""The name under which inverse-distance weighting of the training labels stands in the scores."""

_MOST_BLOCKS: Final = 1000
"""Where rows have no blocks, they are resampled in at most this many groups."""

_Fold: TypeAlias = tuple[IntArray, IntArray]
_Plan: TypeAlias = list[tuple[str, int, str, slice]]


@dataclass(frozen=True, eq=False)
class _Batch:
    """Tasks about the same rows at the same scale, with the folds they share.

    ``rounds`` holds for each split and seed the folds that are scored together; ``resampled`` the
    (B, n_blocks) counts of each block under each resample of the places.
    """

    names: tuple[str, ...]
    scale: str
    kind: str
    classes: list[str]
    samples: Samples
    Y: FloatArray
    groups: IntArray
    rounds: dict[str, list[list[_Fold]]]
    blocks: IntArray
    resampled: FloatArray


@dataclass(frozen=True, eq=False)
class _Job:
    """One probe on one round of folds of one batch, for some of its tasks."""

    model: str
    batch: _Batch
    X: FloatArray
    present: BoolArray
    covered_only: bool
    split: str
    seed: int
    probe: str
    tasks: slice


def score(
    models: Mapping[str, pd.DataFrame],
    tasks: Sequence[Task],
    places: Places,
    *,
    splits: Sequence[str] | Mapping[str, Splitter] = ("random", "block"),
    probes: Sequence[str] = ("ridge", "published"),
    seeds: int = 10,
    buffer_km: float = 0.0,
    covered_only: bool = False,
    prior: bool = False,
    workers: int | None = None,
    ledger: Ledger | None = None,
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
        splits: Names from :data:`~placeprint.evaluation.splits.SPLITS`, or scikit-learn CV objects
            by name; they are given longitudes and latitudes as X, and the blocks as groups.
        probes: Names from :data:`~placeprint.evaluation.probes.PROBES`, ``"linear"``, a ridge
            for numbers and logistic for classes, or ``"published"``, the one that the paper uses
            at the scale of the task.
        seeds: How many splits of each named kind.
        buffer_km: Rows nearer than this to a test row are not trained on, under the named splits
            that hold out areas.
        covered_only: Whether rows without a vector are left out of the test after all; scores of
            models that cover different rows cannot be compared then.
        prior: Whether the spatial prior is scored beside the models, where positions are known.
        workers: How many probes are fitted at a time; by default as many as there are cores. The
            scores do not depend on it.
        ledger: Where scores are kept as they come in; what it holds is not scored again.

    Returns:
        The columns :data:`COLUMNS`, sorted by them. ``seed`` is the number of the split; ``metric``
        one of r2, rmse and mae (the latter two in the unit of the *transformed* label), of classes
        accuracy, macro_f1 and f1 of each class; ``n`` the number of rows tested; and ``coverage``
        the share of the task's labelled rows that have a vector.

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
    splitters = make_splits(splits, seeds, buffer_km=buffer_km)
    for name, vectors in models.items():
        check_vectors(name, vectors, places.region_ids, places.about)
    kept = Ledger() if ledger is None else ledger
    plans = [
        (model, batch, _missing(_plan(batch, names), model, batch, kept))
        for batch in list(_batches(tasks, places, splitters))
        for model, names in _pairs(models, probes, batch, prior)
    ]
    with (
        track("scoring", sum(len(plan) for *_, plan in plans)) as tracker,
        threadpool_limits(1),
        Parallel(workers or cpu_count(), backend="threading", return_as="generator") as pool,
    ):
        try:
            jobs = _jobs(models, plans, places, covered_only)
            for rows, resamples in pool(delayed(_run)(job) for job in jobs):
                kept.add(rows, resamples)
                tracker.advance(note=f"{rows[0][3]}, {rows[0][2]}")
        finally:
            kept.write()
    return kept.scores()


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
    """The tasks by their rows, and these rows split."""
    all_names = pd.Index([task.name for task in tasks])
    if all_names.has_duplicates:
        twice = all_names[all_names.duplicated()][0]
        raise InputError(f"two tasks have the same name, {twice!r}", hint="rename one of them")
    for members in by_rows(tasks, places):
        yield _batch(members, splitters)


def _batch(members: list[tuple[Task, Samples]], splitters: Mapping[str, Splitter]) -> _Batch:
    task, samples = members[0]
    names = tuple(each.name for each, _ in members)
    groups, blocks_named = pd.factorize(samples.groups, sort=True)
    Y = np.concatenate([each.Y for _, each in members], axis=1)
    rounds = {}
    for name, splitter in splitters.items():
        try:
            folds = list(splitter.split(samples.positions, _first(task, Y), groups=samples.groups))
        except InputError as error:
            raise InputError(str(error), source=f"task {names[0]}, split {name}") from None
        together = getattr(splitter, "folds_per_seed", 1) or len(folds)
        rounds[name] = [folds[at : at + together] for at in range(0, len(folds), together)]
    single = len(blocks_named) < 2
    blocks = np.arange(len(Y)) % _MOST_BLOCKS if single else groups
    resampled = block_weights(int(blocks.max()) + 1)
    return _Batch(
        names, task.scale, task.kind, task.classes(), samples, Y, groups, rounds, blocks, resampled
    )


def _first(task: Task, Y: FloatArray) -> AnyArray:
    """What a splitter may stratify by: the class of each row, or the first target."""
    return np.array(task.classes())[Y.argmax(axis=1)] if task.kind == "classification" else Y[:, 0]


def _pairs(
    models: Mapping[str, pd.DataFrame], probes: Sequence[str], batch: _Batch, prior: bool
) -> list[tuple[str, list[str]]]:
    """Each model with the probes that read it."""
    names = list(dict.fromkeys(probe_name(probe, batch.scale, batch.kind) for probe in probes))
    pairs = [(model, names) for model in models]
    located = not np.isnan(batch.samples.positions).all()
    return [*pairs, (SPATIAL_PRIOR, [PRIOR])] if prior and located else pairs


def _plan(batch: _Batch, probes: Sequence[str]) -> _Plan:
    """(split, seed, probe, tasks) of every job of a batch."""
    t = len(batch.names)
    plan = []
    for name in probes:
        together = make_probe(name, batch.scale).multi_target
        parts = [slice(0, t)] if together else [slice(i, i + 1) for i in range(t)]
        plan += [
            (split, seed, name, part)
            for split, rounds in batch.rounds.items()
            for seed in range(len(rounds))
            for part in parts
        ]
    return plan


def _missing(plan: _Plan, model: str, batch: _Batch, ledger: Ledger) -> _Plan:
    """What of a plan has not been done."""
    return [
        (split, seed, probe, part)
        for split, seed, probe, part in plan
        if any((task, split, probe, model, seed) not in ledger for task in batch.names[part])
    ]


def _jobs(
    models: Mapping[str, pd.DataFrame],
    plans: Sequence[tuple[str, _Batch, _Plan]],
    places: Places,
    covered_only: bool,
) -> Iterator[_Job]:
    """Every job, lazily: the rows of one model and batch at a time."""
    for model, batch, plan in plans:
        if not plan:
            continue
        if model == SPATIAL_PRIOR:
            X = batch.samples.positions
        else:
            X = align(models[model], batch.samples, places)
        present = has_embedding(X)
        for each in plan:
            yield _Job(model, batch, X, present, covered_only, *each)


def _run(job: _Job) -> tuple[list[ScoreRow], list[tuple[Key, FloatArray]]]:
    """Fit, predict and measure: the rows of a job, one per task and metric."""
    batch = job.batch
    Y = batch.Y if batch.kind == "classification" else batch.Y[:, job.tasks]
    folds = []
    for train, test in batch.rounds[job.split][job.seed]:
        rows = test[job.present[test]] if job.covered_only else test
        probe = make_probe(job.probe, batch.scale, batch.kind)
        predicted = predict_fold(
            probe, job.X, Y, train, rows, present=job.present, groups=batch.groups
        )
        folds.append(
            measure(batch.kind, Y[rows], predicted, batch.blocks[rows], batch.resampled.shape[1])
        )
    pooled: Sums = reduce(operator.add, folds)
    n, coverage = n_rows(pooled), float(job.present.mean())
    keys: list[Key] = [
        (task, job.split, job.probe, job.model, job.seed) for task in batch.names[job.tasks]
    ]
    scored: list[ScoreRow] = [
        (*key, metric, float(value), n, coverage)
        for metric, values in metrics(pooled.total(), batch.classes).items()
        for key, value in zip(keys, values, strict=True)
    ]
    headline = resampled(pooled, batch.resampled)
    return scored, list(zip(keys, headline.T.astype(np.float32), strict=True))
