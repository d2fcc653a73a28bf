"""Labels: what is known about some regions, units or points, and is to be predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions, as_ids
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_ids, match_points
from placeprint.sources.tables import read_rows
from placeprint.typing import PathLike

__all__ = ["read_point_labels", "read_region_labels", "read_unit_labels"]


def _values(values: pd.Series, source: PathLike, *, classes: bool) -> pd.Series:
    """Numbers, or the names of classes as strings; missing values stay missing."""
    if not classes:
        return _numbers(values, source)
    known = values.dropna()
    return as_ids(known, source).reindex(values.index)


def _numbers(values: pd.Series, source: PathLike) -> pd.Series:
    if len(values) and not pd.api.types.is_numeric_dtype(values):
        raise InputError(
            f"column {values.name!r} holds {values.dropna().head(1).tolist()}, expected numbers",
            source=source,
        )
    numbers = values.astype(np.float64)
    infinite = np.isinf(numbers)
    if infinite.any():
        raise InputError(f"column {values.name!r} holds infinite values", source=source)
    return numbers


def _known(
    table: pd.DataFrame, coverage: Coverage, source: PathLike, key: list[str]
) -> pd.DataFrame:
    known = table["value"].notna()
    coverage.drop("without a value", int((~known).sum()))
    table = table[known]
    if table.empty:
        raise InputError("no label is left for the study area", source=source)
    if key != ["lon", "lat"] and table[key[0]].duplicated().any():
        twice = table.loc[table[key[0]].duplicated(), key[0]].iloc[0]
        raise InputError(f"{key[0]} {twice!r} has more than one label", source=source)
    return table.sort_values(key, ignore_index=True, kind="stable")


def read_region_labels(
    path: PathLike, regions: Regions, *, region: str, column: str, classes: bool = False
) -> tuple[pd.DataFrame, Coverage]:
    """Read one value per region: columns region_id, value; and the coverage.

    Args:
        path: A Parquet or CSV file, one row per region.
        regions: The regions of the study area.
        region: Column of the region id.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.

    Raises:
        InputError: If a column is missing, an id is unknown, or a region occurs twice.
    """
    rows = read_rows(path, [region, column], text=[region, *([column] if classes else [])])
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ids, inside = match_ids(rows[region], regions, coverage, path)
    values = _values(rows[column], path, classes=classes)
    table = pd.DataFrame({"region_id": ids, "value": values})[inside]
    table = _known(table, coverage, path, ["region_id"])
    return table, coverage.finish(matched=len(table), regions=len(table))


def read_unit_labels(
    path: PathLike,
    units: pd.DataFrame,
    regions: Regions,
    *,
    unit: str,
    column: str,
    classes: bool = False,
) -> tuple[pd.DataFrame, Coverage]:
    """Read one value per unit above regions: columns unit_id, value; and the coverage.

    Args:
        path: A Parquet or CSV file, one row per unit.
        units: Columns region_id, unit_id of the level.
        regions: The regions of the study area.
        unit: Column of the unit id.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.

    Raises:
        InputError: If a column is missing, no unit matches, or a unit occurs twice.
    """
    rows = read_rows(path, [unit, column], text=[unit, *([column] if classes else [])])
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ids = as_ids(rows[unit], path)
    inside = ids.isin(units["unit_id"])
    coverage.drop("outside the study area", int((~inside).sum()))
    values = _values(rows[column], path, classes=classes)
    table = pd.DataFrame({"unit_id": ids, "value": values})[inside]
    table = _known(table, coverage, path, ["unit_id"])
    reached = units["unit_id"].isin(table["unit_id"]).sum()
    return table, coverage.finish(matched=len(table), regions=reached)


def read_point_labels(
    path: PathLike,
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
        path: A Parquet or CSV file, one row per point.
        regions: The regions of the study area.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.

    Raises:
        InputError: If a column is missing, a coordinate is impossible, or no point lies in a
            region.
    """
    rows = read_rows(path, [lon, lat, column], text=[column] if classes else [])
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    longitudes, latitudes = rows[lon].to_numpy(float), rows[lat].to_numpy(float)
    positions = match_points(longitudes, latitudes, regions, coverage, path)
    table = pd.DataFrame({"lon": longitudes, "lat": latitudes})
    table["value"] = _values(rows[column], path, classes=classes)
    table = _known(table[positions >= 0], coverage, path, ["lon", "lat"])
    reached = len(np.unique(positions[positions >= 0]))
    return table, coverage.finish(matched=len(table), regions=reached)
