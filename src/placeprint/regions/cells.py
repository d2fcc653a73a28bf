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
from placeprint.regions.antimeridian import cut
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

    Those across the antimeridian have an edge across it; those that hold a pole are cut there.
    """
    import h3

    rings = [np.asarray(h3.cell_to_boundary(cell))[:, ::-1] for cell in cells]
    points = np.concatenate(rings)
    owners = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    outlines = np.asarray(shapely.polygons(shapely.linearrings(points, indices=owners)))
    resolution = h3.get_resolution(cells[0])
    polar = cells.isin([h3.latlng_to_cell(pole, 0, resolution) for pole in (-90, 90)])
    outlines[polar] = cut(outlines[polar])
    return outlines


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
        len(cell) < 17 and h3.is_valid_cell(cell) and h3.get_resolution(cell) == resolution
        for cell in distinct  # a longer one is no number of 64 bits, which H3 does not expect
    ]
    return ids.isin(distinct[np.array(valid, dtype=bool)])
