"""Flows of people between regions: origin, destination, weight."""

from __future__ import annotations

import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_ids
from placeprint.sources.tables import Where, check_numbers, read_rows
from placeprint.typing import PathLike

__all__ = ["read_flows"]


def read_flows(
    path: PathLike,
    regions: Regions,
    *,
    origin: str = "origin",
    destination: str = "destination",
    weight: str = "weight",
    where: Where | None = None,
) -> tuple[pd.DataFrame, Coverage]:
    """Read directed flows between regions.

    Args:
        path: A Parquet or CSV file, one row per pair (repeated pairs are added up).
        regions: The regions of the study area.
        origin: Column of the region that a flow starts from.
        destination: Column of the region that it goes to.
        weight: Column of its size: people, trips, …; not negative.
        where: Conditions on rows, such as the kind of flow.

    Returns:
        Columns source, target, weight (sorted by source, target), and the coverage.

    Raises:
        InputError: If a column is missing, a weight is missing or negative, an id is unknown,
            or no flow is left.
    """
    rows = read_rows(path, [origin, destination, weight], where, text=[origin, destination])
    check_numbers(rows, [weight], path, minimum=0)
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ends = Coverage(rows=len(rows), of_regions=len(regions))
    sources, from_inside = match_ids(rows[origin], regions, ends, path)
    targets, to_inside = match_ids(rows[destination], regions, ends, path)
    inside = from_inside & to_inside
    coverage.drop("with an end outside the study area", int((~inside).sum()))
    moving = rows[weight] > 0
    coverage.drop("with weight zero", int((inside & ~moving).sum()))
    edges = pd.DataFrame({"source": sources, "target": targets, "weight": rows[weight]})
    edges = edges[inside & moving]
    if edges.empty:
        raise InputError("no flow between two regions of the study area is left", source=path)
    matched = len(edges)
    edges = edges.astype({"weight": float}).groupby(["source", "target"]).sum().reset_index()
    touched = pd.concat([edges["source"], edges["target"]]).nunique()
    return edges, coverage.finish(matched=matched, regions=touched)
