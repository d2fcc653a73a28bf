"""From what a row says about its place (an id, or a coordinate) to a region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, as_ids
from placeprint.sources.coverage import Coverage
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["match_ids", "match_points"]

OUTSIDE = "outside the study area"


def match_ids(
    values: pd.Series, regions: Regions, coverage: Coverage, source: PathLike
) -> tuple[pd.Series, pd.Series]:
    """Match a column of ids to regions.

    Returns:
        The ids as strings, and a mask of the rows whose id is a region.

    Raises:
        InputError: If an id is neither a region nor known to lie outside the study area, or no
            row matches.
    """
    ids = as_ids(values, source)
    inside = ids.isin(regions.ids)
    unknown = ids[~inside][~regions.knows(ids[~inside])].unique()
    if len(unknown):
        raise InputError(
            f"column {values.name!r} names regions that do not exist: {listing(unknown, limit=5)}; "
            f"region ids look like {listing(regions.ids, limit=3)}",
            source=source,
            hint="correct the ids, or drop those rows",
        )
    if len(ids) and not inside.any():
        raise InputError(
            f"no row of column {values.name!r} is about a region of the study area", source=source
        )
    coverage.drop(OUTSIDE, int((~inside).sum()))
    return ids, inside


def match_points(
    lon: FloatArray, lat: FloatArray, regions: Regions, coverage: Coverage, source: PathLike
) -> AnyArray:
    """Match coordinates to regions.

    Returns:
        (n,) positions of regions, −1 outside of all of them.

    Raises:
        InputError: If a coordinate is impossible, or none lies in a region; where they would
            with longitude and latitude swapped, the message says so.
    """
    positions = regions.locate(lon, lat, source)
    missed = positions < 0
    if len(positions) and missed.all():
        _explain_misses(lon, lat, regions, source)
    coverage.drop(OUTSIDE, int(missed.sum()))
    return positions


def _explain_misses(lon: FloatArray, lat: FloatArray, regions: Regions, source: PathLike) -> None:
    swappable = np.abs(lon) <= 90
    if swappable.any() and (regions.locate(lat[swappable], lon[swappable]) >= 0).any():
        raise InputError(
            "no point lies in a region, but they do with longitude and latitude swapped",
            source=source,
            hint="swap the two column names: longitude comes before latitude",
        )
    west, south, east, north = regions.geometry.total_bounds
    raise InputError(
        f"no point lies in a region: points reach from {lon.min():.4g}, {lat.min():.4g} to "
        f"{lon.max():.4g}, {lat.max():.4g}, regions from {west:.4g}, {south:.4g} to "
        f"{east:.4g}, {north:.4g}",
        source=source,
    )
