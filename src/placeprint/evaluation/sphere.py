"""Positions on the sphere: as points in space, where near is near, at the poles as elsewhere.

A search tree over longitudes and latitudes would cut the world open at the antimeridian; over
points on the unit sphere the straight distance, the chord, orders neighbours as the great circle
does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.mobility.distance import EARTH_RADIUS_KM
from placeprint.regions import check_lonlat
from placeprint.typing import FloatArray

__all__ = ["angles", "chord", "lonlat", "unit_vectors"]


def lonlat(X: Any) -> tuple[FloatArray, FloatArray]:
    """The longitudes and latitudes that a splitter or a spatial probe is handed as rows.

    Args:
        X: (n, 2) longitude and latitude in degrees, NaN where a row has no position.

    Returns:
        (n,) float64 longitudes and latitudes, both NaN where either is.

    Raises:
        InputError: If there are not two columns, or a coordinate is out of range.

    Example:
        >>> lonlat([[24.9, 60.2], [24.9, np.nan]])
        (array([24.9, nan]), array([60.2, nan]))
    """
    rows = np.asarray(X, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise InputError(
            f"found rows of shape {rows.shape}, expected longitude and latitude: (n, 2)",
            hint="hand the positions to the splitter or probe in place of the features",
        )
    rows = np.where(np.isnan(rows).any(axis=1, keepdims=True), np.nan, rows)
    lon, lat = rows[:, 0], rows[:, 1]
    check_lonlat(*np.where(np.isnan(rows), 0, rows).T)
    return lon, lat


def unit_vectors(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Points on the unit sphere, (n, 3): (cos φ cos λ, cos φ sin λ, sin φ).

    Args:
        lon: (n,) longitudes λ in degrees.
        lat: (n,) latitudes φ in degrees.

    Example:
        >>> unit_vectors(np.array([90.0]), np.array([0.0])).round(3).tolist()
        [[0.0, 1.0, 0.0]]
    """
    across, up = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(up) * np.cos(across), np.cos(up) * np.sin(across), np.sin(up)])


def chord(km: float) -> float:
    """The straight distance on the unit sphere, 2 sin(s / 2R), of s km along the great circle.

    Example:
        >>> chord(0.0), chord(1e9)
        (0.0, 2.0)
    """
    return float(2 * np.sin(min(km / (2 * EARTH_RADIUS_KM), np.pi / 2)))


def angles(chords: FloatArray) -> FloatArray:
    """Great-circle distances in radians, 2 arcsin(c / 2), of straight distances c.

    Example:
        >>> angles(np.array([2.0])).round(4)
        array([3.1416])
    """
    distances: FloatArray = 2 * np.arcsin(np.clip(chords / 2, 0, 1))
    return distances
