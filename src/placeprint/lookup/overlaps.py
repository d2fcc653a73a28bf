"""How much of each region lies in each polygon."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from scipy import sparse

from placeprint.regions import areas_km2
from placeprint.typing import AnyArray, FloatArray

__all__ = ["Overlaps", "areas_of"]

STRAIGHT_DEGREES: Final = 0.1
"""Edges are divided to this length before they are measured: one that is straight in degrees is
bent in an equal-area projection."""

ROUNDING: Final = 1e-9
"""Overlaps below this share of the smaller of both are no overlaps, but borders that are shared."""


def areas_of(shapes: AnyArray) -> FloatArray:
    """(n,) km² of polygons in degrees, by a cylindrical equal-area projection.

    Example:
        >>> areas_of(np.array([shapely.box(0, 0, 1, 1)])).round().tolist()
        [12308.0]
    """
    import geopandas as gpd

    if not len(shapes):
        return np.zeros(0)
    divided: Any = gpd.GeoSeries(shapely.segmentize(shapes, STRAIGHT_DEGREES), crs=4326)
    return np.asarray(areas_km2(divided), dtype=np.float64)


class Overlaps:
    """Regions, indexed and measured once, to be laid over many polygons.

    Args:
        outlines: (n,) valid shapely polygons, EPSG:4326, cut at the antimeridian.

    Attributes:
        areas: (n,) their areas in km².
    """

    def __init__(self, outlines: AnyArray) -> None:
        self._outlines = outlines
        self._tree = shapely.STRtree(outlines)
        self.areas = areas_of(outlines)

    def within(self, polygons: AnyArray) -> sparse.csr_array:
        """The area that each polygon shares with each region.

        Args:
            polygons: (m,) valid shapely polygons, EPSG:4326, cut at the antimeridian.

        Returns:
            (m, n) km².

        Example:
            >>> halves = Overlaps(shapely.box([0, 1], 0, [1, 2], 1))
            >>> found = halves.within(np.array([shapely.box(0.5, 0, 2, 1)])).toarray()
            >>> (found / halves.areas).round(6).tolist()
            [[0.5, 1.0]]
        """
        shapely.prepare(polygons)
        polygon, region = self._tree.query(polygons, predicate="intersects")
        shared = self.areas[region].copy()
        across = ~shapely.covers(polygons[polygon], self._outlines[region])
        pieces = shapely.intersection(polygons[polygon[across]], self._outlines[region[across]])
        shared[across] = np.minimum(areas_of(pieces), shared[across])
        smaller = np.minimum(self.areas[region], areas_of(polygons)[polygon])
        kept = shared > ROUNDING * smaller
        shape = (len(polygons), len(self._outlines))
        return sparse.csr_array((shared[kept], (polygon[kept], region[kept])), shape=shape)
