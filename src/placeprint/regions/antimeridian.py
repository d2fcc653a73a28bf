"""Geometries that cross the antimeridian: put together, cut, bounded."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from placeprint.typing import AnyArray, BoolArray, FloatArray

__all__ = ["crossing", "cut", "extent", "put_together", "unwrapped", "wrapped"]

TURN: Final = 360.0
HALF_TURN: Final = 180.0

SEAM_DEGREES: Final = 1e-9
"""What putting parts together may move a vertex: a tenth of a millimetre."""


def wrapped(degrees: Any) -> Any:
    """Angles from −180 up to, but not with, 180 degrees.

    Example:
        >>> wrapped(181.0), wrapped(-180.0)
        (-179.0, -180.0)
    """
    return (degrees + HALF_TURN) % TURN - HALF_TURN


def crossing(geometries: AnyArray) -> BoolArray:
    """Which geometries have vertices on both sides of the antimeridian.

    Whether they were cut there or not; half a turn or more from west to east is taken for it, but
    not the whole way round in one part, as the outline of a pole.

    Args:
        geometries: (n,) shapely, degrees, longitude first.

    Returns:
        (n,) bool; false for what is missing or empty.

    Example:
        >>> crossing(shapely.linestrings([[[179, 0], [-179, 0]], [[0, 0], [1, 0]]])).tolist()
        [True, False]
    """
    shapes = np.asarray(geometries, dtype=object)
    west, _, east, _ = shapely.bounds(shapes).T
    round_in_one = (east - west >= TURN) & (shapely.get_num_geometries(shapes) == 1)
    across: BoolArray = (east - west >= HALF_TURN) & ~round_in_one
    return across


def unwrapped(geometries: AnyArray) -> AnyArray:
    """Bring both sides of the antimeridian side by side: longitudes from 0 to 360 degrees.

    Geometries that do not cross it stay as they are; parts that were cut stay parts.

    Args:
        geometries: (n,) shapely, EPSG:4326, longitude first.

    Returns:
        (n,) shapely; the array that was handed in stays as it is.

    Example:
        >>> unwrapped(shapely.linestrings([[[179, 0], [-179, 0]]]))[0].wkt
        'LINESTRING (179 0, 181 0)'
    """
    shapes = np.array(geometries, dtype=object)
    across = crossing(shapes)
    if across.any():
        shapes[across] = shapely.transform(shapes[across], _eastwards)
    return shapes


def put_together(geometries: AnyArray) -> AnyArray:
    """As :func:`unwrapped`, and what was cut is one again, without the vertices of the cut.

    Args:
        geometries: (n,) shapely polygons or lines, of one part or several, EPSG:4326.

    Returns:
        (n,) shapely.

    Example:
        >>> halves = shapely.multipolygons(shapely.box([179, -180], 0, [180, -179], 1))
        >>> len(put_together(np.array([halves]))[0].exterior.coords)
        5
    """
    across = crossing(geometries)
    shapes = unwrapped(geometries)
    if across.any():
        lines = across & (shapely.get_dimensions(shapes) == 1)
        areas = across & ~lines
        shapes[lines] = shapely.line_merge(shapes[lines])
        shapes[areas] = _united(shapes[areas])
        shapes[across] = shapely.simplify(shapes[across], SEAM_DEGREES)
    return shapes


def cut(geometries: AnyArray) -> AnyArray:
    """Cut what crosses the antimeridian into parts, as RFC 7946 asks.

    Args:
        geometries: (n,) shapely, degrees: such as a line from 179 to −179 or to 181.

    Returns:
        (n,) shapely, longitudes from −180 to 180; what does not cross stays as it is.

    Example:
        >>> cut(shapely.linestrings([[[179, 0], [-179, 0]]]))[0].wkt
        'MULTILINESTRING ((179 0, 180 0), (-180 0, -179 0))'
    """
    shapes = np.array(geometries, dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    west, _, east, _ = shapely.bounds(parts).T
    rows = np.unique(owner[crossing(parts) | (west < -HALF_TURN) | (east > HALF_TURN)])
    if len(rows):
        shapes[rows] = _cut(put_together(shapes[rows]))
    return shapes


def extent(geometries: AnyArray) -> tuple[float, float, float, float]:
    """The bounding box of all geometries: west, south, east, north in degrees.

    Of a box that crosses the antimeridian the east is above 180: the narrower of both ways round.

    Args:
        geometries: (n,) shapely, EPSG:4326, longitude first.

    Example:
        >>> extent(np.array([shapely.Point(179, 1), shapely.Point(-179, 0)]))
        (179.0, 0.0, 181.0, 1.0)
    """
    parts = shapely.get_parts(unwrapped(geometries))
    west, south, east, north = shapely.bounds(parts[~shapely.is_empty(parts)]).T
    eastwards = west % TURN
    sides = [(west, east), (eastwards, eastwards + east - west)]
    reach = [(float(left.min()), float(right.max())) for left, right in sides]
    left, right = min(reach, key=lambda one: one[1] - one[0])
    return left, float(south.min()), right, float(north.max())


def _united(polygons: AnyArray) -> AnyArray:
    """The parts of each geometry as one."""
    parts, owner = shapely.get_parts(polygons, return_index=True)
    together = shapely.geometrycollections(shapely.make_valid(parts), indices=owner)
    return np.asarray(shapely.union_all(together[:, None], axis=1))


def _cut(shapes: AnyArray) -> AnyArray:
    """Geometries beyond ±180 degrees, with the parts beyond brought round."""
    turns = TURN * np.array([-1, 0, 1])
    world = shapely.box(turns - HALF_TURN, -90, turns + HALF_TURN, 90)
    within = shapely.intersection(shapes[:, None], world)
    pieces, place = shapely.get_parts(within.ravel(), return_index=True)
    owner, turn = np.divmod(place, len(turns))
    # What only touches the antimeridian leaves its edge on the other side.
    whole = shapely.get_dimensions(pieces) == shapely.get_dimensions(shapes)[owner]
    pieces, owner, shift = pieces[whole], owner[whole], turns[turn[whole]]
    xy, piece = shapely.get_coordinates(pieces, return_index=True)
    xy[:, 0] = np.clip(xy[:, 0] - shift[piece], -HALF_TURN, HALF_TURN)
    together = shapely.geometrycollections(shapely.set_coordinates(pieces, xy), indices=owner)
    return np.asarray(shapely.union_all(together[:, None], axis=1))


def _eastwards(degrees: FloatArray) -> FloatArray:
    """Longitudes from 0 to 360 degrees."""
    return np.column_stack([degrees[:, 0] % TURN, degrees[:, 1]])
