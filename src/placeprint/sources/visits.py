"""Visits: who was where, when."""

from __future__ import annotations

import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.coverage import Coverage
from placeprint.sources.matching import match_points
from placeprint.sources.tables import read_rows
from placeprint.typing import PathLike

__all__ = ["read_visits"]


def read_visits(
    path: PathLike,
    regions: Regions,
    *,
    user: str = "user",
    time: str = "time",
    lon: str = "lon",
    lat: str = "lat",
) -> tuple[pd.DataFrame, Coverage]:
    """Read visits and find the region of each.

    Args:
        path: A Parquet or CSV file, one row per visit.
        regions: The regions of the study area.
        user: Column of the person (any identifier).
        time: Column of the time of the visit.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.

    Returns:
        Columns user, time, region_id, and the coverage.

    Raises:
        InputError: If a column is missing, a time cannot be read, or no visit lies in a region.
    """
    rows = read_rows(path, [user, time, lon, lat], text=[user])
    try:
        times = pd.to_datetime(rows[time], utc=True)
    except (ValueError, TypeError) as error:
        raise InputError(f"column {time!r} holds no times ({error})", source=path) from None
    coverage = Coverage(rows=len(rows), of_regions=len(regions))
    known = times.notna() & rows[user].notna()
    coverage.drop("without user or time", int((~known).sum()))
    rows, times = rows[known], times[known]
    positions = match_points(
        rows[lon].to_numpy(float), rows[lat].to_numpy(float), regions, coverage, path
    )
    inside = positions >= 0
    places = regions.ids.to_numpy()[positions[inside]]
    visits = pd.DataFrame(
        {
            "user": rows[user].to_numpy()[inside],
            "time": times.to_numpy()[inside],
            "region_id": places,
        }
    )
    if visits.empty:
        raise InputError("it holds no visits", source=path)
    return visits, coverage.finish(matched=len(visits), regions=len(pd.unique(places)))
