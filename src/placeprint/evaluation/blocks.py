"""Spatial blocks: whole areas that are held out together, so that no neighbour gives a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from placeprint.regions import cells_of_points
from placeprint.typing import AnyArray, FloatArray

__all__ = ["NO_BLOCK", "block_groups", "cell_blocks"]

NO_BLOCK: Final = ""
"""The block of whatever lies in no unit and no region."""

_MIN_UNITS = 5
_MIN_COVERED = 0.9
_MIN_CELLS = 8
_MAX_SHARE = 0.3
_FINEST = 10


def block_groups(lon: FloatArray, lat: FloatArray, units: Mapping[str, pd.Series]) -> AnyArray:
    """The spatial block that each region is in.

    Blocks are the units of the coarsest level that has at least five of them and covers nine
    regions in ten; where no level does, they are coarse H3 cells (:func:`cell_blocks`).

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
        if ids.nunique() >= _MIN_UNITS and ids.notna().mean() >= _MIN_COVERED
    }
    if not counts:
        return cell_blocks(lon, lat)
    coarsest = min(sorted(counts), key=lambda level: counts[level])
    return units[coarsest].astype(object).fillna(NO_BLOCK).astype(str).to_numpy(dtype=object)


def cell_blocks(lon: FloatArray, lat: FloatArray) -> AnyArray:
    """The coarse H3 cell that each point is in, as a block.

    The resolution is the coarsest at which at least eight cells hold points and none holds more
    than 30 % of them, so that whole blocks can add up to about a fifth of the rows, in a country
    as in a borough. Fewer than eight points are each a block of their own.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.

    Returns:
        (n,) H3 cell ids in hexadecimal.

    Example:
        >>> lon, lat = np.meshgrid(np.linspace(5, 10, 20), np.linspace(45, 50, 20))
        >>> len(set(cell_blocks(lon.ravel(), lat.ravel())))
        29
    """
    if len(lon) < _MIN_CELLS:
        return np.array([str(position) for position in range(len(lon))], dtype=object)
    for resolution in range(_FINEST + 1):
        cells, codes, sizes = np.unique(
            cells_of_points(lon, lat, resolution), return_inverse=True, return_counts=True
        )
        if len(cells) >= _MIN_CELLS and sizes.max() <= _MAX_SHARE * len(lon):
            break
    names: AnyArray = np.array([f"{cell:x}" for cell in cells], dtype=object)
    return names[codes]
