"""Satellite images: one square a region, cut from rasters, plain images or map tiles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.progress import track
from placeprint.regions import Regions
from placeprint.sources.ids import Coverage
from placeprint.sources.imagery import Image, open_image
from placeprint.sources.photographs import check_size, compressed
from placeprint.sources.squares import bounding_squares, draw_square, shown_share
from placeprint.sources.tiles import TileImage, choose_zoom
from placeprint.typing import FloatArray, IntArray, PathLike

__all__ = ["read_satellite"]

ENOUGH: Final = 0.9
BANDS_OF_LATITUDE: Final = 0.02


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
    :func:`~placeprint.sources.squares.bounding_squares`): nothing is stretched, and what lies
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

    check_size(size)
    images = _opened(files, regions, bounds, tiles, zoom)
    squares = bounding_squares(regions.geometry.to_numpy())
    outlines = regions.geometry.to_numpy()
    coverage = Coverage(rows=len(regions), of_regions=len(regions))
    found: dict[int, bytes] = {}
    with track("cutting satellite images", total=len(regions)) as tracker:
        for row in _neighbours_together(squares):
            pixels, shown = draw_square(images, squares[row], size)
            share = shown_share(outlines[row], squares[row], shown)
            if share >= ENOUGH:
                found[row] = compressed(Pillow.fromarray(pixels), lossless=False)
            elif share > 0:
                coverage.drop("regions of which less than nine tenths are shown", 1)
            else:
                coverage.drop("regions beyond the images", 1)
            tracker.advance()
    if not found:
        raise _nothing_shown(images, regions)
    rows = sorted(found)
    table = pd.DataFrame({"region_id": regions.ids[rows], "image": [found[row] for row in rows]})
    return table, coverage.finish(matched=len(table), regions=len(table))


def _opened(
    files: Sequence[PathLike] | None,
    regions: Regions,
    bounds: Sequence[Sequence[float]] | None,
    tiles: PathLike | None,
    zoom: int | None,
) -> list[Image]:
    if (not files) == (tiles is None):
        raise InputError(
            f"satellite images from {'both files and tiles' if files else 'nothing'}",
            hint="give files (rasters, or images with bounds) or a folder of tiles",
        )
    if tiles is not None:
        centres = regions.centroids()
        if zoom is None:
            zoom = choose_zoom(tiles, centres["lon"].to_numpy(), centres["lat"].to_numpy())
        return [TileImage(tiles, zoom)]
    paths = list(files or [])
    if bounds is not None and len(bounds) != len(paths):
        raise InputError(
            f"{len(paths)} files but {len(bounds)} bounds",
            hint="give west, south, east, north for each file, or none for rasters",
        )
    return [open_image(path, box) for path, box in zip(paths, bounds or repeat(None), strict=False)]


def _neighbours_together(squares: FloatArray) -> IntArray:
    """An order in which places near each other follow each other, so that tiles are read once."""
    band = np.floor(squares[:, 1] / BANDS_OF_LATITUDE)
    return np.lexsort((squares[:, 0], band))


def _nothing_shown(images: Sequence[Image], regions: Regions) -> InputError:
    west, south = np.min([image.bounds[:2] for image in images], axis=0)
    east, north = np.max([image.bounds[2:] for image in images], axis=0)
    reach = regions.geometry.total_bounds
    subject = f"it and {len(images) - 1} more reach" if images[1:] else "it reaches"
    return InputError(
        f"{subject} from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}; none of the regions, "
        f"which reach from {reach[0]:.6g}, {reach[1]:.6g} to {reach[2]:.6g}, {reach[3]:.6g}, is "
        "shown by nine tenths",
        source=images[0].path,
        hint="check the bounds (west, south, east, north), or whether the tiles are numbered "
        "from the north",
    )
