"""Evaluation of anything that turns places into vectors, beside plain baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError, caution, closest
from placeprint.evaluation.benchmark import Benchmark
from placeprint.evaluation.candidates import Candidate, candidates, vectors_of
from placeprint.evaluation.comparison import Lazily
from placeprint.evaluation.ledger import Ledger
from placeprint.evaluation.predictions import out_of_fold
from placeprint.evaluation.probes import probe_name
from placeprint.evaluation.results import take_up
from placeprint.evaluation.samples import Places
from placeprint.evaluation.scoring import SPATIAL_PRIOR, score
from placeprint.evaluation.splits import Splitter, make_splits
from placeprint.evaluation.tasks import REGION, Task
from placeprint.files import write_table
from placeprint.models import Run, is_run
from placeprint.typing import PathLike

__all__ = ["DEFAULT_SPLITS", "PROTOCOLS", "evaluate"]

DEFAULT_SPLITS: Final = ("random", "block")
"""What is scored if nothing else is asked for; where no areas can be held out, random places."""

PROTOCOLS: Final = {"nested": ("linear",), "published": ("published",)}
"""The probes of each protocol: ``nested`` tunes inside the training rows, a ridge for numbers and a
logistic regression for classes; ``published`` takes the
settings of the paper, LightGBM or, for cities, a ridge scored on five pooled folds."""


def evaluate(
    embedding: object,
    tasks: Sequence[str] | Sequence[Task] | Benchmark | None = None,
    places: Atlas | Places | None = None,
    *,
    out: PathLike | None = None,
    protocol: str = "nested",
    splits: Sequence[str] | Mapping[str, Splitter] = DEFAULT_SPLITS,
    probes: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    seeds: int = 10,
    buffer_km: float = 0.0,
    pooling: str = "mean",
    weights: pd.Series | str | None = None,
    covered_only: bool = False,
    overwrite: bool = False,
) -> pd.DataFrame:
    """Score an embedding beside plain baselines, on random and on spatially blocked splits.

    In a folder, scores are kept as they come in, as ``scores.parquet`` and ``scores.csv``; asked
    again, for another probe or another model, it adds what is missing and keeps what is there
    (:class:`~placeprint.evaluation.results.Evaluation` reads it).

    Args:
        embedding: What is to be judged; see
            :func:`~placeprint.evaluation.candidates.candidates`.
        tasks: Names of labels of the atlas, tasks, or a whole benchmark; None: all the labels of
            the atlas.
        places: The atlas, or the regions and units that the tasks are about; None for a run: the
            atlas it was trained on.
        out: The folder for the scores; None: that of the run, and for anything else none.
        protocol: A key of :data:`PROTOCOLS`.
        splits: ``random``, ``block`` (whole areas are held out), ``region`` (one unit after the
            other), ``folds`` (five pooled folds), ``stratified`` (50/25/25 within each class); or
            scikit-learn CV objects by name. Of classes of entities, such as the functions of
            buildings, ``random`` means ``stratified``, as published. Where nobody knows where
            regions are, and they are in no units, no areas can be held out: of the default splits
            the random ones are then scored.
        probes: Names from :data:`~placeprint.evaluation.probes.PROBES`, or ``linear``, in place of
            those of the protocol.
        models: Which of the candidates and baselines, ``spatial_prior`` among them; all if None.
        seeds: How many splits of each kind.
        buffer_km: Rows nearer than this to what is held out are not trained on, in splits that
            hold out areas.
        pooling: How the vectors of a unit's regions become one; see
            :func:`placeprint.regions.pool`.
        weights: What each region counts within its unit, indexed by region id, or ``"area"``.
        covered_only: Whether places without a vector are left out instead of counting as misses.
        overwrite: Whether scores of another embedding or setting may be replaced.

    Returns:
        Columns task, split, probe, model, seed, metric, value, n, coverage; see
        :func:`~placeprint.evaluation.scoring.score`.

    Raises:
        InputError: If a name is unknown, or something cannot be used; before work starts.
        OutputExistsError: If the folder holds other scores, and overwriting was not asked for.

    Example:
        >>> import numpy as np
        >>> ids = pd.Index([f"{i:02d}" for i in range(40)], name="region_id")
        >>> labels = pd.DataFrame({"value": np.arange(40.0)}, index=ids)
        >>> centroids = pd.DataFrame({"lon": np.linspace(5, 9, 40), "lat": 60.0}, index=ids)
        >>> scores = evaluate(
        ...     pd.DataFrame({"0": np.arange(40.0)}, index=ids),
        ...     [Task("rise", "region", "grid", labels)],
        ...     Places.from_centroids(centroids, {}),
        ...     seeds=1,
        ... )
        >>> sorted(scores["model"].unique())
        ['coordinates', 'embedding', 'spatial_prior', 'spherical_harmonics']
    """
    if protocol not in PROTOCOLS:
        raise InputError(f"no protocol {protocol!r}", hint=closest(protocol, PROTOCOLS))
    make_splits(splits, seeds, buffer_km=buffer_km)
    run = _run_of(embedding)
    benchmark = _benchmark(tasks, places, run).pooled(pooling, weights)
    for kind in sorted({task.kind for task in benchmark.tasks}):
        for probe in probes or ():
            probe_name(probe, "grid", kind)  # refuses what is no probe, before anything is written
    found = candidates(embedding, benchmark.atlas)
    parts = benchmark.parts()
    _refuse_baselines_names(found, parts)
    compared = _chosen([_models(found, part) for part in parts], models, benchmark)
    chosen_splits = [_possible(splits, part, buffer_km) for part in parts]
    if benchmark.left_out:
        caution(benchmark.left_out, hint=_LOCATE)
    judged = [name for name in found if any(name in each for each in compared)]
    folder = out if out is not None or run is None else run.path
    ledger = Ledger()
    if folder is not None:
        digests = {name: found[name].digest() for name in judged}
        setting = benchmark.setting() | {"buffer_km": buffer_km, "covered_only": covered_only}
        setting["cv"] = _described(splits)
        left_out = benchmark.left_out
        ledger = take_up(folder, benchmark.tasks, digests, setting, left_out, overwrite=overwrite)
    for part, vectors, own in zip(parts, compared, chosen_splits, strict=True):
        for group, names in _rounds(part.tasks, own, protocol) if len(vectors) else []:
            scores = score(
                vectors,
                group,
                part.places,
                splits=names,
                probes=probes or PROTOCOLS[protocol],
                seeds=seeds,
                buffer_km=buffer_km,
                covered_only=covered_only,
                prior=models is None or SPATIAL_PRIOR in models,
                ledger=ledger,
            )
    if folder is not None:
        first = judged[:1] if judged[:1] == list(found)[:1] else []
        _write(Path(folder), scores, [each.only(first) for each in compared], parts)
    return scores


def _run_of(embedding: object) -> Run | None:
    if isinstance(embedding, Run):
        return embedding
    if isinstance(embedding, (str, Path)) and is_run(embedding):
        return Run(embedding)
    return None


def _benchmark(
    tasks: Sequence[str] | Sequence[Task] | Benchmark | None,
    places: Atlas | Places | None,
    run: Run | None,
) -> Benchmark:
    if isinstance(tasks, Benchmark):
        return tasks
    if isinstance(places, Places):
        chosen = [task for task in tasks or () if isinstance(task, Task)]
        if not chosen or len(chosen) < len(tasks or ()):
            raise InputError(
                "names of tasks mean nothing without an atlas",
                hint="pass the tasks themselves beside the places",
            )
        return Benchmark.of_places(chosen, places)
    atlas = run.atlas if places is None and run is not None else places
    if atlas is None:
        raise InputError(
            "it is not known which places the embedding is about",
            hint="pass an atlas, or tasks and places, or a benchmark (read_benchmark)",
        )
    names = None if tasks is None else [str(name) for name in tasks]
    if run is None:
        return Benchmark.of_atlas(atlas, names)
    return Benchmark.of_run(run, atlas, names)


def _described(splits: Sequence[str] | Mapping[str, Splitter]) -> dict[str, str]:
    """What tells CV objects of one name apart; named splits are what their name says."""
    if not isinstance(splits, Mapping):
        return {}
    return {
        name: f"{type(splitter).__name__} {sorted(vars(splitter).items())}"
        for name, splitter in splits.items()
    }


def _models(found: Mapping[str, Candidate], part: Benchmark) -> Lazily:
    return vectors_of(found, part.places) | part.baselines


def _refuse_baselines_names(found: Mapping[str, Candidate], parts: Sequence[Benchmark]) -> None:
    for name in found:
        if name == SPATIAL_PRIOR or any(name in part.baselines for part in parts):
            raise InputError(
                f"{name!r} is the name of a baseline, which is always scored beside",
                hint="give the embedding another name: NAME=PATH",
            )


_LOCATE: Final = "name a file of the outlines of regions (--regions, or `kind: polygons`)"


def _possible(
    splits: Sequence[str] | Mapping[str, Splitter], part: Benchmark, buffer_km: float
) -> Sequence[str] | Mapping[str, Splitter]:
    """The splits that the places of a part allow, if it was left to us which."""
    if part.places.centroids is not None or isinstance(splits, Mapping):
        return splits
    if not part.places.has_blocks:
        if tuple(splits) == DEFAULT_SPLITS:
            return DEFAULT_SPLITS[:1]
        for name in [name for name in splits if name in ("block", "region")]:
            raise InputError(f"there are no splits {name!r}. {part.left_out}", hint=_LOCATE)
    elif buffer_km:
        raise InputError(f"no buffer of {buffer_km:g} km is known. {part.left_out}", hint=_LOCATE)
    return splits


def _chosen(
    known: Sequence[Lazily], names: Sequence[str] | None, benchmark: Benchmark
) -> list[Lazily]:
    """Of the models of every part of the benchmark those asked for; a part may have none."""
    if names is None:
        return list(known)
    everywhere = list(dict.fromkeys([*(name for each in known for name in each), SPATIAL_PRIOR]))
    located = any(part.places.centroids is not None for part in benchmark.parts())
    for name in names:
        there = located if name == SPATIAL_PRIOR else any(name in each for each in known)
        if name in benchmark.missing and not there:
            raise InputError(f"no model {name!r} to compare. {benchmark.left_out}", hint=_LOCATE)
        if name not in everywhere:
            raise InputError(f"no model {name!r} to compare", hint=closest(name, everywhere))
    if not any(name in each for each in known for name in names):
        raise InputError(
            f"{SPATIAL_PRIOR} is scored beside a model, and none is named",
            hint="name a model with vectors too",
        )
    return [each.only([name for name in names if name in each]) for each in known]


def _rounds(
    tasks: Sequence[Task], splits: Sequence[str] | Mapping[str, Splitter], protocol: str
) -> list[tuple[list[Task], Sequence[str] | Mapping[str, Splitter]]]:
    """Tasks with their splits: those that were published in another way take that for ``random``.

    The paper scores cities, which are few, on five pooled folds, and functions of buildings on
    stratified halves and quarters.
    """
    if isinstance(splits, Mapping):
        return [(list(tasks), splits)]
    rounds: dict[str, list[Task]] = {}
    for task in tasks:
        if protocol == "published" and task.scale == "city":
            published = "folds"
        elif task.kind == "classification" and task.about != REGION:
            published = "stratified"
        else:
            published = "random"
        rounds.setdefault(published, []).append(task)
    return [
        (group, list(dict.fromkeys(published if split == "random" else split for split in splits)))
        for published, group in rounds.items()
    ]


def _write(
    folder: Path, scores: pd.DataFrame, shown: Sequence[Lazily], parts: Sequence[Benchmark]
) -> None:
    """What is written when all is scored; the ledger keeps the scores while the work goes on."""
    write_table(folder / "scores.csv", scores)
    predictions = [
        out_of_fold(vectors, part.tasks, part.places)
        for vectors, part in zip(shown, parts, strict=True)
        if len(vectors)
    ]
    if predictions:
        write_table(folder / "predictions.parquet", pd.concat(predictions, ignore_index=True))
