"""Geometries that cross the antimeridian or hold a pole: read, cut, put together, bounded.

Inside, an outline is a map of the plane: longitudes from −180 to 180, cut where it crosses them,
and a pole is an edge along latitude ±90. Files write it in more ways: across (179 to −179), beyond
180, or as a ring round the pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely

from placeprint.errors import InputError
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["cap", "crossing", "cut", "extent", "put_together", "unwrapped", "wrapped"]

TURN: Final = 360.0
HALF_TURN: Final = 180.0
POLE: Final = 90.0

SEAM_DEGREES: Final = 1e-9
"""What putting parts together may move a vertex: a tenth of a millimetre."""

NEARLY_TURN: Final = 359.0
"""An edge along a pole of this many degrees closes an outline that goes all the way round."""

POLAR: Final = 80.0
"""Beyond this latitude nobody draws an edge of half a turn along a parallel."""

EVEN_DEGREES: Final = 30.0
"""A ring round a pole has no edge longer than this but the one that closes it."""

NEAR_DEGREES: Final = 10.0
RISE_DEGREES: Final = 5.0
"""So near to the ends of its longest edge it comes nearer to the pole by no more than this."""

CLEARLY: Final = 4.0
"""How many times as large as the other an area is that is meant without doubt."""

BITS_ACROSS: Final = 5.2
"""How many bits have to speak for an outline that crosses the antimeridian."""

BITS_WIDE: Final = -3.5
"""And how many, below zero, for one that is wider than half a turn."""


def wrapped(degrees: Any) -> Any:
    """Angles from −180 up to, but not with, 180 degrees.

    Example:
        >>> wrapped(181.0), wrapped(-180.0)
        (-179.0, -180.0)
    """
    return (degrees + HALF_TURN) % TURN - HALF_TURN


def crossing(geometries: AnyArray) -> BoolArray:
    """Which geometries have vertices on both sides of the antimeridian.

    Those with an edge of more than half a turn, which goes the other way round, and those of
    several parts that lie closer together across the antimeridian than not. No edge is one of
    a whole turn in an outline that goes all the way round, such as that of a pole.

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
    across: BoolArray = east - west >= HALF_TURN
    for place in np.flatnonzero(across):
        parts = shapely.get_parts(shapes[place])
        left, _, right, _ = shapely.bounds(parts).T
        across[place] = _jumps(parts).any() or _first(left, right) > left.min()
    return across


