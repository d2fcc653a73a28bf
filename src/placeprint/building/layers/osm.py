"""Layers of OpenStreetMap extracts, each of which is read once: entities and densities of roads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from placeprint.building.extracts import ExtractSpec
from placeprint.building.layer import BuildContext
from placeprint.building.layers.labels import LabelTask, tag_values, typed
from placeprint.errors import InputError
from placeprint.regions.roads import road_densities
from placeprint.sources import Coverage
from placeprint.sources.osm import informative_text

__all__ = ["OSMEntities", "RoadFeatures"]


class OSMEntities(ExtractSpec):
    """Points of interest, buildings or roads of an OpenStreetMap extract."""

    section: ClassVar[str] = "entities"
    has_text: ClassVar[bool] = True
    kind: Literal["osm_pois", "osm_buildings", "osm_ways"]

    @property
    def has_tags(self) -> bool:  # type: ignore[override]
        """Whether labels can be made of its tags: roads keep none."""
        return self.kind != "osm_ways"

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """What may be read beside labels that are tags."""
        tasks = _tasks_about(context, name)
        return {"reads": [{"column": task.column, "only": task.readable()} for task in tasks]}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the objects, find their regions, and hide what tells their labels."""
        table, coverage = self.placed(context, self.kind)
        table = hide_labels(table, _tasks_about(context, name))
        return table, coverage, self.account(context)


class RoadFeatures(ExtractSpec):
    """Road length and intersections per km², from an OpenStreetMap extract."""

    section: ClassVar[str] = "features"
    kind: Literal["roads"]

    def read(self, context: BuildContext, name: str) -> Any:
        """Measure the roads of each region that the extract shows."""
        inside = self.shown(context)
        lines = self.extract(context).ways["geometry"].to_numpy()
        if not len(lines):
            raise InputError("it has no roads", source=context.data / self.file)
        # What lies beyond the extract is not known to be without roads.
        vectors = road_densities(context.regions, lines)[inside]
        coverage = Coverage(rows=len(inside), of_regions=len(inside))
        coverage.drop("regions beyond the edge of the extract", int(np.sum(~inside)))
        coverage.finish(matched=len(vectors), regions=len(vectors))
        return vectors, coverage, self.account(context)


def _tasks_about(context: BuildContext, name: str) -> list[LabelTask]:
    """The tasks whose labels are tags of these entities."""
    tables = [table for table in context.recipe.labels if table.entities == name]
    return [task for table in tables for task in table.tasks.values()]


def hide_labels(table: pd.DataFrame, tasks: Iterable[LabelTask]) -> pd.DataFrame:
    """Take the labels of tasks out of what models read of entities.

    Of every object whose tag ``column`` holds a type, ``text``, ``category`` and ``name`` show
    only what is :meth:`~placeprint.building.layers.labels.LabelTask.readable`; whether its type is
    among the classes of the task or not, so that nothing tells labelled objects from others of a
    type. ``tags`` keeps everything: labels come from there.

    Args:
        table: Entities of OpenStreetMap: name, category, text, tags.
        tasks: The tasks whose labels are tags of these entities.

    Returns:
        A table of the same rows.

    Example:
        >>> table = pd.DataFrame({
        ...     "name": ["Folio", ""],
        ...     "category": ["shop=books", "shop=books"],
        ...     "text": ["shop=books, building=retail, name=Folio", "shop=books"],
        ...     "tags": ['{"building": "retail", "name": "Folio", "shop": "books"}',
        ...              '{"building": "yes", "shop": "books"}'],
        ... })
        >>> task = LabelTask(column="building", kind="classification")
        >>> hide_labels(table, [task])[["name", "category", "text"]].values.tolist()
        [['', '', ''], ['', 'shop=books', 'shop=books']]
    """
    table = table.copy()
    masks = [(typed(tag_values(table["tags"], task.column)), task) for task in tasks]
    if not masks:
        return table
    together = np.column_stack([mask for mask, _ in masks])
    for pattern in np.unique(together[together.any(axis=1)], axis=0):
        rows = np.flatnonzero((together == pattern).all(axis=1))
        applying = [task for applies, (_, task) in zip(pattern, masks, strict=True) if applies]
        only = frozenset.intersection(*(frozenset(task.readable()) for task in applying))
        text, category = informative_text(table["tags"].iloc[rows], only)
        table.loc[table.index[rows], ["text", "category"]] = np.column_stack([text, category])
        if "name" not in only:
            table.loc[table.index[rows], "name"] = ""
    return table
