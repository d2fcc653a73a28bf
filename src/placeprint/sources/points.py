"""Points: places of interest with a name and a category, and labels at points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.ids import Coverage, match_points
from placeprint.sources.region_tables import known_labels, label_values
from placeprint.sources.table import Table, Where
from placeprint.typing import PathLike

__all__ = ["read_point_labels", "read_points"]


def read_points(
    source: PathLike | Table,
    regions: Regions,
    *,
    category: str | Sequence[str] = "category",
    name: str | None = "name",
    lon: str = "lon",
    lat: str = "lat",
    where: Where | None = None,
) -> tuple[pd.DataFrame, Coverage]:
    """Read points of interest and find the region of each.

    Args:
        source: A table, one row per point: with columns of degrees, or with geometries.
        regions: The regions of the study area.
        category: Column of the category, or several columns that are joined by a space.
        name: Column of the name; None if there is none.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.
        where: Conditions on rows.

    Returns:
        Columns region_id, name, category (missing values are empty strings), lon, lat; and the
        coverage.

    Raises:
        InputError: If a column is missing, a coordinate is impossible, or no point lies in a
            region.
    """
    table = Table.of(source)
    categories = [category] if isinstance(category, str) else list(category)
    names = [name] if name else []
    texts = [*names, *categories]
    rows = table.lonlat(lon, lat, texts, where=where, as_text=texts)
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    if rows.empty:
        raise InputError("it holds no points", source=table.path)
    places = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
    positions = match_points(*places, regions, coverage, table.path)
    inside = positions >= 0
    rows = rows[inside]
    points = pd.DataFrame(
        {
            "region_id": regions.ids.to_numpy()[positions[inside]],
            "name": _joined(rows, names),
            "category": _joined(rows, categories),
            "lon": places[0][inside],
            "lat": places[1][inside],
        }
    )
    return points, coverage.finish(matched=len(points), regions=points["region_id"].nunique())


def _joined(rows: pd.DataFrame, columns: list[str]) -> list[str]:
    parts = [rows[column].fillna("") for column in columns]
    if not parts:
        return [""] * len(rows)
    return [" ".join(filter(None, values)) for values in zip(*parts, strict=True)]


def read_point_labels(
    source: PathLike | Table,
    regions: Regions,
    *,
    lon: str,
    lat: str,
    column: str,
    classes: bool = False,
) -> tuple[pd.DataFrame, Coverage]:
    """Read values at points: columns lon, lat, value; and the coverage.

    Points outside of all regions are dropped and counted.

    Args:
        source: A table, one row per point.
        regions: The regions of the study area.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.

    Raises:
        InputError: If a column is missing, a coordinate is impossible, or no point lies in a
            region.
    """
    table = Table.of(source)
    rows = table.lonlat(lon, lat, [column], as_text=[column] if classes else [])
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    places = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
    positions = match_points(*places, regions, coverage, table.path)
    inside = positions >= 0
    labels = rows.loc[inside, ["lon", "lat"]]
    labels["value"] = label_values(table, rows.loc[inside, column], classes=classes)
    labels = known_labels(labels, coverage, table.path, ["lon", "lat"])
    reached = len(np.unique(positions[inside]))
    return labels, coverage.finish(matched=len(labels), regions=reached)
