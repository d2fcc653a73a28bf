"""Which points lie within a distance of which, on the globe."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from placeprint.regions.coordinates import check_lonlat
from placeprint.regions.metric import EARTH_RADIUS_M, haversine_m
from placeprint.typing import FloatArray, IntArray

__all__ = ["row_starts", "within"]

CHUNK = 1024
"""Points whose neighbours are looked up at a time."""

SLACK = 1 + 1e-9
"""The search reaches this much further than asked; the distances themselves then decide."""


def within(
    lon: FloatArray,
    lat: FloatArray,
    other_lon: FloatArray | None,
    other_lat: FloatArray | None,
    max_distance_m: float,
    most: int | None = None,
) -> tuple[IntArray, IntArray, FloatArray]:
    """All pairs of points and others that are at most so far apart.

    Points become unit vectors, where the nearest by great circle are the nearest by chord, so a
    k-d tree finds them, also across the antimeridian and at the poles; distances are haversine.

    Args:
        lon: (n,) longitudes of the points in degrees.
        lat: (n,) latitudes.
        other_lon: (k,) longitudes of the others; None: the points themselves, none of which is
            its own neighbour (another one at the same place is).
        other_lat: (k,) latitudes of the others.
        max_distance_m: The largest great-circle distance in metres.
        most: Only so many nearest others of each point; None: all of them. Of others equally far
            at the cut, any.

    Returns:
        (m,) positions of points, (m,) positions of others and (m,) distances in metres, sorted by
        point, then by distance, then by other.

    Raises:
        InputError: If a coordinate is missing or out of range.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: groups and POIs "within max_dist (haversine)".

    Example:
        >>> lon, lat = np.array([179.999, -179.999, 0.0]), np.array([0.0, 0.0, 0.0])
        >>> row, col, distance = within(lon, lat, None, None, 1000.0)
        >>> row, col, distance.round(1)
        (array([0, 1]), array([1, 0]), array([222.4, 222.4]))
    """
    check_lonlat(lon, lat)
    itself = other_lon is None or other_lat is None
    to_lon = lon if other_lon is None else other_lon
    to_lat = lat if other_lat is None else other_lat
    check_lonlat(to_lon, to_lat)
    points, others = _unit_vectors(lon, lat), cKDTree(_unit_vectors(to_lon, to_lat))
    reach = _chord(max_distance_m)
    none: IntArray = np.empty(0, dtype=np.int64)
    found: list[tuple[IntArray, IntArray, FloatArray]] = [(none, none, np.empty(0))]
    for start in range(0, len(points) if others.n else 0, CHUNK):
        chunk = points[start : start + CHUNK]
        if most is None:
            row, col = _all_within(chunk, others, reach)
        else:
            row, col = _nearest_within(chunk, others, reach, most + itself)
        row = row + start
        metres = haversine_m(lon[row], lat[row], to_lon[col], to_lat[col])
        kept = (metres <= max_distance_m) & ~(itself & (row == col))
        row, col, metres = row[kept], col[kept], metres[kept]
        order = np.lexsort((col, metres, row))
        if most is not None:
            order = order[np.arange(len(row)) - np.searchsorted(row[order], row[order]) < most]
        found.append((row[order], col[order], metres[order]))
    rows, cols, distances = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(cols), np.concatenate(distances)


def row_starts(row: IntArray, count: int) -> IntArray:
    """Where the pairs of each point begin, in pairs that are sorted by point.

    Args:
        row: (m,) the point of each pair, ascending.
        count: Number of points n.

    Returns:
        (n + 1,) the pairs of point i are ``starts[i]`` to ``starts[i + 1]``.

    Example:
        >>> row_starts(np.array([0, 0, 2]), 3)
        array([0, 2, 2, 3])
    """
    starts: IntArray = np.searchsorted(row, np.arange(count + 1))
    return starts


def _unit_vectors(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """(n, 3) points of the unit sphere."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _chord(metres: float) -> float:
    """The chord of the unit sphere under a great-circle distance."""
    angle = min(metres / EARTH_RADIUS_M, np.pi)
    return float(2 * np.sin(angle / 2) * SLACK + 1e-15)


def _all_within(points: FloatArray, others: cKDTree, reach: float) -> tuple[IntArray, IntArray]:
    pairs = cKDTree(points).sparse_distance_matrix(others, reach, output_type="ndarray")
    return pairs["i"].astype(np.int64), pairs["j"].astype(np.int64)


def _nearest_within(
    points: FloatArray, others: cKDTree, reach: float, most: int
) -> tuple[IntArray, IntArray]:
    ranks = np.arange(1, min(most, others.n) + 1)
    nearest: IntArray = np.asarray(others.query(points, ranks, distance_upper_bound=reach)[1])
    row, rank = np.nonzero(nearest < others.n)
    return row, nearest[row, rank]
