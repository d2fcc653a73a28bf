"""Given polygons as regions: checks, points in polygons, polygons that touch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions.antimeridian import HALF_TURN, cut
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["check_ids", "check_polygons", "points_in_polygons", "touching"]

CHUNK = 1_000_000
TOUCH_DEGREES = 3e-4
"""Outlines closer than this (about 30 m) touch: borders drawn twice rarely coincide."""


def check_polygons(
    ids: pd.Index, outlines: AnyArray, source: PathLike | None = None, *, what: str = "region"
) -> AnyArray:
    """Refuse polygons that cannot be regions; repair those that cross themselves.

    Those that cross the antimeridian are cut there.

    Args:
        ids: (n,) region ids.
        outlines: (n,) shapely geometries, longitude first.
        source: The file they come from, for messages.
        what: What messages call one of them.

    Returns:
        (n,) valid polygons.

    Raises:
        InputError: If there are none, an id occurs twice, an outline is missing, is not a
            polygon, or lies outside the range of longitudes and latitudes.
    """
    check_ids(ids, source)
    kinds = shapely.get_type_id(outlines)
    wrong = np.flatnonzero(~np.isin(kinds, (3, 6)) | shapely.is_empty(outlines))
    if len(wrong):
        raise InputError(
            f"{what} {ids[wrong[0]]!r} is not a polygon ({outlines[wrong[0]]!s:.60})", source=source
        )
    west, south, east, north = shapely.total_bounds(outlines)
    if west < -180.01 or east > 180.01 or south < -90.01 or north > 90.01:
        raise InputError(
            f"the outlines reach from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}, "
            "which are not longitudes and latitudes",
            source=source,
            hint="transform the file to EPSG:4326, longitude first",
        )
    checked = cut(outlines)
    wrong = ~shapely.is_valid(checked)
    checked[wrong] = shapely.buffer(shapely.make_valid(checked[wrong]), 0)
    return checked


def check_ids(ids: pd.Index, source: PathLike | None = None) -> None:
    """Refuse ids of regions that occur twice, or none at all.

    Raises:
        InputError: Naming those that occur more than once.
    """
    if len(ids) == 0:
        raise InputError("no regions are left", source=source, hint="check `where` in the recipe")
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"region ids occur more than once: {listing(twice)}",
            source=source,
            hint="dissolve the polygons by their id, or name the column that is unique",
        )


def points_in_polygons(outlines: AnyArray, lon: FloatArray, lat: FloatArray) -> AnyArray:
    """The position of the polygon each point is in, −1 where there is none.

    A point on a common border goes to the first of its polygons.

    Args:
        outlines: (k,) shapely polygons.
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.

    Returns:
        (n,) int64 positions.

    Example:
        >>> squares = shapely.box([0, 1], [0, 0], [1, 2], [1, 1])
        >>> points_in_polygons(squares, np.array([0.5, 1.5, 9.0]), np.array([0.5, 0.5, 9.0]))
        array([ 0,  1, -1])
    """
    tree = shapely.STRtree(outlines)
    shapely.prepare(outlines)
    positions = np.full(len(lon), -1, dtype=np.int64)
    for start in range(0, len(lon), CHUNK):
        stop = start + CHUNK
        points = shapely.points(lon[start:stop], lat[start:stop])
        point, polygon = tree.query(points, predicate="intersects")
        order = np.lexsort((-polygon, point))
        positions[start + point[order]] = polygon[order]
    return positions


def touching(outlines: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Positions (i, j), i < j, of the pairs of polygons that touch.

    Example:
        >>> left, right = touching(shapely.box([179, -180], 0, [180, -179], 1))
        >>> left.tolist(), right.tolist()
        ([0], [1])
    """
    _, _, east, _ = shapely.bounds(outlines).T
    eastern = np.flatnonzero(east > HALF_TURN - TOUCH_DEGREES)
    # Those at the end of the world are at its beginning as well.
    again = shapely.transform(outlines[eastern], lambda degrees: degrees - [2 * HALF_TURN, 0])
    place = np.append(np.arange(len(outlines)), eastern)
    shapes = np.append(outlines, again)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH_DEGREES)
    pairs = np.column_stack([place[left], place[right]])
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    return pairs[:, 0], pairs[:, 1]
