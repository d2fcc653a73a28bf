"""The H3 grid: cells that cover an area, cells of points, cells that touch.

Inside, cells are uint64; at the pandas edge they are hexadecimal strings, sorted.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.typing import AnyArray, FloatArray

__all__ = [
    "are_cells",
    "areas_of_cells",
    "cell_neighbours",
    "cell_polygons",
    "cells_of_points",
    "cover",
]


def cover(area: Any, resolution: int) -> pd.Index:
    """The H3 cells whose centres lie in an area.

    Args:
        area: A shapely Polygon or MultiPolygon, EPSG:4326.
        resolution: H3 resolution, 0 to 15 (6: about 36 km² a cell).

    Returns:
        Cell ids as hexadecimal strings, sorted, named ``region_id``.

    Raises:
        InputError: If no cell centre lies in the area.

    Example:
        >>> len(cover(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5))
        35
    """
    import h3

    cells = sorted(h3.geo_to_cells(area, resolution))
    if not cells:
        raise InputError(
            f"no centre of an H3 cell of resolution {resolution} lies in the area",
            hint="choose a finer resolution",
        )
    ids: pd.Index = pd.Index(cells, name="region_id", dtype=object)
    return ids


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
    """The outline of each cell, as (n,) shapely polygons, longitude first."""
    import h3

    rings = [np.asarray(h3.cell_to_boundary(cell))[:, ::-1] for cell in cells]
    points = np.concatenate(rings)
    owners = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return np.asarray(shapely.polygons(shapely.linearrings(points, indices=owners)))


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
