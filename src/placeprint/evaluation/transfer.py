"""Transfer: probes fitted in one area and tested in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError, listing
from placeprint.evaluation.benchmark import Benchmark
from placeprint.evaluation.comparison import position_baselines
from placeprint.evaluation.ledger import Key, Ledger
from placeprint.evaluation.metrics.measures import measure, metrics, resampled
from placeprint.evaluation.metrics.resampling import block_weights
from placeprint.evaluation.probes import make_probe, probe_name
from placeprint.evaluation.samples import align, has_embedding
from placeprint.evaluation.scoring import predict_fold
from placeprint.evaluation.tasks import REGION, Task
from placeprint.progress import track
from placeprint.typing import FloatArray

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models import Run

__all__ = ["transfer", "transfer_run"]


def transfer(
    models: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]],
    source: Benchmark,
    target: Benchmark,
    *,
    probes: Sequence[str] = ("ridge",),
) -> pd.DataFrame:
    """Score models on the tasks that two areas share: train on the one, test on the other.

    Args:
        models: Name → the vectors of the regions of the source and of the target, from one model.
        source: The area that probes are fitted in.
        target: The area that they are tested in.
        probes: See :func:`~placeprint.evaluation.scoring.score`.

    Returns:
        Scores as :func:`~placeprint.evaluation.scoring.score` returns them, with ``transfer`` as
        the split; ``n`` and ``coverage`` are about the target.

    Raises:
        InputError: If the areas share no task, a shared task is not the same in both, or a model
            has vectors of two sizes.

    Example:
        >>> from placeprint.evaluation import Places, Task
        >>> def area(letter):
        ...     ids = pd.Index([f"{letter}{i}" for i in range(9)], name="region_id")
        ...     x = pd.DataFrame({"0": np.arange(9.0)}, index=ids)
        ...     task = Task("rise", "region", "grid", x.set_axis(["value"], axis=1))
        ...     return x, Benchmark([task], Places(ids, np.repeat(list("abc"), 3)))
        >>> (x, here), (y, there) = area("h"), area("t")
        >>> scores = transfer({"x": (x, y)}, here, there)
        >>> scores.query("metric == 'r2'")["value"].round(2).tolist()
        [1.0]
    """
    there = {task.name: task for task in target.tasks}
    shared = [(task, there[task.name]) for task in source.tasks if task.name in there]
    _check(models, shared, source, target)
    ledger = Ledger()
    jobs = [(name, pair, probe) for name in models for pair in shared for probe in probes]
    with track("scoring", len(jobs)) as tracker, threadpool_limits(1):
        for name, pair, probe in jobs:
            _score(name, models[name], pair, (source, target), probe, ledger)
            tracker.advance(note=name)
    return ledger.scores()


def transfer_run(run: Run, atlas: Atlas, *, probes: Sequence[str] = ("ridge",)) -> pd.DataFrame:
    """Score a run where it was trained for, and tested in, another area, on tasks about regions.

    Args:
        run: The run; its model embeds the regions of the other atlas too.
        atlas: The area to test in, with layers and labels of the same names.
        probes: See :func:`transfer`.

    Returns:
        Scores of the embedding and of the baselines that mean the same in both areas: coordinates,
        spherical harmonics, where both know where their regions are, and the raw features, where
        both have the same.

    Raises:
        InputError: See :func:`transfer`.
    """
    from placeprint.baselines import raw_features

    areas = run.atlas, atlas
    models = {"placeprint": (run.embeddings, run.embed(atlas))}
    if all(each.regions.has_coordinates for each in areas):
        here, there = (position_baselines(each.regions.centroids()) for each in areas)
        models |= {name: (here[name], there[name]) for name in here}
    names = [name for name in run.atlas.feature_names if name in atlas.feature_names]
    features = [{name: each.features(name) for name in names} for each in areas]
    if names and all(features[0][name].shape[1] == features[1][name].shape[1] for name in names):
        raw = [
            raw_features(each, area.region_ids) for each, area in zip(features, areas, strict=True)
        ]
        models["raw"] = (raw[0], raw[1])
    source, target = (Benchmark.of_atlas(each).part(REGION) for each in areas)
    return transfer(models, source, target, probes=probes)


def _check(
    models: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]],
    shared: Sequence[tuple[Task, Task]],
    source: Benchmark,
    target: Benchmark,
) -> None:
    if not shared:
        raise InputError(
            f"the areas share no task: the one has {listing([t.name for t in source.tasks])}, "
            f"the other {listing([t.name for t in target.tasks])}"
        )
    for one, other in shared:
        for what in ("kind", "transform", "unit", "scale"):
            if getattr(one, what) != getattr(other, what):
                raise InputError(
                    f"its {what} is {getattr(one, what)!r} in the one area and "
                    f"{getattr(other, what)!r} in the other",
                    source=f"task {one.name}",
                )
    for name, (here, there) in models.items():
        if here.shape[1] != there.shape[1]:
            raise InputError(
                f"its vectors have {here.shape[1]} dimensions in the one area and "
                f"{there.shape[1]} in the other",
                source=f"model {name}",
            )


def _score(
    name: str,
    vectors: tuple[pd.DataFrame, pd.DataFrame],
    tasks: tuple[Task, Task],
    areas: tuple[Benchmark, Benchmark],
    probe: str,
    ledger: Ledger,
) -> None:
    """One model, task and probe."""
    samples = [area.places.sample(task) for area, task in zip(areas, tasks, strict=True)]
    classes = sorted({label for task in tasks for label in task.classes()})
    X = np.concatenate(
        [
            align(each, rows, area.places)
            for each, rows, area in zip(vectors, samples, areas, strict=True)
        ]
    )
    Y = np.concatenate(
        [_targets(task, rows.Y, classes) for task, rows in zip(tasks, samples, strict=True)]
    )
    train, test = np.split(np.arange(len(Y)), [len(samples[0].Y)])
    # A block of the one area is none of the other, even under the same name.
    groups = [f"{area}/{block}" for area, rows in enumerate(samples) for block in rows.groups]
    task, present = tasks[0], has_embedding(X)
    named = probe_name(probe, task.scale, task.kind)
    fitted = make_probe(named, task.scale, task.kind)
    blocks_here = pd.factorize(np.array(groups, dtype=object))[0]
    predicted = predict_fold(fitted, X, Y, train, test, present=present, groups=blocks_here)
    blocks, names = pd.factorize(samples[1].groups, sort=True)
    sums = measure(task.kind, Y[test], predicted, blocks, len(names))
    key: Key = (task.name, "transfer", named, name, 0)
    coverage = float(present[test].mean())
    rows = [
        (*key, metric, float(value[0]), len(test), coverage)
        for metric, value in metrics(sums.total(), classes).items()
    ]
    drawn = resampled(sums, block_weights(len(names)))[:, 0]
    ledger.add(rows, [(key, drawn.astype(np.float32))])


def _targets(task: Task, Y: FloatArray, classes: list[str]) -> FloatArray:
    """The targets of one area, with a column for every class of either."""
    if task.kind == "regression":
        return Y
    columns = pd.DataFrame(Y, columns=task.classes()).reindex(columns=classes, fill_value=0.0)
    return columns.to_numpy()
