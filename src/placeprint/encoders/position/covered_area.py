"""The area that an encoder was taught, as H3 cells of mixed sizes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.regions import Regions, areas_km2, cells_of_points
from placeprint.typing import AnyArray, BoolArray, FloatArray

__all__ = ["CoveredArea"]

MOST_CELLS: Final = 100_000
"""Before small ones are joined to large ones; 7,500 remain of the contiguous United States."""

FINEST: Final = 12
"""An edge of 10 m: finer than what is known of most outlines."""

_H3_FINEST: Final = 15

_KM_A_DEGREE: Final = 111.2

_AVERAGE_KM2: Final = 4_357_449.416078383
"""The area of an average cell of resolution 0; each resolution divides by about seven."""


class CoveredArea:
    """H3 cells, the small ones joined to large ones wherever seven fill one.

    Of H3 regions these are the regions themselves, so the border is exact. Of polygons they are
    all cells that a polygon touches, and that of its centre, of the finest resolution at which
    there are about a hundred thousand at most; so a point outside the border counts as inside if
    it lies within a cell's width of it.

    Args:
        cells: (k,) uint64 H3 cells, none within another.

    Example:
        >>> import shapely
        >>> area = CoveredArea.of(Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), 5))
        >>> area.contains(np.array([5.5, 60.5]), np.array([60.5, 5.5])).tolist()
        [True, False]
    """

    def __init__(self, cells: AnyArray) -> None:
        self.cells = np.sort(cells.astype(np.uint64))
        self._levels = [int(level) for level in np.unique(_resolution(self.cells))]

    @classmethod
    def of(cls, regions: Regions) -> CoveredArea:
        """The area of some regions."""
        import h3.api.numpy_int as h3

        if regions.resolution is not None:
            cells: Any = np.array([int(cell, 16) for cell in regions.ids], dtype=np.uint64)
        else:
            total = float(areas_km2(regions.geometry).sum())
            finest = np.log(MOST_CELLS * _AVERAGE_KM2 / max(total, 1e-9)) / np.log(7)
            resolution = int(np.clip(np.floor(finest), 0, FINEST))
            cells = _touched(regions.geometry.to_numpy(), resolution)
        return cls(np.array(h3.compact_cells(cells), dtype=np.uint64))

    @property
    def resolution(self) -> int:
        """The H3 resolution of its smallest cells."""
        return self._levels[-1]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The smallest and largest longitude and latitude of the cells' centres, in degrees."""
        import h3.api.numpy_int as h3

        lat, lon = np.array([h3.cell_to_latlng(int(cell)) for cell in self.cells]).T
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def contains(self, lon: FloatArray, lat: FloatArray) -> BoolArray:
        """(n,) whether each place, in degrees, lies in one of the cells."""
        cells = cells_of_points(lon, lat, self.resolution)
        inside = np.zeros(len(cells), dtype=bool)
        for level in self._levels:
            parents = _parent(cells, level)
            at = np.searchsorted(self.cells, parents).clip(max=len(self.cells) - 1)
            inside |= self.cells[at] == parents
        return inside

    def points(self, count: int) -> tuple[FloatArray, FloatArray]:
        """About so many points all over the area: the centres of equally large cells.

        Args:
            count: How many at most, as nearly as a resolution allows; fewer where cells of
                resolution 15 are too large, more never.

        Returns:
            Longitudes and latitudes in degrees.
        """
        import h3.api.numpy_int as h3

        level = self.resolution
        while level < _H3_FINEST and self._count(level + 1) <= count:
            level += 1
        cells = h3.uncompact_cells(self.cells, level)
        some = cells[:: -(-len(cells) // count)]
        lat, lon = np.array([h3.cell_to_latlng(int(cell)) for cell in some]).T
        return lon, lat

    def _count(self, level: int) -> float:
        return float((7.0 ** (level - _resolution(self.cells).astype(float))).sum())


def _touched(polygons: AnyArray, resolution: int) -> AnyArray:
    """The cells of points along every border and of a grid within it, finer than the cells."""
    import shapely

    parts = shapely.get_parts(polygons)
    edge_km = np.sqrt(_AVERAGE_KM2 / 7.0**resolution / 2.6)
    step = 0.8 * edge_km / _KM_A_DEGREE
    west, south, east, north = shapely.bounds(parts).T
    stretch = np.cos(np.radians(np.minimum(np.maximum(abs(south), abs(north)), 89)))
    columns = np.ceil((east - west) * stretch / step).astype(np.int64) + 1
    rows = np.ceil((north - south) / step).astype(np.int64) + 1
    counts = columns * rows
    part = np.repeat(np.arange(len(parts)), counts)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    lon = west[part] + (east - west)[part] * (number % columns[part] + 0.5) / columns[part]
    lat = south[part] + (north - south)[part] * (number // columns[part] + 0.5) / rows[part]
    shapely.prepare(parts)
    within = shapely.contains_xy(parts[part], lon, lat)
    border = shapely.get_coordinates(shapely.segmentize(parts, step / 2))
    grid = np.column_stack([lon[within], lat[within]])
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    x, y = np.concatenate([grid, border, centres]).T
    return pd.unique(cells_of_points(x, y, resolution))


def _resolution(cells: AnyArray) -> AnyArray:
    return (cells >> np.uint64(52)) & np.uint64(15)


def _parent(cells: AnyArray, resolution: int) -> AnyArray:
    """The cell of a coarser resolution that each lies in: its unused digits are all ones."""
    unused = np.uint64((1 << (45 - 3 * resolution)) - 1)
    kept = cells & np.uint64(0xFF0FFFFFFFFFFFFF) | np.uint64(resolution << 52)
    return kept | unused
