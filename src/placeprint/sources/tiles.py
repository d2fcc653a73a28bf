"""A folder of map tiles, z/x/y.png, as one image in plate carrée."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from placeprint.errors import InputError, listing
from placeprint.sources.imagery import opened
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["TileImage", "choose_zoom", "tile_positions", "zoom_levels"]

SUFFIXES: Final = {".jpeg", ".jpg", ".png", ".webp"}
TILES_IN_MEMORY: Final = 128
ENOUGH: Final = 0.9


def tile_positions(lon: FloatArray, lat: FloatArray, zoom: int) -> tuple[FloatArray, FloatArray]:
    """Positions in the grid of Web Mercator tiles, x to the east and y to the south.

        x = 2^z (λ/360° + ½),  y = 2^z (½ − artanh(sin φ) / 2π)

    The integer parts name the tile, the rest is the place in it.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees, within ±85.05 for places in the grid.
        zoom: z; the world is 2^z tiles wide.

    Example:
        >>> x, y = tile_positions(np.array([24.94]), np.array([60.17]), zoom=10)
        >>> int(x[0]), int(y[0])
        (582, 296)
    """
    tiles = 2.0**zoom
    with np.errstate(divide="ignore"):  # the poles are infinitely far
        north = np.arctanh(np.sin(np.radians(lat)))
    return tiles * (lon / 360 + 0.5), tiles * (0.5 - north / (2 * np.pi))


def zoom_levels(folder: PathLike) -> list[int]:
    """The zoom levels that a folder of tiles holds, from coarse to fine.

    Raises:
        InputError: If there is no such folder, or it holds no folder named by a number.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError("there is no such folder of tiles", source=folder)
    levels = sorted(int(path.name) for path in root.glob("*/") if _is_number(path.name))
    if not levels:
        raise InputError(
            "it holds no tiles: no folder in it is named by a zoom level",
            source=folder,
            hint="give the folder above z/x/y.png",
        )
    return levels


def choose_zoom(folder: PathLike, lon: FloatArray, lat: FloatArray) -> int:
    """The finest zoom level that shows about as many of the places as any does.

    A level counts if it has the tiles of at least nine tenths of the places that the best level
    has, so that a few tiles of a finer level do not decide.

    Args:
        folder: The tiles.
        lon: (n,) longitudes of the places in degrees.
        lat: (n,) latitudes.

    Raises:
        InputError: If the folder holds no tiles.
    """
    shown = {}
    for zoom in zoom_levels(folder):
        there = _tiles(Path(folder), zoom)
        x, y = (np.floor(axis).tolist() for axis in tile_positions(lon, lat, zoom))
        shown[zoom] = sum(tile in there for tile in zip(x, y, strict=True))
    return max(zoom for zoom, count in shown.items() if count >= ENOUGH * max(shown.values()))


class TileImage:
    """The tiles of one zoom level as an image whose rows are evenly spaced in latitude.

    Tiles that are not there, and transparent pixels, hold no data. Some tiles are kept in memory.

    Args:
        path: A folder of tiles ``z/x/y.png`` (or jpg, webp), y counted from the north.
        zoom: The level.

    Attributes:
        bounds: West, south, east, north of the tiles in degrees.
        width: In pixels.
        height: In pixels.

    Raises:
        InputError: If there are no tiles of that level, or they are no square images.

    Source: the Mercator of EPSG:3857 that web maps use, numbered as OpenStreetMap does.
    """

    def __init__(self, path: PathLike, zoom: int) -> None:
        self.path = Path(path)
        self.zoom = zoom
        levels = zoom_levels(path)
        self._tiles = _tiles(self.path, zoom)
        if not self._tiles:
            raise InputError(
                f"no tiles of zoom level {zoom}, there are {listing(levels)}",
                source=path,
                hint="choose one of these, or none for the finest that shows the regions",
            )
        columns, rows = np.array(list(self._tiles)).T
        self._first_column, self._first_row = int(columns.min()), int(rows.min())
        self._side = _pixels(next(iter(self._tiles.values()))).shape[0]
        across, down = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
        self.width, self.height = across * self._side, down * self._side
        world = 2.0**zoom
        west = 360 * (self._first_column / world - 0.5)
        edges = np.array([self._first_row, self._first_row + down])
        north, south = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * edges / world))))
        self.bounds = (west, float(south), west + 360 * across / world, float(north))
        self._tile = lru_cache(TILES_IN_MEMORY)(self._load)

    def read(self, top: int, bottom: int, left: int, right: int) -> tuple[AnyArray, BoolArray]:
        """A window: (rows, columns, 3) uint8, and which pixels hold data, (rows, columns) bool."""
        _, south, _, north = self.bounds
        lat = north - (np.arange(top, bottom) + 0.5) * (north - south) / self.height
        y = tile_positions(np.zeros_like(lat), lat, self.zoom)[1]
        rows = np.clip(((y - self._first_row) * self._side).astype(np.int64), 0, self.height - 1)
        down, row = np.divmod(rows, self._side)
        across, column = np.divmod(np.arange(left, right), self._side)
        pixels = np.zeros((bottom - top, right - left, 4), dtype=np.uint8)
        for j, i in product(np.unique(down), np.unique(across)):
            tile = self._tile(self._first_column + int(i), self._first_row + int(j))
            if tile is not None:
                inside, beside = down == j, across == i
                pixels[np.ix_(inside, beside)] = tile[np.ix_(row[inside], column[beside])]
        return pixels[..., :3], pixels[..., 3] > 0

    def _load(self, x: int, y: int) -> AnyArray | None:
        path = self._tiles.get((x, y))
        if path is None:
            return None
        tile = _pixels(path)
        if tile.shape[:2] != (self._side, self._side):
            raise InputError(
                f"this tile is {tile.shape[1]} × {tile.shape[0]} pixels, expected "
                f"{self._side} × {self._side} as the others",
                source=path,
                hint="fetch all tiles of a level in one size",
            )
        return tile


def _pixels(path: Path) -> AnyArray:
    """A tile as (rows, columns, 4) uint8."""
    with opened(path) as image:
        return np.asarray(image.convert("RGBA"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _tiles(folder: Path, zoom: int) -> dict[tuple[int, int], Path]:
    """The tiles of a level by (x, y), sorted."""
    tiles = {
        (int(column.name), int(path.stem)): path
        for column in (folder / str(zoom)).glob("*/")
        if _is_number(column.name)
        for path in sorted(column.iterdir())
        if path.suffix.lower() in SUFFIXES and _is_number(path.stem)
    }
    beyond = [path for tile, path in tiles.items() if max(tile) >= 2**zoom]
    if beyond:
        raise InputError(
            f"there is no such tile at zoom level {zoom}: x and y reach from 0 to {2**zoom - 1}",
            source=beyond[0],
            hint="name tiles z/x/y.png, with y counted from the north",
        )
    return dict(sorted(tiles.items()))
