"""A benchmark out of plain tables: labels, and what tells where and in which units regions are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.benchmark import Benchmark
from placeprint.evaluation.samples import Places
from placeprint.evaluation.suites import load_suite, suites
from placeprint.evaluation.tasks import SCALES, Task
from placeprint.regions import Regions, areas_of_cells, cells_of_points, refuse_other_zeros
from placeprint.sources import (
    Table,
    are_h3_cells,
    centroids_of_cells,
    read_centroids,
    read_labels_table,
    read_memberships,
    read_outlines,
)
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["read_benchmark", "read_weights"]

_Locate: TypeAlias = Callable[[FloatArray, FloatArray], AnyArray]

_SCALES: Final = {"region": "grid", "point": "point"}
"""The scale of a level, where it is not told; that of units is ``county``."""


def read_benchmark(
    labels: PathLike | Sequence[PathLike],
    region_ids: pd.Index | None = None,
    *,
    regions: PathLike | None = None,
    units: PathLike | Sequence[PathLike] = (),
    levels: Sequence[str] | None = None,
    data: PathLike | None = None,
    tasks: Sequence[str] | None = None,
    classes: Sequence[str] = (),
    id_column: str | None = None,
    scale: str | None = None,
) -> Benchmark:
    r"""Read tasks and places from tables, without a recipe or an atlas.

    What a table of labels is about is found by its ids: points if it has coordinates and no
    region ids; regions if its ids are theirs; else units of the level that has them.

    Args:
        labels: Tables (Parquet, CSV or vector files) of which every column that could be a label
            becomes a task; or the name or YAML file of a suite
            (:func:`~placeprint.evaluation.suites.load_suite`), of which the tasks whose labels are
            in ``data`` are taken.
        region_ids: The regions that the embeddings are about; None: those of ``regions``, or of
            the first table of ``units``.
        regions: A file of outlines or centres of regions; not needed where ids are H3 cells.
        units: Tables that say which units (county, city, …) each region is in; see
            :func:`~placeprint.sources.read_memberships`.
        levels: Which of their columns are levels of units; None: all that could be.
        data: The folder of a suite's labels.
        tasks: Which tasks; all of them if None.
        classes: Columns of whole numbers that stand for classes.
        id_column: The column of ids of tables of labels that have it; None: that of a level of
            units if there is one of its name, else found.
        scale: The scale of the tasks, which decides their published probe; None: ``grid`` for
            regions, ``point`` for points, ``county`` for units. Suites say it themselves.

    Returns:
        The benchmark, with the baselines of position where the places are known.

    Raises:
        InputError: If a file cannot be read, there is no task of a name, or the ids of labels are
            neither regions nor units.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = path.write_text("id,rent,land\na,9.5,wood\nb,,town\nc,7,town\nd,5,wood\n")
        >>> benchmark = read_benchmark(path, pd.Index(["a", "b", "c"], name="region_id"))
        >>> [(task.name, task.kind, task.level) for task in benchmark.tasks]
        [('rent', 'regression', 'region'), ('land', 'classification', 'region')]
        >>> benchmark.places.region_ids.tolist()
        ['a', 'b', 'c', 'd']
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"no scale {scale!r}", hint=closest(scale, SCALES))
    files = _listed(units)
    members: Mapping[str, pd.Series] = read_memberships(files, levels=levels) if files else {}
    known = _known_ids(region_ids, regions, members)
    keys = [id_column] if id_column else [*members]
    every = pd.Index([*known, *(unit for units in members.values() for unit in units.unique())])
    read = [task for path in _listed(labels) for task in _tasks(path, data, keys, classes, every)]
    found = _chosen(read, tasks)
    settled = [_settled(task, known, members, scale) for task in found]
    known = _union(known, settled)
    return Benchmark.of_places(settled, _places(known, regions, members))


def read_weights(path: PathLike) -> pd.Series:
    """Read what each region counts within its unit: a table of region ids and one number each.

    Raises:
        InputError: If the file cannot be read, or has several columns of numbers.
    """
    columns = [column for column in read_labels_table(path) if column.kind == "regression"]
    if len(columns) != 1:
        raise InputError(
            f"expected one column of weights, found {listing([each.name for each in columns])}",
            source=path,
            hint="leave one column of numbers beside the ids",
        )
    weights: pd.Series = columns[0].values["value"]  # noqa: PD011 - not a frame's
    return weights


def _listed(paths: PathLike | Sequence[PathLike]) -> list[PathLike]:
    return [paths] if isinstance(paths, str | os.PathLike) else list(paths)


