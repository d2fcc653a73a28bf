"""Evaluation of files: embeddings, labels and places as they are named on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.evaluation.benchmark import Benchmark
from placeprint.evaluation.candidates import read_candidates, region_ids
from placeprint.evaluation.protocols import evaluate
from placeprint.evaluation.results import Evaluation
from placeprint.evaluation.statistics.leaderboard import leaderboard
from placeprint.evaluation.statistics.score_files import read_scores
from placeprint.evaluation.statistics.score_tables import beside_every_probe
from placeprint.evaluation.tables import read_benchmark, read_weights
from placeprint.evaluation.tasks import REGION, Task
from placeprint.models import Run, is_run
from placeprint.typing import PathLike

__all__ = ["evaluate_files", "read_leaderboard"]


def evaluate_files(
    embeddings: Sequence[str],
    *,
    labels: Sequence[PathLike] = (),
    atlas: PathLike | None = None,
    tasks: Sequence[str] | None = None,
    classes: Sequence[str] = (),
    regions: PathLike | None = None,
    units: Sequence[PathLike] = (),
    levels: Sequence[str] | None = None,
    data: PathLike | None = None,
    ids: PathLike | None = None,
    id_column: str | None = None,
    scale: str | None = None,
    weights: str | None = None,
    **settings: Any,
) -> tuple[pd.DataFrame, Sequence[Task]]:
    """Evaluate embeddings that are named as on a command line.

    Args:
        embeddings: See :func:`~placeprint.evaluation.candidates.read_candidates`.
        labels: See :func:`~placeprint.evaluation.tables.read_benchmark`.
        atlas: The atlas whose labels are predicted where no labels are named; None: that of the
            run, which then has to be the only embedding.
        tasks: Which tasks; all of them if None.
        classes: See :func:`~placeprint.evaluation.tables.read_benchmark`.
        regions: See :func:`~placeprint.evaluation.tables.read_benchmark`.
        units: See there.
        levels: See there.
        data: See there.
        ids: See :func:`~placeprint.evaluation.candidates.read_candidates`.
        id_column: See there.
        scale: See :func:`~placeprint.evaluation.tables.read_benchmark`.
        weights: ``area``, or a table of one weight for each region.
        settings: As for :func:`~placeprint.evaluation.protocols.evaluate`.

    Returns:
        The scores, and the tasks that they are about.

    Raises:
        InputError: If something cannot be read, or it is not told what to predict.
    """
    counted = read_weights(weights) if weights not in (None, "area") else weights
    alone = len(embeddings) == 1 and is_run(embeddings[0])
    run = Run(embeddings[0]) if alone else None
    found: Any = read_candidates(embeddings, ids=ids, id_column=id_column) if run is None else run
    if labels:
        known = region_ids(found) if run is None else run.embeddings.index
        benchmark = read_benchmark(
            labels,
            known,
            regions=regions,
            units=units,
            levels=levels,
            data=data,
            tasks=tasks,
            classes=classes,
            id_column=id_column,
            scale=scale,
        )
    elif run is not None:
        benchmark = Benchmark.of_run(run, run.atlas if atlas is None else Atlas(atlas), tasks)
    elif atlas is not None:
        benchmark = Benchmark.of_atlas(Atlas(atlas), tasks)
    else:
        raise InputError(
            "it is not told what to predict",
            hint="name labels: --labels FILE, or an atlas that has some: --atlas ATLAS",
        )
    return evaluate(found, benchmark, weights=counted, **settings), benchmark.tasks


def read_leaderboard(named: Sequence[str], *, probe: str | None = None) -> pd.DataFrame:
    """The leaderboard of many evaluations.

    Args:
        named: Folders of evaluations, or files of scores; ``NAME=PATH`` renames the models of one
            (:func:`~placeprint.evaluation.statistics.score_files.read_scores`).
        probe: Whose scores; None: the only probe of each task.

    Returns:
        See :func:`~placeprint.evaluation.statistics.leaderboard`; one after the other for tasks
        about regions and about each kind of entities, which have other baselines, as the column
        ``about`` says. The interval rests on resampled places, and is known only where all scores
        come from one folder.

    Raises:
        InputError: If there is no such file, or two disagree.
    """
    files, leaky = [], set()
    folders = []
    for each in named:
        name, _, path = each.rpartition("=")
        if Path(path).is_dir():
            evaluation = Evaluation(path)
            folders.append(evaluation)
            _refuse_other_setting(folders)
            leaky |= {task.name for task in evaluation.tasks if task.leaks}
            path = str(evaluation.path / "scores.parquet")
        files.append(f"{name}={path}" if name else path)
    alone = len(named) == len(folders) == 1
    resamples = beside_every_probe(folders[0].resamples) if alone else None
    scores = beside_every_probe(read_scores(files))
    known = {task.name: task.about for folder in folders for task in folder.tasks}
    about = scores["task"].map(known).fillna(REGION)
    asked = about if probe is None else about[scores["probe"] == probe]
    boards = []
    for subject in sorted(set(asked) or {REGION}, key=lambda subject: (subject != REGION, subject)):
        part = scores[about == subject]
        told = sorted(leaky & set(part["task"]))
        board = leaderboard(part, leaky=told, resamples=resamples, probe=probe)
        boards.append(board.assign(about=subject))
    return pd.concat(boards, ignore_index=True)


def _refuse_other_setting(evaluations: Sequence[Evaluation]) -> None:
    first, last = evaluations[0].manifest["setting"], evaluations[-1].manifest["setting"]
    for key in ("covered_only", "buffer_km", "pooling"):
        if first[key] != last[key]:
            raise InputError(
                f"its {key} is {last[key]}, that of {evaluations[0].path} is {first[key]}: their "
                "scores cannot be compared",
                source=evaluations[-1].path,
                hint="evaluate both with the same setting",
            )
