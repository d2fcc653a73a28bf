"""Entities as places: buildings and points of interest with labels and vectors of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from placeprint.errors import InputError
from placeprint.evaluation.blocks import cell_blocks
from placeprint.evaluation.samples import Places
from placeprint.evaluation.splits.stratified import MIN_MEMBERS
from placeprint.evaluation.tasks import REGION, Task
from placeprint.files import parquet_columns, read_parquet

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["described_kinds", "entity_places", "entity_table", "entity_task"]

_REGION_ID: Final = "region_id"
_DESCRIBED: Final = {"region_id", "category", "lon", "lat"}
"""The columns that every table of POIs or buildings has; ways and images lack some."""

_SHOWN: Final = 12


def entity_task(task: Task) -> Task:
    """A task about entities as it is scored: without classes that are too rare to be split.

    Where people tag as they like, there is always a class of one. Those with fewer than four
    members could not be trained on, chosen by and tested; the description names them.

    Args:
        task: The task as labelled.

    Raises:
        InputError: If fewer than two classes are left.

    Example:
        >>> values = pd.DataFrame({"value": ["house"] * 4 + ["school"] * 4 + ["castle"]})
        >>> task = Task("f", "buildings", "grid", values, kind="classification")
        >>> print(entity_task(task).description)
        Left out, with fewer than 4 members: castle (1).
    """
    if task.kind != "classification":
        return task
    counts = task.known()["value"].astype(str).value_counts()
    rare = counts[counts < MIN_MEMBERS]
    if rare.empty:
        return task
    if len(counts) - len(rare) < 2:
        raise InputError(
            f"only {len(counts) - len(rare)} of its {len(counts)} classes have {MIN_MEMBERS} "
            "members or more, expected two",
            source=f"task {task.name}",
            hint="join rare classes, or label more entities",
        )
    named = sorted(rare.items(), key=lambda item: (-item[1], str(item[0])))
    listed = ", ".join(f"{name} ({count})" for name, count in named[:_SHOWN])
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    note = f"Left out, with fewer than {MIN_MEMBERS} members: {listed}{more}."
    table = task.values  # noqa: PD011
    kept = table[~table["value"].astype(str).isin(rare.index)]
    return replace(task, values=kept, description=f"{task.description} {note}".strip())


def described_kinds(atlas: Atlas) -> list[str]:
    """The kinds of entities that have a category and a place: POIs and buildings, not images."""
    return [
        kind
        for kind in atlas.entity_names
        if set(parquet_columns(atlas.path / "entities" / f"{kind}.parquet")) >= _DESCRIBED
    ]


def entity_table(atlas: Atlas, kind: str) -> pd.DataFrame:
    """What is said of the entities of a kind, without their outlines.

    Args:
        atlas: The study area.
        kind: One of :func:`described_kinds`.

    Returns:
        Columns region_id, lon, lat (degrees), category and text, indexed by id. Where the table
        has no ids, as of plain points, they are ``row/0``, ``row/1``, …; where it has no text, it
        is the name and the category.
    """
    path = atlas.path / "entities" / f"{kind}.parquet"
    names = parquet_columns(path)
    ids = [name for name in names if name.endswith("_id") and name not in (_REGION_ID, "way_id")]
    wanted = {*ids[:1], *_DESCRIBED, "text", "name"}
    table: pd.DataFrame = read_parquet(path, [name for name in names if name in wanted]).to_pandas()
    if "text" not in table:
        name = table["name"].fillna("") + " " if "name" in table else ""
        table["text"] = (name + table["category"].fillna("")).str.strip()
    index = table[ids[0]] if ids else "row/" + pd.Series(range(len(table))).astype(str)
    table.index = pd.Index(index.astype(str), dtype=object, name=ids[0] if ids else f"{kind}_id")
    return table[["region_id", "lon", "lat", "category", "text"]].sort_index()


def entity_places(atlas: Atlas, kind: str) -> Places:
    """The labelled entities of a kind as places, each with a vector of its own.

    Their blocks are H3 cells of their positions (:func:`~placeprint.evaluation.blocks.cell_blocks`)
    over all that any task of the atlas has labels of, so that they do not depend on the tasks that
    are asked for.

    Args:
        atlas: The study area.
        kind: The kind of entities.

    Raises:
        InputError: If the entities have no places.
    """
    if kind not in described_kinds(atlas):
        raise InputError(
            f"there are labels of {kind!r}, but no places of them (columns lon, lat, category)",
            source=atlas.path,
            hint="build the atlas again with these entities",
        )
    table = entity_table(atlas, kind)
    labelled = [
        atlas.labels(name).index.astype(str)
        for name in atlas.label_names
        if atlas.label_metadata(name)["level"] == kind
    ]
    table = table[table.index.isin(set().union(*labelled))]
    centroids = table[["lon", "lat"]].astype(float)
    blocks = cell_blocks(centroids["lon"].to_numpy(), centroids["lat"].to_numpy())
    units = {REGION: table["region_id"]}
    return Places(table.index, blocks, units, centroids=centroids, about=kind)
