"""Regions as vector tiles, for areas too large for one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from placeprint.regions import Regions
from placeprint.serving.map.mvt import EXTENT, encode_tile
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["LAYER", "TileMaker", "mercator"]

LAYER: Final = "regions"
"""The name of the only layer."""

_PIXELS: Final = 512
"""Pixels along the side of a tile."""

_BUFFER: Final = 64
"""Units of a tile that polygons reach beyond it, so that their cut edges are not seen."""

_FULL_PIXELS: Final = 64
"""Regions are as wide as this in the deepest tiles; beyond, these are drawn larger."""

_SMALL_PIXELS: Final = 3
"""Regions narrower than this become a mosaic."""

_MOSAIC: Final = 128
"""Squares along the side of a tile of mosaic, each in the colour of the region at its centre."""

_SOUTHMOST: Final = 85.051129
_DEEPEST: Final = 18


class TileMaker:
    """Makes the vector tiles of regions, each when it is asked for.

    A tile holds the regions that reach into it, cut to it, each with its position + 1 as id. Where
    regions are narrower than three pixels it holds a mosaic: 128 × 128 squares at most, each of
    the region at its centre, so that a tile stays small however many regions it covers.

    Args:
        regions: The regions.
        attributes: Columns of texts or numbers, one value a region, for the features to carry.

    Attributes:
        maxzoom: The deepest zoom that tiles are worth making of.
    """

    def __init__(
        self,
        regions: Regions,
        attributes: Mapping[str, Sequence[str | None] | FloatArray] | None = None,
    ) -> None:
        self._shapes = shapely.transform(regions.geometry.to_numpy(), mercator)
        self._tree = shapely.STRtree(self._shapes)
        self._attributes = {
            name: np.asarray(column, dtype=None if _is_numeric(column) else object)
            for name, column in (attributes or {}).items()
        }
        width = float(np.median(np.sqrt(shapely.area(self._shapes)))) or 2.0**-_DEEPEST
        zooms = np.log2(np.array([_SMALL_PIXELS, _FULL_PIXELS]) / (_PIXELS * width))
        small, full = np.ceil(zooms).clip(0, _DEEPEST)
        self._first_whole, self.maxzoom = int(small), int(full)

    def tile(self, z: int, x: int, y: int) -> bytes:
        """A tile of the usual scheme, y counted from the north; no bytes if it is empty."""
        side = 0.5**z
        corner = np.array([x * side, y * side])
        rows, shapes = (self._mosaic if z < self._first_whole else self._whole)(corner, side)
        columns = {name: column[rows] for name, column in self._attributes.items()}
        return encode_tile(LAYER, rows + 1, shapes, columns) if len(rows) else b""

    def filled(self, z: int) -> IntArray:
        """The tiles of a zoom that may hold something, (m, 2) x and y."""
        side = 2**z
        boxes = np.floor(shapely.bounds(self._shapes) * side).astype(np.int64)
        west, north, east, south = boxes.clip(0, side - 1).T
        across, down = east - west + 1, south - north + 1
        owner = np.repeat(np.arange(len(boxes)), across * down)
        number = np.arange(len(owner)) - np.repeat(
            np.cumsum(across * down) - across * down, across * down
        )
        x, y = west[owner] + number % across[owner], north[owner] + number // across[owner]
        return np.unique(np.column_stack([x, y]), axis=0)

    def _whole(self, corner: FloatArray, side: float) -> tuple[IntArray, AnyArray]:
        """The regions that reach into a tile, in its units."""
        rim = side * _BUFFER / EXTENT
        (west, north), (east, south) = corner - rim, corner + side + rim
        rows = np.sort(self._tree.query(shapely.box(west, north, east, south)))
        cut = shapely.clip_by_rect(self._shapes[rows], west, north, east, south)
        some = ~shapely.is_empty(cut)
        scale = EXTENT / side
        return rows[some], shapely.transform(cut[some], lambda xy: (xy - corner) * scale)

    def _mosaic(self, corner: FloatArray, side: float) -> tuple[IntArray, AnyArray]:
        """Squares in units of a tile, each of the region at its centre."""
        edge = np.arange(_MOSAIC) / _MOSAIC
        left, top = (each.ravel() for each in np.meshgrid(edge, edge))
        half = 0.5 / _MOSAIC
        centres = corner + (np.column_stack([left, top]) + half) * side
        point, region = self._tree.query(shapely.points(centres), predicate="intersects")
        order = np.lexsort((region, point))
        point, region = point[order], region[order]
        first = np.append(True, point[1:] != point[:-1])[: len(point)]
        point, region = point[first], region[first]
        left, top = left[point] * EXTENT, top[point] * EXTENT
        size = EXTENT / _MOSAIC
        return region, shapely.box(left, top, left + size, top + size)


def mercator(lonlat: FloatArray) -> FloatArray:
    """Degrees as turns of the Web Mercator projection: (0, 0) is the upper left, (1, 1) the lower.

    Latitudes beyond ±85.05°, which it does not reach, are moved there.

    Example:
        >>> mercator(np.array([[0.0, 0.0], [-90.0, -90.0]])).round(6).tolist()
        [[0.5, 0.5], [0.25, 1.0]]
    """
    lat = np.radians(lonlat[:, 1].clip(-_SOUTHMOST, _SOUTHMOST))
    turns = 0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)
    return np.column_stack([lonlat[:, 0] / 360 + 0.5, turns])


def _is_numeric(column: Sequence[str | None] | FloatArray) -> bool:
    return isinstance(column, np.ndarray) and column.dtype.kind == "f"