def unwrapped(geometries: AnyArray) -> AnyArray:
    """Bring both sides of the antimeridian side by side, with longitudes beyond 180 degrees.

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
    for place in np.flatnonzero(crossing(shapes)):
        parts = _continued(shapely.get_parts(shapes[place]))
        left, _, right, _ = shapely.bounds(parts).T
        turns = np.ceil((_first(left, right) - left) / TURN)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        xy[:, 0] += TURN * turns[part]
        shapes[place] = shapely.set_coordinates(shapes[place], xy)
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
        parts, owner = shapely.get_parts(shapes[areas], return_index=True)
        shapes[areas] = _united(parts, owner, int(areas.sum()))
        shapes[across] = shapely.simplify(shapes[across], SEAM_DEGREES)
    return shapes


def cut(
    geometries: AnyArray, names: Sequence[str] | None = None, source: PathLike | None = None
) -> AnyArray:
    r"""Bring geometries between −180 and 180 degrees, cut at the antimeridian as RFC 7946 asks.

    An edge of a line of more than half a turn goes the short way, across the antimeridian. Such
    a ring of a polygon is one of three:

    * It goes round a pole: once round the Earth on one side of the equator, and it lies beyond 80
      degrees of latitude, or goes round evenly, or what it would enclose if its edges were as long
      as they look is no area, or small beside what lies between it and the pole.
    * It crosses the antimeridian, or is wider than half a turn. If only one of these two readings
      is a valid polygon, it is that one. Otherwise bits speak for crossing: with the sides w, h of
      the box that a reading fills, its slenderness s = max(w/h, h/w), the latitude φ of its middle
      and u longitudes that occur,

      .. math:: \log_2\frac{s_{wide}}{s_{across}} + \log_2\frac u2 - \log_2\cosφ \pm 2,

      2 (of an upright box, 1) added where the ring is counter-clockwise as one that crosses (as
      RFC 7946 asks), else 2 (3) subtracted; 5.2 or more decide for it, −3.5 or less for a wide
      outline, and what lies between is refused: taken wrongly, it would be the other side of the
      Earth.

    Where that cannot be told it is refused as well.

    Args:
        geometries: (n,) shapely, degrees: such as a line from 179 to −179 or to 181.
        names: (n,) what messages call them.
        source: The file they come from, for messages.

    Returns:
        (n,) shapely, longitudes from −180 to 180; what is there already stays as it is.

    Raises:
        InputError: If it cannot be told which side of the Earth is meant.

    Example:
        >>> cut(shapely.linestrings([[[179, 0], [-179, 0]]]))[0].wkt
        'MULTILINESTRING ((179 0, 180 0), (-180 0, -179 0))'
        >>> cut([shapely.Polygon([(0, 80), (120, 80), (-120, 80)])])[0].bounds
        (-180.0, 80.0, 180.0, 90.0)
        >>> [part.bounds[::2] for part in cut([shapely.box(170, 0, 190, 1)])[0].geoms]
        [(-180.0, -170.0), (170.0, 180.0)]
    """
    shapes = np.array(geometries, dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    jumps = _jumps(parts)
    west, _, east, _ = shapely.bounds(parts).T
    rows = np.unique(owner[jumps | (west < -HALF_TURN) | (east > HALF_TURN)])
    if not len(rows):
        return shapes
    mine = np.isin(owner, rows)
    parts, owner, jumps = parts[mine], owner[mine], jumps[mine]
    areas = shapely.get_dimensions(parts) == 2
    lines = jumps & ~areas
    parts[lines] = shapely.simplify(_continued(parts[lines]), SEAM_DEGREES)
    for place in np.flatnonzero(jumps & areas):
        try:
            parts[place] = _read(parts[place])
        except InputError as error:
            name = names[owner[place]] if names is not None else "an outline"
            raise InputError(f"{name} {error}", source=source) from None
    shapes[rows] = _cut(parts, np.searchsorted(rows, owner), len(rows))
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
    if right - left >= TURN:
        left, right = -HALF_TURN, HALF_TURN
    return left, float(south.min()), right, float(north.max())


def cap(ring: FloatArray) -> Any:
    """The polygon between a ring that goes once round the Earth and the pole nearest to it.

    Args:
        ring: (n, 2) degrees, the last point is the first; edges go the short way.

    Returns:
        A polygon with edges along longitudes ±180 to the pole and along it; of a ring that crosses
        the antimeridian more than once it has longitudes beyond 180.

    Example:
        >>> cap(np.array([(-120, 80), (0, 80), (120, 80), (-120, 80)])).bounds
        (-180.0, 80.0, 180.0, 90.0)
    """
    onwards = _onwards(ring)
    corners = onwards[:-1] if onwards[-1, 0] > onwards[0, 0] else onwards[:0:-1]
    twice = np.concatenate([corners, np.add(corners, [TURN, 0])])
    start = HALF_TURN + TURN * np.floor((corners[0, 0] + HALF_TURN) / TURN)
    first = int(np.argmax(twice[:, 0] >= start))
    before, after = twice[first - 1], twice[first]
    lat = np.interp(start, [before[0], after[0]], [before[1], after[1]])
    pole = np.copysign(POLE, lat)
    sides = np.add([(TURN, lat), (TURN, pole), (0, pole), (0, lat)], [start, 0])
    around = np.concatenate([twice[first : first + len(corners)], sides])
    return shapely.Polygon(around - [start + HALF_TURN, 0])


def _far(xy: FloatArray, area: bool = True) -> BoolArray:
    """Which edges of a line or ring go the other way round than their longitudes say."""
    steps, up = np.abs(np.diff(xy, axis=0)).T
    far: BoolArray = steps > HALF_TURN
    if area and far.any():
        lon, lat = xy.T
        whole = steps > TURN - SEAM_DEGREES
        sides = lon[:-1][(steps <= SEAM_DEGREES) & (up > 0)]
        ends = np.array([lon.min(), lon.max()])
        if whole[far].all() and (np.abs(sides[:, None] - ends) <= SEAM_DEGREES).any(axis=0).all():
            return np.zeros_like(far)  # all the way round, with an edge along either side
        at_pole = np.abs(lat) > POLE - SEAM_DEGREES
        far &= ~(at_pole[:-1] & at_pole[1:] & (steps > NEARLY_TURN))
    return far


def _rings(part: Any) -> AnyArray:
    """The lines that draw a part, in the order of its coordinates."""
    lines = shapely.boundary(part) if shapely.get_dimensions(part) == 2 else part
    return np.asarray(shapely.get_parts(lines))


def _jumps(parts: AnyArray) -> BoolArray:
    """Which parts have an edge that goes the other way round."""
    west, _, east, _ = shapely.bounds(parts).T
    jumps: BoolArray = east - west > HALF_TURN
    for place in np.flatnonzero(jumps):
        area = bool(shapely.get_dimensions(parts[place]) == 2)
        rings = map(shapely.get_coordinates, _rings(parts[place]))
        jumps[place] = any(_far(xy, area).any() for xy in rings)
    return jumps


def _onwards(xy: FloatArray, area: bool = True) -> FloatArray:
    """A line or ring without jumps, which begins between −180 and 180 degrees in the west."""
    steps = np.diff(xy[:, 0])
    turns = -np.append(0, np.cumsum(np.where(_far(xy, area), np.round(steps / TURN), 0)))
    turns -= np.floor(((xy[:, 0] + TURN * turns).min() + HALF_TURN) / TURN)
    return np.column_stack([xy[:, 0] + TURN * turns, xy[:, 1]])


def _continued(parts: AnyArray) -> AnyArray:
    """Parts with jumps go on beyond 180 degrees; others stay."""
    parts = np.array(parts, dtype=object)
    for place in np.flatnonzero(_jumps(parts)):
        area = bool(shapely.get_dimensions(parts[place]) == 2)
        rings = [_onwards(shapely.get_coordinates(ring), area) for ring in _rings(parts[place])]
        if area and any(ring[0, 0] != ring[-1, 0] for ring in rings):
            continue  # a ring round a pole has no end to go on to
        west = rings[0][:, 0].min()
        for hole in rings[1:]:
            hole[:, 0] += TURN * np.ceil((west - SEAM_DEGREES - hole[:, 0].min()) / TURN)
        parts[place] = shapely.set_coordinates(parts[place], np.concatenate(rings))
    return parts


def _first(left: FloatArray, right: FloatArray) -> float:
    """Where parts begin in the west if the widest gap between them lies before it."""
    order = np.argsort(left)
    left, reach = left[order], np.maximum.accumulate(right[order])
    gaps = np.append(TURN - (reach[-1] - left[0]), left[1:] - reach[:-1])
    return float(left[np.argmax(gaps)])


def _read(part: Any) -> Any:
    """A polygon with jumps as one without."""
    shell, *holes = map(shapely.get_coordinates, _rings(part))
    outer = _read_ring(shell)
    if outer is None:
        return shapely.simplify(shapely.make_valid(_continued(np.array([part]))[0]), SEAM_DEGREES)
    if not holes:
        return outer
    inner = [_read_ring(hole, hole=True) or shapely.Polygon(_onwards(hole)) for hole in holes]
    flat = _cut(np.array([outer, *inner]), np.arange(1 + len(inner)), 1 + len(inner))
    return shapely.difference(flat[0], shapely.union_all(flat[1:]))


def _read_ring(xy: FloatArray, *, hole: bool = False) -> Any:
    """The polygon that a ring means, see :func:`cut`; None if it crosses the antimeridian."""
    drawn = shapely.Polygon(xy)
    if not _far(xy).any():
        return drawn
    onwards = _onwards(xy)
    # Divided edges say that the outline is wide, to whoever reads it next.
    wide = shapely.segmentize(drawn, POLE)
    turns = round((onwards[-1, 0] - onwards[0, 0]) / TURN)
    if turns == 0:
        across = shapely.Polygon(onwards)
        bits = _bits(drawn, across, counter=bool(shapely.is_ccw(across.exterior)) != hole)
        if bits >= BITS_ACROSS:
            return None
        if bits <= BITS_WIDE:
            return wide
        raise InputError(
            "has edges of more than half a turn: it is wider than 180 degrees, or crosses the "
            "antimeridian",
            hint="if it is wide, put vertices into its long edges; if it crosses, cut it in two "
            "at longitude 180",
        )
    if abs(turns) == 1 and ((xy[:, 1] > 0).all() or (xy[:, 1] < 0).all()):
        polar = cap(xy)
        beyond = bool((np.abs(xy[:, 1]) > POLAR).all())
        even = beyond or _goes_round_evenly(xy)
        if even or not drawn.is_valid or CLEARLY * drawn.area < polar.area:
            return polar
        if drawn.area > CLEARLY * polar.area:
            return wide
    raise InputError(
        "goes round the Earth, and it cannot be told which side of it is meant",
        hint="add edges along longitude -180 and 180 to the pole that it holds; if it holds none, "
        "put vertices into its edges of more than 180 degrees",
    )


def _goes_round_evenly(xy: FloatArray) -> bool:
    """Whether a ring with one long edge has short ones else, which lead past its ends to no pole.

    An outline that is wide has sides at the ends of its long edge.
    """
    lon, height = xy[:, 0], np.abs(xy[:, 1])
    steps = np.abs(np.diff(lon))
    ends = np.abs(lon[:, None] - [lon.min(), lon.max()]) <= NEAR_DEGREES
    lowest = min(height[lon == lon.min()].min(), height[lon == lon.max()].min())
    rises = max(height[near].max() for near in ends.T) - lowest
    return bool(np.sort(steps)[-2] <= EVEN_DEGREES and rises <= RISE_DEGREES)


def _bits(wide: Any, across: Any, *, counter: bool) -> float:
    """How much speaks for an outline that crosses the antimeridian, below 0 for a wide one."""
    west, _, east, _ = across.bounds
    if not SEAM_DEGREES < east - west < TURN:
        return -np.inf
    if wide.is_valid != across.is_valid:
        return np.inf if across.is_valid else -np.inf
    wide_west, south, wide_east, north = wide.bounds
    height = max(north - south, SEAM_DEGREES)
    slender = [
        max(width / height, height / width) for width in (wide_east - wide_west, east - west)
    ]
    longitudes = len(np.unique(shapely.get_coordinates(wide)[:, 0]))
    box = longitudes == 2  # which software writes clockwise as well, shapefiles always
    orientation = (1 if box else 2) if counter else (-3 if box else -2)
    shrinks = max(np.cos(np.radians((south + north) / 2)), SEAM_DEGREES)
    return float(np.log2(slender[0] / slender[1] * longitudes / 2 / shrinks) + orientation)


def _united(parts: AnyArray, owner: AnyArray, count: int) -> AnyArray:
    """The parts of each of some geometries as one; empty where there are none."""
    together = np.full(count, shapely.GeometryCollection(), dtype=object)
    shapely.geometrycollections(shapely.make_valid(parts), indices=owner, out=together)
    return np.asarray(shapely.union_all(together[:, None], axis=1))


def _cut(parts: AnyArray, owner: AnyArray, count: int) -> AnyArray:
    """The parts of each geometry between ±180 degrees, with what lies beyond brought round."""
    turns = TURN * np.array([-1, 0, 1])
    world = shapely.box(turns - HALF_TURN, -POLE, turns + HALF_TURN, POLE)
    within = shapely.intersection(shapely.make_valid(parts)[:, None], world)
    pieces, place = shapely.get_parts(within.ravel(), return_index=True)
    part, turn = np.divmod(place, len(turns))
    # What only touches the antimeridian leaves its edge on the other side.
    whole = shapely.get_dimensions(pieces) == shapely.get_dimensions(parts)[part]
    pieces, part, shift = pieces[whole], part[whole], turns[turn[whole]]
    xy, piece = shapely.get_coordinates(pieces, return_index=True)
    xy[:, 0] = np.clip(xy[:, 0] - shift[piece], -HALF_TURN, HALF_TURN)
    return _united(shapely.set_coordinates(pieces, xy), owner[part], count)
