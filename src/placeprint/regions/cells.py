"""The H3 grid: cells that cover an area, cells of points, cells that touch.

Inside, cells are uint64; at the pandas edge they are hexadecimal strings, sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.regions.antimeridian import cap, wrapped
from placeprint.regions.metric import EARTH_RADIUS_M, areas_km2
from placeprint.regions.polygons import outline_of
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = [
    "are_cells",
    "areas_of_cells",
    "cell_neighbours",
    "cell_polygons",
    "cells_of_points",
    "cover",
]


MOST_CELLS: Final = 20_000_000
"""Cells that a cover may have: their ids and outlines have to lie in memory."""

CELLS_AT_ONCE: Final = 2_000_000
"""Cells in the bounding box of a piece of an area, which H3 takes memory for."""

WIDEST: Final = 90.0
"""Degrees from west to east of a piece: H3 takes an edge of half a turn for one across the
antimeridian."""


BENT_DEGREES: Final = 45.0
"""Degrees of longitude along an edge of a cell from which on it has points put into it: without
them the areas of cells next to the poles are off by a quarter, with them by less than 2 %."""

PIECES: Final = 32
"""Pieces that such an edge is divided into."""


def cover(area: Any, resolution: int, source: PathLike | None = None) -> pd.Index:
    """The H3 cells whose centres lie in an area.

    Args:
        area: A shapely (Multi)Polygon or an array of them, EPSG:4326, as
            :func:`~placeprint.regions.polygons.outline_of` takes them.
        resolution: H3 resolution, 0 to 15 (6: about 36 km² a cell).
        source: The file it comes from, for messages.

    Returns:
        Cell ids as hexadecimal strings, sorted, named ``region_id``.

    Raises:
        InputError: If the area is none, has no centre of a cell, or more cells than
            :data:`MOST_CELLS`.

    Example:
        >>> len(cover(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5))
        35
        >>> len(cover(shapely.box(-180, -90, 180, 90), resolution=1))
        842
    """
    import geopandas as gpd
    import h3

    outline = outline_of(area, source)
    km2 = float(areas_km2(gpd.GeoSeries([outline], crs=4326)).iloc[0])
    expected = km2 / h3.average_hexagon_area(resolution)
    if expected > MOST_CELLS:
        raise InputError(
            f"the area has about {expected:,.0f} H3 cells of resolution {resolution}, at most "
            f"{MOST_CELLS:,} can be regions",
            source=source,
            hint="choose a coarser resolution; each has a seventh of the cells",
        )
    pieces = _pieces(outline, resolution)
    cells = sorted(set().union(*(h3.geo_to_cells(piece, resolution) for piece in pieces)))
    if not cells:
        raise InputError(
            f"no centre of an H3 cell of resolution {resolution} lies in the area",
            source=source,
            hint="choose a finer resolution",
        )
    ids: pd.Index = pd.Index(cells, name="region_id", dtype=object)
    return ids


def _pieces(outline: Any, resolution: int) -> Iterator[Any]:
    """The polygons of an outline, cut into such as H3 covers rightly and in little memory."""
    import h3

    parts = list(shapely.get_parts(outline))
    while parts:
        part = parts.pop()
        west, south, east, north = part.bounds
        rise = np.diff(np.sin(np.radians([south, north])))[0]
        box = np.radians(east - west) * rise * (EARTH_RADIUS_M / 1e3) ** 2
        if east - west <= WIDEST and box <= CELLS_AT_ONCE * h3.average_hexagon_area(resolution):
            yield part
            continue
        x, y = (west + east) / 2, (south + north) / 2
        if east - west > north - south:
            halves = shapely.box([west, x], south, [x, east], north)
        else:
            halves = shapely.box(west, [south, y], east, [y, north])
        pieces = shapely.get_parts(shapely.intersection(part, halves))
        parts += list(pieces[shapely.get_dimensions(pieces) == 2])


def cells_of_points(lon: FloatArray, lat: FloatArray, resolution: int) -> AnyArray:
    """The H3 cell that each point is in, as (n,) uint64.

    H3 has no array interface; the iteration runs inside the interpreter's C loop, at about a
    million points a second.

    Example:
        >>> hex(cells_of_points(np.array([24.94]), np.array([60.17]), 6)[0])
        '0x861126d37ffffff'
    """
    import h3.api.numpy_int as h3

    pairs = map(h3.latlng_to_cell, lat.tolist(), lon.tolist(), repeat(resolution))
    return np.fromiter(pairs, dtype=np.uint64, count=len(lon))


def to_integers(cells: pd.Index) -> AnyArray:
    """Hexadecimal cell ids as (n,) uint64."""
    return np.fromiter((int(cell, 16) for cell in cells), dtype=np.uint64, count=len(cells))


def cell_polygons(cells: pd.Index) -> AnyArray:
    """The outline of each cell, as (n,) shapely polygons, longitude first.

    Those across the antimeridian have an edge across it. An edge near a pole, along which the
    longitude changes much, is a great circle and far from straight in degrees: it has points put
    into it; and the cell that holds the pole has edges to it.
    """
    import h3

    rings = [np.asarray(h3.cell_to_boundary(cell))[:, ::-1] for cell in cells]
    sizes = [len(ring) for ring in rings]
    points = np.concatenate(rings)
    owners = np.repeat(np.arange(len(rings)), sizes)
    outlines = np.asarray(shapely.polygons(shapely.linearrings(points, indices=owners)))
    following = np.roll(points, -1, axis=0)
    following[np.cumsum(sizes) - 1] = [ring[0] for ring in rings]
    bent = np.abs(wrapped(following[:, 0] - points[:, 0])) > BENT_DEGREES
    poles = [h3.latlng_to_cell(pole, 0, h3.get_resolution(cells[0])) for pole in (-90, 90)]
    for place in np.unique(owners[bent]):
        ring = _divided(rings[place])
        outlines[place] = cap(ring) if cells[place] in poles else shapely.Polygon(ring)
    return outlines


def _divided(ring: FloatArray) -> FloatArray:
    """A closed ring whose edges are great circles, with points put into them."""
    lon, lat = np.radians(ring).T
    corners = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    share = (np.arange(PIECES) / PIECES)[:, None]
    xyz = corners[:, None] * (1 - share) + np.roll(corners, -1, axis=0)[:, None] * share
    x, y, z = xyz.reshape(-1, 3).T
    points = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]).T
    return np.concatenate([points, points[:1]])


def areas_of_cells(cells: pd.Index) -> pd.Series:
    """The area of each cell in km², on the sphere.

    Example:
        >>> areas_of_cells(pd.Index(["861126d37ffffff"])).round(1).tolist()
        [27.9]
    """
    import h3.api.numpy_int as h3

    areas = [h3.cell_area(int(cell), "km^2") for cell in to_integers(cells)]
    return pd.Series(areas, index=cells, name="area_km2")


def cell_neighbours(cells: pd.Index) -> tuple[AnyArray, AnyArray]:
    """Positions (i, j), i < j, of the pairs of cells that share an edge."""
    import h3.api.numpy_int as h3

    keys = to_integers(cells)
    rings = [h3.grid_ring(int(key), 1) for key in keys]
    sources = np.repeat(np.arange(len(keys)), [len(ring) for ring in rings])
    order = np.argsort(keys)
    around = np.concatenate(rings).astype(np.uint64)
    found = np.searchsorted(keys[order], around).clip(max=len(keys) - 1)
    targets = order[found]
    known = (keys[targets] == around) & (sources < targets)
    return sources[known], targets[known]


def are_cells(ids: pd.Series, resolution: int) -> pd.Series:
    """Whether each string is a valid H3 cell of the resolution."""
    import h3

    distinct = ids.unique()
    valid = [
        cell.isalnum()
        and len(cell) < 17
        and h3.is_valid_cell(cell)
        and h3.get_resolution(cell) == resolution
        for cell in distinct  # others are no number of 64 bits, which H3 does not expect
    ]
    return ids.isin(distinct[np.array(valid, dtype=bool)])
