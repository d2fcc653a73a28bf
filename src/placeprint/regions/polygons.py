"""Given polygons as regions: checks, points in polygons, polygons that touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, caution, listing
from placeprint.regions.antimeridian import HALF_TURN, NEARLY_TURN, cut
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray, PathLike

__all__ = [
    "Overlaps",
    "check_ids",
    "check_overlaps",
    "check_polygons",
    "hold_pole",
    "outline_of",
    "points_in_polygons",
    "touching",
]

Overlaps = Literal["refuse", "warn", "keep"]
"""What to do about regions that overlap."""

POLYGONS: Final = (3, 6)
"""Shapely's numbers for the types Polygon and MultiPolygon."""

NO_AREA: Final = 1e-14
"""An outline of fewer square degrees (a square centimetre) is a point or a line."""

SLIVER: Final = 0.01
"""What share of the smaller region two may have in common before they overlap."""

COARSE: Final = 3e-3
"""How far coarser outlines may be from the others, as a share of the side of a square as large."""

AT_ONCE: Final = 64
"""Regions whose overlaps are looked for at a time."""

ENOUGH: Final = 20_000
"""Pairs that overlap, after which no more are looked for."""

CHUNK: Final = 1_000_000
TOUCH_DEGREES = 3e-4
"""Outlines closer than this (about 30 m) touch: borders drawn twice rarely coincide."""


def check_polygons(
    ids: pd.Index, outlines: AnyArray, source: PathLike | None = None, *, what: str = "region"
) -> AnyArray:
    """Refuse polygons that cannot be regions; repair those that cross themselves.

    Those that cross the antimeridian are cut there, see
    :func:`placeprint.regions.antimeridian.cut`.

    Args:
        ids: (n,) region ids.
        outlines: (n,) shapely geometries, longitude first, longitudes from −180 to 360.
        source: The file they come from, for messages.
        what: What messages call one of them.

    Returns:
        (n,) valid polygons, longitudes from −180 to 180.

    Raises:
        InputError: If there are none, an id occurs twice, an outline is missing, is not a
            polygon, has no area, lies outside the range of longitudes and latitudes, or may
            mean either side of the Earth.
    """
    check_ids(ids, source)
    names = [f"{what} {name!r}" for name in ids]
    kinds = shapely.get_type_id(outlines)
    wrong = np.flatnonzero(~np.isin(kinds, POLYGONS) | shapely.is_empty(outlines))
    if len(wrong):
        raise InputError(
            f"{names[wrong[0]]} is not a polygon ({outlines[wrong[0]]!s:.60})", source=source
        )
    _check_degrees(outlines, names, source)
    checked = cut(outlines, names, source)
    wrong = ~shapely.is_valid(checked)
    checked[wrong] = shapely.buffer(_mended(checked[wrong]), 0)
    flat = np.flatnonzero(~(shapely.area(checked) > NO_AREA))
    if len(flat):
        more = f", nor have {len(flat) - 1} more" if len(flat) > 1 else ""
        raise InputError(
            f"the outline of {names[flat[0]]} has no area{more}",
            source=source,
            hint="draw them again, or leave them out",
        )
    return checked


def _mended(shapes: AnyArray) -> AnyArray:
    """Valid polygons; what parts have in common is part of the whole, and not a hole in it."""
    return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False))


def outline_of(area: Any, source: PathLike | None = None) -> Any:
    """The outline of a study area as one valid polygon, whatever a file holds.

    Args:
        area: A shapely (Multi)Polygon or an array of them, longitude first, longitudes from −180
            to 360; cut at the antimeridian or not.
        source: The file it comes from, for messages.

    Returns:
        A Polygon or MultiPolygon, longitudes from −180 to 180.

    Raises:
        InputError: If it holds anything but polygons, nothing, or no area; see also
            :func:`check_polygons`.

    Example:
        >>> outline_of(shapely.box(240, 20, 300, 50)).bounds
        (-120.0, 20.0, -60.0, 50.0)
    """
    shapes = np.array(area, dtype=object).ravel()
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    kinds = shapely.get_type_id(shapes)
    wrong = np.flatnonzero(~np.isin(kinds, POLYGONS))
    if len(wrong) or not len(shapes):
        found = f"a {shapes[wrong[0]].geom_type}" if len(wrong) else "no geometry"
        raise InputError(
            f"the area holds {found}, expected polygons",
            source=source,
            hint="give the outline of the study area as a Polygon or MultiPolygon in EPSG:4326",
        )
    names = [f"outline {row}" for row in range(1, len(shapes) + 1)]
    _check_degrees(shapes, names, source)
    whole = shapely.union_all(_mended(cut(shapes, names, source)))
    parts = shapely.get_parts(shapely.get_parts(whole))
    parts = parts[shapely.get_dimensions(parts) == 2]
    if not shapely.area(parts).sum() > NO_AREA:
        raise InputError("the area holds polygons without an area", source=source)
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def check_overlaps(
    ids: pd.Index, outlines: AnyArray, source: PathLike | None = None, *, refuse: bool = True
) -> None:
    """Refuse, or warn of, regions that overlap by more than slivers.

    A sliver is less than 1 % of the smaller region: borders drawn twice rarely coincide.

    Args:
        ids: (n,) region ids.
        outlines: (n,) valid polygons.
        source: The file they come from, for messages.
        refuse: Whether to refuse them rather than to warn.

    Raises:
        InputError: Naming the first few that overlap.

    Example:
        >>> check_overlaps(pd.Index(["state", "town"]), shapely.box(0, 0, [9, 1], [9, 1]))
        Traceback (most recent call last):
        placeprint.errors.InputError: 1 region lies inside others (a file of several ...
    """
    areas = shapely.area(outlines)
    left, right, shared = _shared(outlines, areas)
    if not len(left):
        return
    smaller = np.where(areas[left] <= areas[right], left, right)
    larger = left + right - smaller
    inside = shared > (1 - SLIVER) * areas[smaller]
    count = len(np.unique(smaller[inside]))
    least = "at least " if len(left) >= ENOUGH else ""
    show = np.flatnonzero(inside) if count else np.arange(len(left))
    pairs = [f"{ids[smaller[at]]!r} in {ids[larger[at]]!r}" for at in show[:3]]
    if count:
        lie = f"{count} regions lie" if count > 1 else "1 region lies"
        problem = (
            f"{least}{lie} inside others (a file of several levels?), such as {', '.join(pairs)}"
        )
    else:
        pairs = [pair.replace(" in ", " and ") for pair in pairs]
        number = f"{len(left)} pairs of" if len(left) > 1 else "two"
        problem = f"{least}{number} regions overlap, such as {', '.join(pairs)}"
    hint = "choose one level, or those that do not overlap, with `where`"
    if refuse:
        raise InputError(
            problem, source=source, hint=f"{hint}; or let them overlap with `overlaps: warn`"
        )
    caution(f"{problem}; a point in several goes to the first", source=source, hint=hint)


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


