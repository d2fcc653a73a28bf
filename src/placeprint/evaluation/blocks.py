"""Spatial blocks: whole areas that are held out together, so that no neighbour gives a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import cells_of_points
from placeprint.typing import AnyArray, FloatArray

__all__ = ["NO_BLOCK", "block_groups", "block_names", "cell_blocks", "degree_blocks"]

NO_BLOCK: Final = ""
"""The block of whatever lies in no unit and no region."""

_MIN_UNITS = 5
_MAX_UNITS = 100
_MIN_COVERED = 0.9
_MIN_CELLS = 8
_MAX_SHARE = 0.3
_FINEST = 10
_H3_FINEST = 15


def block_groups(lon: FloatArray, lat: FloatArray, units: Mapping[str, pd.Series]) -> AnyArray:
    """The spatial block that each region is in.

    Blocks are the units of the coarsest level that has five to a hundred of them and covers nine
    regions in ten; where no level does, they are coarse H3 cells (:func:`cell_blocks`). A finer
    level would leave neighbours on both sides of most splits. Where nobody knows where regions
    are, there are no cells: any level will do whose units have two regions and more on average,
    the coarsest of five units and more, or else that of most units.

    Args:
        lon: (n,) longitudes of the regions' centres in degrees.
        lat: (n,) latitudes in degrees.
        units: For each level, the unit id of every region in the order of ``lon``; missing where
            a region is in no unit.

    Returns:
        (n,) block names, :data:`NO_BLOCK` where a region is in no unit.

    Example:
        >>> states = pd.Series(list("AABBCCDDEE"))
        >>> block_groups(np.zeros(10), np.zeros(10), {"state": states}).tolist()
        ['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D', 'E', 'E']
    """
    counts = {
        level: ids.nunique()
        for level, ids in units.items()
        if _MIN_UNITS <= ids.nunique() <= _MAX_UNITS and ids.notna().mean() >= _MIN_COVERED
    }
    if not counts and np.isnan(lon).all():
        known = {level: ids.nunique() for level, ids in units.items()}
        joining = {level: n for level, n in known.items() if 2 <= n <= len(lon) / 2}
        many = {level: n for level, n in joining.items() if n >= _MIN_UNITS}
        counts = many or dict(sorted(joining.items(), key=lambda item: -item[1])[:1])
    if not counts:
        return cell_blocks(lon, lat)
    coarsest = min(sorted(counts), key=lambda level: counts[level])
    return units[coarsest].astype(object).fillna(NO_BLOCK).astype(str).to_numpy(dtype=object)


def block_names(groups: Any) -> AnyArray:
    """The block of each row as text or numbers, :data:`NO_BLOCK` where it is missing.

    Example:
        >>> block_names(["a", None]).tolist()
        ['a', '']
    """
    names: AnyArray = np.asarray(groups)
    if names.dtype != object:
        return names
    named = pd.Series(names).fillna(NO_BLOCK).astype(str)
    return named.to_numpy(dtype=object)


def cell_blocks(lon: FloatArray, lat: FloatArray, resolution: int | None = None) -> AnyArray:
    """The coarse H3 cell that each point is in, as a block.

    Unless it is given, the resolution is the coarsest at which at least eight cells hold points
    and none holds more than 30 % of them, so that whole blocks can add up to about a fifth of the
    rows, in a country as in a borough; fewer than eight points are each a block of their own.

    Args:
        lon: (n,) longitudes in degrees, NaN where there is no position.
        lat: (n,) latitudes in degrees.
        resolution: H3 resolution, 0 to 15 (2: about 300 km across, 3: 120 km).

    Returns:
        (n,) H3 cell ids in hexadecimal, :data:`NO_BLOCK` where there is no position.

    Raises:
        InputError: If H3 has no such resolution.

    Example:
        >>> lon, lat = np.meshgrid(np.linspace(5, 10, 20), np.linspace(45, 50, 20))
        >>> len(set(cell_blocks(lon.ravel(), lat.ravel())))
        29
        >>> cell_blocks(np.array([24.94, 25.5]), np.array([60.17, 60.17]), resolution=3).tolist()
        ['831126fffffffff', '831126fffffffff']
    """
    if resolution is not None and not 0 <= resolution <= _H3_FINEST:
        raise InputError(f"no H3 resolution {resolution}, expected 0 to {_H3_FINEST}")
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    blocks = np.full(len(lon), NO_BLOCK, dtype=object)
    if resolution is None and len(placed) < _MIN_CELLS:
        blocks[placed] = [str(position) for position in placed]
    elif len(placed):
        blocks[placed] = _cells(lon[placed], lat[placed], resolution)
    return blocks


def _cells(lon: FloatArray, lat: FloatArray, resolution: int | None) -> AnyArray:
    """The H3 cell of each point, of a resolution given or found."""
    for tried in range(_FINEST + 1) if resolution is None else [resolution]:
        cells, codes, sizes = np.unique(
            cells_of_points(lon, lat, tried), return_inverse=True, return_counts=True
        )
        if len(cells) >= _MIN_CELLS and sizes.max() <= _MAX_SHARE * len(lon):
            break
    names: AnyArray = np.array([f"{cell:x}" for cell in cells], dtype=object)
    return names[codes]


def degree_blocks(lon: FloatArray, lat: FloatArray, size: float) -> AnyArray:
    """The square of longitude and latitude that each point is in, as a block.

    Squares are counted eastwards from the antimeridian and northwards from the South Pole; where
    ``size`` does not divide 360 or 180, the last is narrower. Towards the poles they cover less
    ground: at 60° half as much as at the equator.

    Args:
        lon: (n,) longitudes in degrees, NaN where there is no position; −180 and 180 are one.
        lat: (n,) latitudes in degrees.
        size: Width and height in degrees, above 0.

    Returns:
        (n,) names "column,row", :data:`NO_BLOCK` where there is no position.

    Raises:
        InputError: If the size is not above 0.

    Example:
        >>> degree_blocks(np.array([-180.0, 180.0, 9.9]), np.array([0.0, 0.0, 90.0]), 10).tolist()
        ['0,9', '0,9', '18,17']
    """
    if not 0 < size < np.inf:
        raise InputError(f"blocks of {size} degrees, expected a size above 0")
    placed = np.isfinite(lon) & np.isfinite(lat)
    column = np.floor((lon[placed] + 180) % 360 / size).astype(np.int64)
    row = np.floor((lat[placed] + 90) / size).astype(np.int64)
    row = np.minimum(row, int(np.ceil(180 / size)) - 1)
    squares, codes = np.unique(np.column_stack([column, row]), axis=0, return_inverse=True)
    names = np.array([f"{west},{south}" for west, south in squares], dtype=object)
    blocks = np.full(len(lon), NO_BLOCK, dtype=object)
    blocks[placed] = names[codes]
    return blocks
