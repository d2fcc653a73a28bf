"""Flows of people between regions: origin, destination, weight."""

from __future__ import annotations

import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_ids
from placeprint.sources.tables import Where, check_numbers, read_rows
from placeprint.typing import PathLike

__all__ = ["read_flows", "snapshot_names"]


def read_flows(
    path: PathLike,
    regions: Regions,
    *,
    origin: str = "origin",
    destination: str = "destination",
    weight: str = "weight",
    time: str | None = None,
    where: Where | None = None,
) -> tuple[pd.DataFrame, Coverage]:
    """Read directed flows between regions.

    Args:
        path: A Parquet or CSV file, one row per pair (repeated pairs are added up).
        regions: The regions of the study area.
        origin: Column of the region that a flow starts from.
        destination: Column of the region that it goes to.
        weight: Column of its size: people, trips, …; not negative.
        time: Column that tells the snapshots of the graph apart: a month, a year, an hour of
            the day; None if there are none.
        where: Conditions on rows, such as the kind of flow.

    Returns:
        Columns source, target, weight and, with snapshots, time (ordered categories of strings,
        see :func:`snapshot_names`), one row per pair and snapshot, sorted by snapshot, source
        and target; and the coverage.

    Raises:
        InputError: If a column is missing, a weight is missing or negative, an id is unknown,
            or no flow is left.
    """
    snapshots = [time] if time else []
    rows = read_rows(
        path, [origin, destination, weight, *snapshots], where, text=[origin, destination]
    )
    check_numbers(rows, [weight], path, minimum=0)
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ends = Coverage(rows=len(rows), of_regions=len(regions))
    sources, from_inside = match_ids(rows[origin], regions, ends, path)
    targets, to_inside = match_ids(rows[destination], regions, ends, path)
    kept = from_inside & to_inside
    coverage.drop("with an end outside the study area", int((~kept).sum()))
    moving = rows[weight] > 0
    coverage.drop("with weight zero", int((kept & ~moving).sum()))
    kept &= moving
    edges = pd.DataFrame({"source": sources, "target": targets, "weight": rows[weight]})
    if time is not None:
        known = rows[time].notna()
        coverage.drop("without a time", int((kept & ~known).sum()))
        kept &= known
        edges["time"] = snapshot_names(rows[time].where(kept))
    edges = edges[kept]
    if edges.empty:
        raise InputError("no flow between two regions of the study area is left", source=path)
    matched = len(edges)
    keys = [*(["time"] if time else []), "source", "target"]
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
