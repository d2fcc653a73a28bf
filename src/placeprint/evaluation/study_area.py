"""Evaluation of vectors on an atlas: its labels as tasks, its units as blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.evaluation.samples import Places
from placeprint.evaluation.scoring import score
from placeprint.evaluation.splits import Splitter
from placeprint.evaluation.tasks import Task

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["atlas_places", "atlas_tasks", "evaluate_atlas"]


def atlas_tasks(atlas: Atlas, names: Sequence[str] | None = None) -> list[Task]:
    """The labels of an atlas as tasks.

    Args:
        atlas: The study area.
        names: Which labels; all of them if None.

    Raises:
        InputError: If a label is unknown, or there is none at all.
    """
    for name in names or ():
        if name not in atlas.label_names:
            raise InputError(
                f"no labels {name!r}",
                source=f"atlas {atlas.name}",
                hint=closest(name, atlas.label_names),
            )
    chosen = atlas.label_names if names is None else list(names)
    if not chosen:
        raise InputError(
            "there are no labels to evaluate on",
            source=f"atlas {atlas.name}",
            hint="add a `labels` entry to its recipe and build it again",
        )
    return [_task(atlas, name) for name in chosen]


def _task(atlas: Atlas, name: str) -> Task:
    about = atlas.label_metadata(name)
    return Task(
        name,
        level=about["level"],
        scale=about["scale"],
        values=atlas.labels(name),
        unit=about["unit"],
        transform=about["transform"],
        leaks=tuple(about["leaks"]),
        description=about["description"],
    )


def atlas_places(atlas: Atlas) -> Places:
    """The regions, units and blocks of an atlas."""
    units = {level: atlas.units(level) for level in atlas.unit_levels}
    return Places.from_centroids(atlas.regions.centroids(), units, atlas.locate)


def evaluate_atlas(
    atlas: Atlas,
    models: Mapping[str, pd.DataFrame],
    *,
    tasks: Sequence[str] | None = None,
    splits: Sequence[str] | Mapping[str, Splitter] = ("random", "block"),
    probes: Sequence[str] = ("ridge", "published"),
    seeds: int = 10,
    workers: int | None = None,
) -> pd.DataFrame:
    """Score models on the labels of an atlas.

    Args:
        atlas: The study area; anything with the reading side of an
            :class:`~placeprint.atlas.Atlas` will do.
        models: The vectors of each model, indexed by region id.
        tasks: Which labels; all of them if None.
        splits: See :func:`~placeprint.evaluation.scoring.score`.
        probes: See there.
        seeds: See there.
        workers: See there.

    Returns:
        The table of scores; see there.

    Raises:
        InputError: If a label, split or probe is unknown, or a model cannot be used.
    """
    return score(
        models,
        atlas_tasks(atlas, tasks),
        atlas_places(atlas),
        splits=splits,
        probes=probes,
        seeds=seeds,
        workers=workers,
    )
