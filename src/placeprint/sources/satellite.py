"""Satellite images: one square a region, cut from rasters, plain images or map tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import shapely
from scipy.ndimage import distance_transform_edt

from placeprint.errors import InputError, listing
from placeprint.progress import track
from placeprint.regions import Regions
from placeprint.regions.antimeridian import TURN, unwrapped
from placeprint.sources import imagery
from placeprint.sources.ids import Coverage
from placeprint.sources.photographs import compressed
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["TileImage", "bounding_squares", "draw_square", "read_satellite", "tile_positions"]

SUFFIXES: Final = {".jpeg", ".jpg", ".png", ".webp"}
TILES_IN_MEMORY: Final = 128
ENOUGH: Final = 0.9
BANDS_OF_LATITUDE: Final = 0.02
PIXELS_AT_ONCE: Final = 8_000_000
LARGEST_LATITUDE: Final = 89.0
HALF: Final = 0.5

Box: TypeAlias = tuple[float, float, float, float]
Shape: TypeAlias = tuple[int, int]
Tiles: TypeAlias = dict[tuple[int, int], Path]
"""The files of a zoom level by x and y."""


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


def find_tiles(folder: PathLike) -> dict[int, Tiles]:
    """The files of a folder of tiles z/x/y.png (jpg, webp), by zoom level and by x and y, sorted.

    Raises:
        InputError: If there are none, or there is no such tile at its zoom level.
    """
    levels: dict[int, Tiles] = {}
    for path in sorted(Path(folder).glob("*/*/*")):
        names = (*path.parts[-3:-1], path.stem)
        if path.suffix.lower() in SUFFIXES and all(n.isascii() and n.isdigit() for n in names):
            zoom, x, y = map(int, names)
            levels.setdefault(zoom, {})[x, y] = path
            if max(x, y) >= 2**zoom:
                problem = f"no such tile at zoom level {zoom}: x and y end with {2**zoom - 1}"
                raise InputError(problem, source=path, hint="name tiles z/x/y, y from the north")
    if not levels:
        raise InputError("no tiles z/x/y.png in it", source=folder, hint="give the folder above z")
    return {zoom: dict(sorted(tiles.items())) for zoom, tiles in sorted(levels.items())}


def choose_zoom(levels: Mapping[int, Tiles], lon: FloatArray, lat: FloatArray) -> int:
    """The finest zoom level that shows about as many of the places as any does.

    A level counts if it has the tiles of at least nine tenths of the places that the best level
    has, so that a few tiles of a finer level do not decide.

    Args:
        levels: The tiles of :func:`find_tiles`.
        lon: (n,) longitudes of the places in degrees.
        lat: (n,) latitudes.
    """
    shown = {}
    for zoom, tiles in levels.items():
        x, y = (np.floor(axis).tolist() for axis in tile_positions(lon, lat, zoom))
        shown[zoom] = sum(place in tiles for place in zip(x, y, strict=True))
    return max(zoom for zoom, count in shown.items() if count >= ENOUGH * max(shown.values()))


class TileImage:
    """The tiles of one zoom level as an image whose rows are evenly spaced in latitude.

    Tiles that are not there, and transparent pixels, hold no data. Some tiles are kept in memory.

    Args:
        path: A folder of tiles ``z/x/y.png`` (or jpg, webp), y counted from the north.
        levels: Its tiles, of :func:`find_tiles`.
        zoom: The level.

    Attributes:
        bounds: West, south, east, north of the tiles in degrees.
        width: In pixels.
        height: In pixels.

    Raises:
        InputError: If there are no tiles of that level, or they are no square images.

    Source: the Mercator of EPSG:3857 that web maps use, numbered as OpenStreetMap does.
    """

    def __init__(self, path: PathLike, levels: Mapping[int, Tiles], zoom: int) -> None:
        self.path, self._zoom = Path(path), zoom
        if zoom not in levels:
            problem = f"no tiles of zoom level {zoom}, there are {listing(levels)}"
            raise InputError(problem, source=path, hint="choose one of these, or none")
        self._tiles = levels[zoom]
        self._pixels = lru_cache(TILES_IN_MEMORY)(_pixels)
        self._side = len(_pixels(next(iter(self._tiles.values()))))
        columns, rows = np.array(list(self._tiles)).T
        self._first = (int(columns.min()), int(rows.min()))
        across, down = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
        self.width, self.height = across * self._side, down * self._side
        world = 2.0**zoom
        west = 360 * (self._first[0] / world - 0.5)
        edges = np.array([self._first[1], self._first[1] + down])
        north, south = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * edges / world)))).tolist()
        self.bounds = (west, south, west + 360 * across / world, north)

    def read(self, top: int, bottom: int, left: int, right: int) -> imagery.Window:
        """A window: (rows, columns, 3) uint8, and which pixels hold data, (rows, columns) bool."""
        _, south, _, north = self.bounds
        lat = north - (np.arange(top, bottom) + 0.5) * (north - south) / self.height
        y = (tile_positions(np.zeros_like(lat), lat, self._zoom)[1] - self._first[1]) * self._side
        down, row = np.divmod(np.clip(y.astype(np.int64), 0, self.height - 1), self._side)
        across, column = np.divmod(np.arange(left, right), self._side)
        pixels = np.zeros((bottom - top, right - left, 4), dtype=np.uint8)
        for i, j in product(np.unique(across).tolist(), np.unique(down).tolist()):
            if path := self._tiles.get((self._first[0] + i, self._first[1] + j)):
                tile, inside, beside = self._pixels(path), down == j, across == i
                if tile.shape[:2] != (self._side, self._side):
                    found = f"this tile is {tile.shape[1]} × {tile.shape[0]} pixels"
                    problem = f"{found}, expected {self._side} × {self._side} as the first"
                    raise InputError(problem, source=path, hint="fetch all tiles in one size")
                pixels[np.ix_(inside, beside)] = tile[np.ix_(row[inside], column[beside])]
        return pixels[..., :3], pixels[..., 3] > 0


def _pixels(path: Path) -> AnyArray:
    """A tile as (rows, columns, 4) uint8."""
    with imagery.opened(path) as image:
        return np.asarray(image.convert("RGBA"))


Image: TypeAlias = imagery.PlainImage | imagery.GeoImage | TileImage


def read_satellite(
    files: Sequence[PathLike] | None,
    regions: Regions,
    *,
    bounds: Sequence[Sequence[float]] | None = None,
    tiles: PathLike | None = None,
    zoom: int | None = None,
    size: int = 224,
) -> tuple[pd.DataFrame, Coverage]:
    """Cut a square satellite image for each region.

    The square is the smallest one around the region's bounding box, with the same centre (see
    :func:`~placeprint.sources.satellite.bounding_squares`): nothing is stretched, and what lies
    beside an oblong region is in the image. A region is covered if nine tenths of it are shown;
    what is not shown of its square gets the colour of the nearest pixel that is.

    Args:
        files: Rasters (GeoTIFF and others; any CRS), or plain images with their ``bounds``. A
            region may lie on several; where they overlap, the first one counts.
        regions: The regions of the study area.
        bounds: West, south, east, north of each of the files, plain images; None for rasters.
        tiles: A folder of tiles z/x/y.png (jpg, webp) in Web Mercator instead of files; tiles that
            are not there are normal.
        zoom: The level of the tiles; None for the finest that shows about as many regions as any.
        size: Side of the images in pixels.

    Returns:
        Columns region_id and image (the bytes of a JPEG), one row a region that is covered, sorted;
        and the account, whose rows are regions.

    Raises:
        InputError: If there are neither files nor tiles, or both; an image cannot be read; or no
            region is covered.

    Source: UrbanMFM, data (satellite image cropped to the region).
    """
    from PIL import Image as Pillow

    if (not files) == (tiles is None):
        found = "both files and tiles" if files else "nothing"
        raise InputError(f"satellite images from {found}", hint="give files or a folder of tiles")
    boxes: Sequence[imagery.Bounds | None] = bounds or [None] * len(files or [])
    pairs = zip(files or [], boxes, strict=True)
    images: list[Image] = [imagery.open_image(path, box) for path, box in pairs]
    if tiles is not None:
        levels, places = find_tiles(tiles), regions.centroids()[["lon", "lat"]].to_numpy().T
        zoom = choose_zoom(levels, *places) if zoom is None else zoom
        images = [TileImage(tiles, levels, zoom)]
    outlines = regions.geometry.to_numpy()
    squares = bounding_squares(outlines)
    coverage = Coverage(rows=len(regions), of_regions=len(regions))
    cut: dict[int, bytes] = {}
    # Places near each other follow each other, so that tiles are read once.
    order = np.lexsort((squares[:, 0], np.floor(squares[:, 1] / BANDS_OF_LATITUDE)))
    with track("cutting satellite images", total=len(regions)) as tracker:
        for row in order:
            pixels, shown = draw_square(images, squares[row], size)
            share = shown_share(outlines[row], squares[row], shown)
            if share >= ENOUGH:
                cut[row] = compressed(Pillow.fromarray(pixels), lossless=False)
            else:
                some = "of which less than nine tenths are shown"
                coverage.drop(f"regions {some if share > 0 else 'that the images do not show'}", 1)
            tracker.advance()
    if not cut:
        raise imagery.shows_none(images, regions, " by nine tenths")
    rows = sorted(cut)
    table = pd.DataFrame({"region_id": regions.ids[rows], "image": [cut[row] for row in rows]})
    return table, coverage.finish(matched=len(table), regions=len(table))


def bounding_squares(geometries: AnyArray) -> FloatArray:
    """The smallest square around each region's bounding box, with the same centre.

        side = max(width · cos φ, height),  φ the latitude of the centre

    so that a pixel is as many metres wide as high, and a region's size shows in its image.

    Args:
        geometries: (n,) polygons or multipolygons, EPSG:4326. One with parts on both sides of the
            antimeridian is put together first.

    Returns:
        (n, 4) west, south, east, north in degrees; the east of a square across the antimeridian is
        above 180.

    Example:
        >>> bounding_squares(np.array([shapely.box(24.0, 59.99, 24.04, 60.01)])).round(2).tolist()
        [[24.0, 59.99, 24.04, 60.01]]
    """
    west, south, east, north = shapely.bounds(unwrapped(geometries)).T
    lat = np.clip((south + north) / 2, -LARGEST_LATITUDE, LARGEST_LATITUDE)
    narrowing = np.cos(np.radians(lat))
    half = np.maximum((east - west) * narrowing, north - south) / 2
    lon = (west + east) / 2
    return np.column_stack([lon - half / narrowing, lat - half, lon + half / narrowing, lat + half])


def draw_square(images: Sequence[Image], square: FloatArray, size: int) -> imagery.Window:
    """Draw what the images show of a square.

    A pixel is the mean of the pixels that it covers, or interpolated where it covers less than
    one. Where images overlap, the first one counts. What none shows gets the colour of the nearest
    pixel that is shown.

    Args:
        images: In plate carrée; only the windows needed are read, a few million pixels at a time.
        square: (4,) of :func:`bounding_squares`.
        size: Side of the result in pixels.

    Returns:
        (size, size, 3) uint8, north up; and (size, size) bool, whether the images show it.
    """
    pixels, shown = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), dtype=bool)
    for image in images:
        for turn in (0.0, TURN, -TURN):  # a square may reach across the antimeridian
            _paste(image, square - [turn, 0, turn, 0], pixels, shown)
    if shown.any() and not shown.all():
        row, column = distance_transform_edt(~shown, return_distances=False, return_indices=True)
        pixels = pixels[row, column]
    return pixels, shown


def shown_share(geometry: Any, square: FloatArray, shown: BoolArray) -> float:
    """How much of a region is shown: the share of its pixels in the square, 0 to 1."""
    if shown.all() or not shown.any():
        return float(shown.any())
    size = len(shown)
    middle = (np.arange(size) + 0.5) / size
    west, south, east, north = square
    outline = unwrapped(np.array([geometry]))[0]
    columns, rows = np.meshgrid(west + middle * (east - west), north - middle * (north - south))
    inside = shapely.contains_xy(outline, columns, rows)
    return float(shown[inside].mean() if inside.any() else shown.mean())


def _paste(image: Image, square: FloatArray, pixels: AnyArray, shown: BoolArray) -> None:
    """Draw an image into the pixels of a square that are not shown yet."""
    size = len(shown)
    west, south, east, north = image.bounds
    across, down = image.width / (east - west), image.height / (north - south)
    # Edges of the square's pixels, in pixels of the image.
    columns = np.linspace((square[0] - west) * across, (square[2] - west) * across, size + 1)
    rows = np.linspace((north - square[3]) * down, (north - square[1]) * down, size + 1)
    first_column, last_column = _within(columns, image.width)
    first_row, last_row = _within(rows, image.height)
    place = (slice(first_row, last_row), slice(first_column, last_column))
    if shown[place].all():  # also where they do not meet
        return
    columns = columns[first_column : last_column + 1].clip(0, image.width)
    window = (columns[-1] - columns[0] + 2) * (max(rows[1] - rows[0], 1) + 1)
    step = max(1, int(PIXELS_AT_ONCE / window))
    for start in range(first_row, last_row, step):
        stop = min(start + step, last_row)
        edges, shape = rows[[start, stop]].clip(0, image.height), (stop - start, len(columns) - 1)
        colours, there = _resampled(image, columns[[0, -1]], edges, shape)
        place = (slice(start, stop), slice(first_column, last_column))
        new = there & ~shown[place]
        pixels[place][new] = colours[new]
        shown[place] |= new


def _within(edges: FloatArray, length: int) -> tuple[int, int]:
    """The first pixel, and the one after the last, whose middle lies in an image."""
    middles = (edges[1:] + edges[:-1]) / 2
    inside = np.flatnonzero((middles >= 0) & (middles < length))
    return (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)


def _resampled(image: Image, columns: FloatArray, rows: FloatArray, shape: Shape) -> imagery.Window:
    """A window of an image, given by fractional edges, as (rows, columns) pixels of a square."""
    left, top = (int(np.floor(edges[0])) for edges in (columns, rows))
    right = min(max(int(np.ceil(columns[1])), left + 1), image.width)
    bottom = min(max(int(np.ceil(rows[1])), top + 1), image.height)
    pixels, there = image.read(top, bottom, left, right)
    box = (columns[0] - left, rows[0] - top, columns[1] - left, rows[1] - top)
    if there.all():
        return _resized(pixels, shape, box), np.ones(shape, dtype=bool)
    # What holds no data must not darken its neighbours.
    weight = _resized(there.astype(np.float32), shape, box)
    bands = [np.where(there, band, np.float32(0)) for band in np.moveaxis(pixels, -1, 0)]
    totals = np.stack([_resized(band, shape, box) for band in bands], axis=-1)
    colours = totals / np.maximum(weight, HALF)[..., None]
    return colours.round().clip(0, 255).astype(np.uint8), weight >= HALF


def _resized(values: AnyArray, shape: Shape, box: Box) -> AnyArray:
    """Mean over the box of each pixel, or between pixels where they are enlarged."""
    from PIL import Image

    height, width = shape
    smaller = box[2] - box[0] >= width and box[3] - box[1] >= height
    how = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(values).resize((width, height), how, box=box))
