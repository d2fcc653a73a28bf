"""Points of interest: a name, a category, a coordinate."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_points
from placeprint.sources.tables import Where, read_rows
from placeprint.typing import PathLike

__all__ = ["read_points"]


def read_points(
    path: PathLike,
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
        path: A Parquet or CSV file, one row per point.
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
    categories = [category] if isinstance(category, str) else list(category)
    names = [name] if name else []
    rows = read_rows(path, [*names, *categories, lon, lat], where)
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    if rows.empty:
        raise InputError("it holds no points", source=path)
    positions = match_points(
        rows[lon].to_numpy(float), rows[lat].to_numpy(float), regions, coverage, path
    )
    inside = positions >= 0
    rows = rows[inside]
    points = pd.DataFrame(
        {
            "region_id": regions.ids.to_numpy()[positions[inside]],
            "name": _joined(rows, names),
            "category": _joined(rows, categories),
            "lon": rows[lon].to_numpy(float),
            "lat": rows[lat].to_numpy(float),
        }
    )
    return points, coverage.finish(matched=len(points), regions=points["region_id"].nunique())


def _joined(rows: pd.DataFrame, columns: list[str]) -> list[str]:
    parts = [rows[column].fillna("").astype(str).str.strip() for column in columns]
    if not parts:
        return [""] * len(rows)
    return [" ".join(filter(None, values)) for values in zip(*parts, strict=True)]