def _shared(outlines: AnyArray, areas: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """The pairs (i, j), i < j, that share more than a sliver, and the square degrees they share.

    Not all pairs where there are :data:`ENOUGH` of them.
    """
    tree, bounds = shapely.STRtree(outlines), shapely.bounds(outlines)
    # Most neighbours share nothing, which coarser outlines show in less time.
    coarse = shapely.simplify(outlines, COARSE * np.sqrt(areas), preserve_topology=False)
    other = ~shapely.is_valid(coarse) | (np.abs(shapely.area(coarse) / areas - 1) > SLIVER / 2)
    coarse[other] = outlines[other]
    found = [np.empty((3, 0))]
    for start in range(0, len(outlines), AT_ONCE):
        left, right = tree.query(outlines[start : start + AT_ONCE])
        left += start
        low = np.maximum(bounds[left, :2], bounds[right, :2])
        high = np.minimum(bounds[left, 2:], bounds[right, 2:])
        least = np.maximum(SLIVER * np.minimum(areas[left], areas[right]), NO_AREA)
        near = np.flatnonzero((left < right) & (np.prod(high - low, axis=1) > least))
        near = near[np.lexsort((right[near], left[near]))]
        for first in range(0, len(near), CHUNK // 100):
            some = near[first : first + CHUNK // 100]
            rough = shapely.area(shapely.intersection(coarse[left[some]], coarse[right[some]]))
            some = some[rough > least[some] / 4]
            pieces = shapely.intersection(outlines[left[some]], outlines[right[some]])
            shared = shapely.area(pieces)
            more = shared > least[some]
            found.append(np.array([left[some], right[some], shared])[:, more])
            if sum(part.shape[1] for part in found) >= ENOUGH:
                break
        else:
            continue
        break
    left, right, shared = np.concatenate(found, axis=1)
    return left.astype(np.int64), right.astype(np.int64), shared


def _check_degrees(outlines: AnyArray, names: Sequence[str], source: PathLike | None) -> None:
    """Refuse outlines beyond all longitudes and latitudes."""
    xy, owner = shapely.get_coordinates(outlines, return_index=True)
    broken = owner[~np.isfinite(xy).all(axis=1)]
    if len(broken):
        raise InputError(
            f"{names[broken[0]]} has a coordinate that is no finite number", source=source
        )
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    if west < -180.01 or east > 360.01 or south < -90.01 or north > 90.01:
        raise InputError(
            f"the outlines reach from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}, "
            "which are not longitudes and latitudes",
            source=source,
            hint="transform the file to EPSG:4326, longitude first",
        )


def hold_pole(outlines: AnyArray, pole: float) -> BoolArray:
    """Which outlines go all the way round one pole, 90 or −90, and do not reach the other.

    Those that cross the antimeridian have to be unwrapped.

    Example:
        >>> hold_pole(shapely.box(-180, -90, [180, 0], -70), -90).tolist()
        [True, False]
    """
    west, south, east, north = shapely.bounds(outlines).T
    ends = (south, north) if pole > 0 else (-north, -south)
    holds: BoolArray = (east - west >= NEARLY_TURN) & (ends[1] >= 90) & (ends[0] > -90)
    return holds


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
        _locate(tree, lon[start:stop], lat[start:stop], positions[start:stop])
    # Longitudes 180 and −180 are one.
    end = np.flatnonzero((positions < 0) & (np.abs(lon) == HALF_TURN))
    if len(end):
        positions[end] = _locate(tree, -lon[end], lat[end], positions[end])
    return positions


def _locate(tree: Any, lon: FloatArray, lat: FloatArray, positions: IntArray) -> IntArray:
    """Write the first polygon that each point is in into positions."""
    point, polygon = tree.query(shapely.points(lon, lat), predicate="intersects")
    order = np.lexsort((-polygon, point))
    positions[point[order]] = polygon[order]
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
