"""Tables with one row per region: histograms, counts, shares, and the units regions belong to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, as_ids
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_ids
from placeprint.sources.tables import check_numbers, match_columns, read_rows
from placeprint.typing import PathLike

__all__ = ["read_region_table", "read_units"]


def _one_row_each(ids: pd.Series, source: PathLike) -> None:
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"regions occur more than once: {listing(twice, limit=5)}",
            source=source,
            hint="keep one row per region",
        )


def read_region_table(
    path: PathLike,
    regions: Regions,
    *,
    region: str = "region_id",
    columns: Sequence[str] = ("*",),
) -> tuple[pd.DataFrame, Coverage]:
    """Read numbers about regions, such as a histogram of ages.

    Args:
        path: A Parquet or CSV file, one row per region.
        regions: The regions of the study area.
        region: Column of the region id.
        columns: Names or patterns (``male_*``) of the columns to read.

    Returns:
        float64 table, index ``region_id``; a region without a row, or whose values are all
        missing, is absent; and the coverage.

    Raises:
        InputError: If a column is missing or not numeric, a value is infinite or partly missing,
            a region occurs twice, or no region matches.
    """
    names = [name for name in match_columns(path, columns) if name != region]
    rows = read_rows(path, [region, *names], text=[region])
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ids, inside = match_ids(rows[region], regions, coverage, path)
    _one_row_each(ids[inside], path)
    empty = rows[names].isna().all(axis=1)
    coverage.drop("without values", int((inside & empty).sum()))
    kept = inside & ~empty
    check_numbers(rows[kept].reset_index(drop=True), names, path)
    table = rows.loc[kept, names].astype(np.float64)
    table.index = pd.Index(ids[kept], name="region_id")
    if table.empty:
        raise InputError("it holds no values for the regions of the study area", source=path)
    return table.sort_index(), coverage.finish(matched=len(table), regions=len(table))


def read_units(
    path: PathLike, regions: Regions, *, region: str, unit: str
) -> tuple[pd.DataFrame, Coverage]:
    """Read which unit (county, city, state) each region is in.

    Args:
        path: A table with one row per region (extra columns are ignored).
        regions: The regions of the study area.
        region: Column of the region id.
        unit: Column of the unit id.

    Returns:
        Columns region_id, unit_id, sorted by region; and the coverage.

    Raises:
        InputError: If a column is missing, or a region occurs twice.
    """
    rows = read_rows(path, [region, unit], text=[region, unit])
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    ids, inside = match_ids(rows[region], regions, coverage, path)
    known = rows[unit].notna()
    coverage.drop("without a unit", int((inside & ~known).sum()))
    kept = inside & known
    _one_row_each(ids[kept], path)
    units = pd.DataFrame({"region_id": ids[kept], "unit_id": as_ids(rows.loc[kept, unit], path)})
    units = units.sort_values("region_id", ignore_index=True)
    return units, coverage.finish(matched=len(units), regions=len(units))
