"""Flows of people between regions: lists of origin, destination, weight, and wide matrices."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.regions import Regions
from placeprint.sources.ids import Coverage, match_ids
from placeprint.sources.table import Table, Where
from placeprint.typing import PathLike

__all__ = ["read_flows", "read_matrix", "snapshot_names"]


def read_flows(
    source: PathLike | Table,
    regions: Regions,
    *,
    origin: str = "origin",
    destination: str = "destination",
    weight: str | None = "weight",
    time: str | None = None,
    where: Where | None = None,
    self_loops: str = "keep",
    unknown: str = "refuse",
) -> tuple[pd.DataFrame, Coverage]:
    """Read directed flows between regions.

    Args:
        source: A table, one row per pair (repeated pairs are added up).
        regions: The regions of the study area.
        origin: Column of the region that a flow starts from.
        destination: Column of the region that it goes to.
        weight: Column of its size: people, trips, …; not negative. None: each row counts one.
        time: Column that tells the snapshots of the graph apart: a month, a year, an hour of
            the day; None if there are none.
        where: Conditions on rows, such as the kind of flow.
        self_loops: Whether flows from a region to itself are to ``keep`` or to ``drop``.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Returns:
        Columns source, target, weight and, with snapshots, time (ordered categories of strings,
        see :func:`snapshot_names`), one row per pair and snapshot, sorted by snapshot, source
        and target; and the coverage.

    Raises:
        InputError: If a column is missing, a weight is missing or negative, an id is unknown,
            or no flow is left.
    """
    table = Table.of(source)
    more = [name for name in (weight, time) if name]
    rows = table.read([origin, destination, *more], where, as_text=[origin, destination])
    edges = rows[[origin, destination]].set_axis(["source", "target"], axis=1)
    edges["weight"] = table.numbers(rows[weight], minimum=0) if weight else 1.0
    if time is not None:
        edges["time"] = table.inferred(rows[time])
    names = (origin, destination)
    return _between(edges, regions, table, names, self_loops=self_loops, unknown=unknown)


def read_matrix(
    source: PathLike | Table,
    regions: Regions,
    *,
    origin: str,
    destinations: Sequence[str] = ("*",),
    self_loops: str = "keep",
    unknown: str = "refuse",
) -> tuple[pd.DataFrame, Coverage]:
    """Read a wide origin–destination table: a row for each origin, a column for each destination.

    Args:
        source: A table whose names of columns are the ids of destinations.
        regions: The regions of the study area.
        origin: Column of the region that flows start from.
        destinations: Names, or patterns such as ``zone_*``, of the columns of destinations; ids
            are found in them as :func:`~placeprint.sources.ids.match_ids` does.
        self_loops: As of :func:`read_flows`.
        unknown: As of :func:`read_flows`.

    Returns:
        See :func:`read_flows`; empty cells are no flow.

    Raises:
        InputError: See :func:`read_flows`.
    """
    table = Table.of(source)
    columns = [name for name in matching(table, destinations) if name != origin]
    rows = table.read([origin, *columns], as_text=[origin])
    wide = pd.DataFrame({name: table.numbers(rows[name], minimum=0) for name in columns})
    count = len(columns)
    edges = pd.DataFrame(
        {
            "source": np.repeat(rows[origin].to_numpy(object), count),
            "target": np.tile(np.array(columns, dtype=object), len(rows)),
            "weight": wide.to_numpy().ravel(),
        },
        index=np.repeat(rows.index.to_numpy(), count),
    )
    edges["weight"] = edges["weight"].fillna(0.0)
    names = (origin, "header")
    return _between(edges, regions, table, names, self_loops=self_loops, unknown=unknown)


def matching(table: Table, patterns: Sequence[str]) -> list[str]:
    """The columns that names or patterns such as ``male_*`` mean, in the order of the file.

    Raises:
        InputError: If a pattern matches no column.
    """
    names = table.columns
    for pattern in patterns:
        if not any(name == pattern or fnmatchcase(name, pattern) for name in names):
            raise InputError(
                f"no column matches {pattern!r}", source=table.path, hint=closest(pattern, names)
            )
    return [n for n in names if any(n == one or fnmatchcase(n, one) for one in patterns)]


def _between(
    edges: pd.DataFrame,
    regions: Regions,
    table: Table,
    names: tuple[str, str],
    *,
    self_loops: str,
    unknown: str,
) -> tuple[pd.DataFrame, Coverage]:
    """Edges between two regions of the study area, one row per pair and snapshot."""
    coverage = Coverage(rows=len(edges), of_regions=len(regions), notes=table.notes)
    ends = Coverage(rows=len(edges), of_regions=len(regions), notes=coverage.notes)
    missing = edges["weight"].isna()
    if missing.any():
        raise InputError(
            f"{int(missing.sum())} weights are missing, the first in row "
            f"{int(edges.index[missing][0]) + 1}",
            source=table.path,
            hint="fill them in, or drop these rows",
        )
    kept = pd.Series(data=True, index=edges.index)
    for end, name in zip(("source", "target"), names, strict=True):
        ids, inside = match_ids(edges[end].rename(name), regions, ends, table.path, unknown=unknown)
        edges[end] = ids
        kept &= inside
    coverage.drop("with an end outside the study area", int((~kept).sum()))
    moving = edges["weight"] > 0
    coverage.drop("with weight zero", int((kept & ~moving).sum()))
    kept &= moving
    if self_loops == "drop":
        loops = edges["source"] == edges["target"]
        coverage.drop("from a region to itself", int((kept & loops).sum()))
        kept &= ~loops
    keys = ["source", "target"]
    if "time" in edges:
        known = edges["time"].notna()
        coverage.drop("without a time", int((kept & ~known).sum()))
        kept &= known
        edges["time"] = snapshot_names(edges["time"].where(kept))
        keys = ["time", *keys]
    edges = edges[kept]
    if edges.empty:
        raise InputError("no flow between two regions of the study area is left", source=table.path)
    matched = len(edges)
    edges = edges.astype({"weight": float}).groupby(keys, observed=True).sum().reset_index()
    edges = edges[["source", "target", "weight", *keys[:-2]]]
    touched = pd.concat([edges["source"], edges["target"]]).nunique()
    return edges, coverage.finish(matched=matched, regions=touched)


def snapshot_names(times: pd.Series) -> pd.Series:
    """Times as strings that keep their order: numbers as numbers, dates as dates.

    Args:
        times: What the column holds; may be missing.

    Returns:
        Ordered categories. Whole numbers stored as floats lose their ``.0``, and instants at
        midnight the hour.

    Example:
        >>> snapshot_names(pd.Series([10.0, 2.0, None])).cat.categories.tolist()
        ['2', '10']
    """
    if times.dtype == object:
        times = times.astype(str).where(times.notna())
    distinct = times.dropna().drop_duplicates().sort_values()
    if pd.api.types.is_float_dtype(distinct) and (distinct % 1 == 0).all():
        distinct = distinct.astype("int64")
    if pd.api.types.is_datetime64_any_dtype(distinct):
        names = [instant.isoformat().removesuffix("T00:00:00") for instant in distinct]
    else:
        names = distinct.astype(str).tolist()
    codes = pd.Index(distinct).get_indexer(times)
    named = pd.Categorical.from_codes(codes, pd.Index(names), ordered=True)
    return pd.Series(named, index=times.index)
