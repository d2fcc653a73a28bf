"""Longitude and latitude: what a place's whereabouts alone tell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.regions import check_lonlat

__all__ = ["coordinate_features"]


def coordinate_features(centroids: pd.DataFrame) -> pd.DataFrame:
    """Longitude and latitude of each region, as a baseline.

    Args:
        centroids: Columns lon, lat in degrees, indexed by region id.

    Returns:
        float32, columns lon and lat.

    Raises:
        InputError: If a coordinate is missing or out of range, or the columns look swapped.

    Example:
        >>> centroids = pd.DataFrame({"lon": [24.9], "lat": [60.2]}, index=["helsinki"])
        >>> coordinate_features(centroids).columns.tolist()
        ['lon', 'lat']
    """
    check_lonlat(centroids["lon"].to_numpy(float), centroids["lat"].to_numpy(float))
    table = centroids[["lon", "lat"]].astype(np.float32)
    return table.rename_axis(index="region_id", columns="feature_id")