def _known_ids(
    given: pd.Index | None, regions: PathLike | None, members: Mapping[str, pd.Series]
) -> pd.Index:
    if regions is not None:
        given = read_centroids(regions).index
    elif members:
        given = next(iter(members.values())).index.unique()
    if given is None:
        raise InputError(
            "it is not known which regions there are",
            hint="name a file of their outlines or centres (regions), or of their units (units)",
        )
    ids: pd.Index = pd.Index(given, name="region_id").sort_values()
    return ids


def _union(known: pd.Index, tasks: Sequence[Task]) -> pd.Index:
    """The known regions and those of the labels: what only the labels know is a miss."""
    labelled = [task.known().index for task in tasks if task.level == "region"]
    for index in labelled:
        refuse_other_zeros(index.difference(known), known, "labels")
    ids: pd.Index = pd.Index(sorted(set(known).union(*labelled)), name="region_id")
    return ids


def _tasks(
    path: PathLike,
    data: PathLike | None,
    keys: Sequence[str],
    classes: Sequence[str],
    known: pd.Index,
) -> list[Task]:
    if str(path) in suites() or Path(path).suffix in (".yaml", ".yml"):
        suite = load_suite(path)
        if data is None:
            raise InputError(
                "the folder of its labels is not named",
                source=f"suite {suite.name}",
                hint="name it: --data FOLDER (data=)",
            )
        found, missing = suite.tasks(data)
        if not found:
            raise InputError(
                f"none of its labels is in {data}",
                source=f"suite {suite.name}",
                hint="; ".join(task.describe() for task in missing),
            )
        return found
    names = Table.open(path).columns
    coded = [name for name in classes if name in names]
    key = next((key for key in keys if key in names and "region_id" not in names), None)
    return [
        Task(
            column.name,
            "point" if column.at_points else "",
            "",
            column.values,
            kind=column.kind,
            source=Path(path).name,
        )
        for column in read_labels_table(path, id_column=key, classes=coded, known=known)
    ]


def _chosen(tasks: list[Task], names: Sequence[str] | None) -> list[Task]:
    known = {task.name: task for task in tasks}
    for task in tasks:
        if known[task.name] is not task:
            raise InputError(
                f"two files have labels {task.name!r}: {task.source} and {known[task.name].source}",
                hint="rename the column in one of them",
            )
    for name in names or ():
        if name not in known:
            raise InputError(f"no task {name!r}", hint=closest(name, known))
    return tasks if names is None else [known[name] for name in names]


def _settled(
    task: Task, known: pd.Index, members: Mapping[str, pd.Series], scale: str | None
) -> Task:
    """A task whose level and scale are told: by itself, or by what its ids are."""
    level = task.level
    if level not in ("region", "point", *members):
        shares = {"region": task.known().index.isin(known).mean()}
        for name, units in members.items():
            shares[name] = task.known().index.isin(units).mean()
        level = max(shares, key=lambda each: shares[each])
        if not shares[level]:
            theirs = {name: listing(units.unique(), 3) for name, units in members.items()}
            raise InputError(
                f"its ids ({listing(task.known().index, 3)}) are neither regions "
                f"({listing(known, 3)}) nor units ({theirs or 'of which none are known'})",
                source=f"task {task.name}",
                hint="name the table that says which units the regions are in (--units)",
            )
    return replace(task, level=level, scale=task.scale or scale or _SCALES.get(level, "county"))


def _places(known: pd.Index, regions: PathLike | None, members: Mapping[str, pd.Series]) -> Places:
    if regions is not None:
        outlines = read_outlines(regions)
        if outlines is None:
            return Places.from_centroids(read_centroids(regions).reindex(known), members)
        centroids = outlines.centroids().reindex(known)
        places = Places.from_centroids(centroids, members, _in_outlines(outlines))
        return replace(places, areas=outlines.areas_km2)
    if are_h3_cells(known):
        places = Places.from_centroids(centroids_of_cells(known), members, _in_cells(known))
        return replace(places, areas=lambda: areas_of_cells(known))
    return Places.from_ids(known, members)


def _in_outlines(outlines: Regions) -> _Locate:
    ids = outlines.ids.to_numpy(dtype=object)

    def locate(lon: FloatArray, lat: FloatArray) -> AnyArray:
        positions = outlines.locate(lon, lat)
        found: AnyArray = ids[positions]
        found[positions < 0] = None
        return found

    return locate


def _in_cells(cells: pd.Index) -> _Locate:
    resolution = (int(cells[0], 16) >> 52) & 15  # bits 52 to 55 of an H3 index

    def locate(lon: FloatArray, lat: FloatArray) -> AnyArray:
        points = cells_of_points(lon, lat, resolution).tolist()
        found: AnyArray = np.array([f"{cell:x}" for cell in points], dtype=object)
        found[~pd.Index(found).isin(cells)] = None
        return found

    return locate
