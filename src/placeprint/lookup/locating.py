"""In which region a point lies, prepared once and asked often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from placeprint.regions import cells_of_points
from placeprint.typing import AnyArray, FloatArray

__all__ = ["CellLocator", "PolygonLocator"]

CHUNK = 1_000_000


@dataclass(frozen=True)
class CellLocator:
    """H3 cells by their number.

    Attributes:
        cells: (n,) uint64, sorted as their hexadecimal ids are.
        resolution: Their resolution.

    Example:
        >>> locator = CellLocator.of(pd.Index(["861126d37ffffff"]), 6)
        >>> locator.locate(np.array([24.94, 0.0]), np.array([60.17, 0.0]))
        array([ 0, -1])
    """

    cells: AnyArray
    resolution: int

    @classmethod
    def of(cls, ids: pd.Index, resolution: int) -> CellLocator:
        """Prepare sorted hexadecimal ids."""
        numbers = (int(cell, 16) for cell in ids)
        return cls(np.fromiter(numbers, dtype=np.uint64, count=len(ids)), resolution)

    def locate(self, lon: FloatArray, lat: FloatArray) -> AnyArray:
        """(n,) checked degrees → (n,) the position of the region, −1 where there is none."""
        points = cells_of_points(lon, lat, self.resolution)
        found = np.searchsorted(self.cells, points).clip(max=len(self.cells) - 1)
        return np.where(self.cells[found] == points, found, -1)

    def bounds(self) -> FloatArray:
        """West, south, east and north of the cells' centres, to about a cell."""
        import h3.api.numpy_int as h3

        pairs = map(h3.cell_to_latlng, self.cells.tolist())
        lat, lon = np.fromiter(pairs, np.dtype((np.float64, 2)), count=len(self.cells)).T
        return np.array([lon.min(), lat.min(), lon.max(), lat.max()])


@dataclass(frozen=True)
class PolygonLocator:
    """Polygons by a spatial index; a point on a common border goes to the first of its polygons.

    Attributes:
        outlines: (n,) shapely, EPSG:4326.
        tree: Their index.

    Example:
        >>> locator = PolygonLocator.of(shapely.box([0, 1], [0, 0], [1, 2], [1, 1]))
        >>> locator.locate(np.array([0.5, 1.0, 9.0]), np.array([0.5, 0.5, 9.0]))
        array([ 0,  0, -1])
    """

    outlines: AnyArray
    tree: Any

    @classmethod
    def of(cls, outlines: AnyArray) -> PolygonLocator:
        """Index and prepare polygons."""
        shapely.prepare(outlines)
        return cls(outlines, shapely.STRtree(outlines))

    def locate(self, lon: FloatArray, lat: FloatArray) -> AnyArray:
        """(n,) checked degrees → (n,) the position of the region, −1 where there is none."""
        positions = np.full(len(lon), -1, dtype=np.int64)
        for start in range(0, len(lon), CHUNK):
            points = shapely.points(lon[start : start + CHUNK], lat[start : start + CHUNK])
            point, polygon = self.tree.query(points, predicate="intersects")
            order = np.lexsort((-polygon, point))
            positions[start + point[order]] = polygon[order]
        return positions

    def bounds(self) -> FloatArray:
        """West, south, east and north of all polygons."""
        return np.asarray(shapely.total_bounds(self.outlines))
