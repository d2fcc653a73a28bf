"""An atlas as a benchmark: its labels as tasks, its regions, units and entities as places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from placeprint.errors import InputError, closest
from placeprint.evaluation.entities import entity_task
from placeprint.evaluation.samples import Places
from placeprint.evaluation.tasks import REGION, Task

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["atlas_places", "atlas_tasks"]


def atlas_tasks(atlas: Atlas, names: Sequence[str] | None = None) -> list[Task]:
    """The labels of an atlas as tasks.

    Of classes of entities, those that are too rare to be split are left out, which the description
    of the task says (:func:`~placeprint.evaluation.entities.entity_task`).

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
    of_entities = about["level"] in atlas.entity_names and about["level"] not in atlas.unit_levels
    task = Task(
        name,
        level=about["level"],
        scale=about["scale"],
        values=atlas.labels(name),
        unit=about["unit"],
        transform=about["transform"],
        leaks=tuple(about["leaks"]),
        description=about["description"],
        kind=about.get("kind", "regression"),
        about=about["level"] if of_entities else REGION,
        title=atlas.title(f"labels/{name}"),
    )
    return entity_task(task) if of_entities else task


def atlas_places(atlas: Atlas) -> Places:
    """The regions, units and blocks of an atlas, as far as it is known where regions are."""
    units = {level: atlas.units(level) for level in atlas.unit_levels}
    regions = atlas.regions
    if not regions.has_coordinates:
        return Places.from_ids(atlas.region_ids, units)
    if not regions.has_outlines:
        return Places.from_centroids(regions.centroids(), units)
    places = Places.from_centroids(regions.centroids(), units, atlas.locate)
    return replace(places, areas=regions.areas_km2)
