"""Images of an area, cut to each of its regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.ids import Coverage
from placeprint.typing import AnyArray, BoolArray, PathLike

__all__ = ["ImageCrop", "ImageCrops", "open_image"]

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True)
class ImageCrop:
    """The part of an image that shows one region.

    Attributes:
        region_id: The region.
        pixels: (height, width, 3) uint8, north up.
        mask: (height, width) bool, the pixels whose centre lies in the region and that hold data.
    """

    region_id: str
    pixels: AnyArray
    mask: BoolArray


class Image(Protocol):
    """An image in plate carrée (EPSG:4326) that gives windows of pixels."""

    path: Path
    bounds: Bounds
    width: int
    height: int

    def read(self, top: int, bottom: int, left: int, right: int) -> AnyArray:
        """The pixels of a window, (rows, columns, 3) uint8."""
        ...

    def shows(self, top: int, bottom: int, left: int, right: int) -> BoolArray:
        """Which pixels of a window hold data, (rows, columns) bool."""
        ...


class PlainImage:
    """A JPEG or PNG whose bounds are given.

    Args:
        path: The image file.
        bounds: West, south, east, north of its edges in degrees.
    """

    def __init__(self, path: PathLike, bounds: Sequence[float]) -> None:
        from PIL import Image as Pillow
        from PIL import UnidentifiedImageError

        self.path = Path(path)
        west, south, east, north = bounds
        if not (west < east and south < north):
            raise InputError(
                f"bounds {list(bounds)} are not west < east, south < north", source=path
            )
        self.bounds = (west, south, east, north)
        try:
            # World images are larger than Pillow's guard against decompression bombs allows.
            Pillow.MAX_IMAGE_PIXELS, guard = None, Pillow.MAX_IMAGE_PIXELS
            with Pillow.open(self.path) as image:
                self._pixels = np.asarray(image.convert("RGB"))
        except (UnidentifiedImageError, OSError) as error:
            raise InputError(f"cannot be read as an image ({error})", source=path) from None
        finally:
            Pillow.MAX_IMAGE_PIXELS = guard
        self.height, self.width = self._pixels.shape[:2]

    def read(self, top: int, bottom: int, left: int, right: int) -> AnyArray:
        """The pixels of a window, (rows, columns, 3) uint8."""
        return self._pixels[top:bottom, left:right]

    def shows(self, top: int, bottom: int, left: int, right: int) -> BoolArray:
        """Which pixels of a window hold data: all of them, (rows, columns) bool."""
        return np.ones((bottom - top, right - left), dtype=bool)


class GeoImage:
    """A georeferenced raster, read by window.

    One in another CRS than EPSG:4326, or whose rows do not run from west to east and from north
    to south, is resampled (bilinear) as it is read.

    Args:
        path: A GeoTIFF or another raster that GDAL reads; the first three bands are used, a
            single band is repeated.
    """

    def __init__(self, path: PathLike) -> None:
        import rasterio
        from rasterio.errors import RasterioIOError

        self.path = Path(path)
        try:
            self._raster: Any = rasterio.open(self.path)
        except RasterioIOError as error:
            raise InputError(f"cannot be read as a raster ({error})", source=path) from None
        if self._raster.crs is None:
            raise InputError(
                "it has no georeference", source=path, hint="give `bounds` in the recipe"
            )
        if self._raster.dtypes[0] != "uint8":
            raise InputError(
                f"its pixels are {self._raster.dtypes[0]}, expected 8-bit bands", source=path
            )
        self._bands = [1, 2, 3] if self._raster.count >= 3 else [1, 1, 1]
        if self._raster.crs.to_epsg() != 4326 or not _is_north_up(self._raster.transform):
            self._raster = _in_degrees(self._raster)
        box = self._raster.bounds
        self.bounds = (box.left, box.bottom, box.right, box.top)
        self.height, self.width = self._raster.height, self._raster.width

    def read(self, top: int, bottom: int, left: int, right: int) -> AnyArray:
        """The pixels of a window, (rows, columns, 3) uint8."""
        window = ((top, bottom), (left, right))
        return np.moveaxis(self._raster.read(self._bands, window=window), 0, -1)

    def shows(self, top: int, bottom: int, left: int, right: int) -> BoolArray:
        """Which pixels of a window hold data, by the raster's own mask, (rows, columns) bool."""
        return np.asarray(self._raster.dataset_mask(window=((top, bottom), (left, right))) > 0)


def _is_north_up(transform: Any) -> bool:
    return bool(transform.is_rectilinear and transform.a > 0 and transform.e < 0)


def _in_degrees(raster: Any) -> Any:
    """A view of a raster in EPSG:4326; what lies beyond its edges has no data."""
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.vrt import WarpedVRT

    known = raster.nodata is not None or ColorInterp.alpha in raster.colorinterp
    return WarpedVRT(raster, crs="EPSG:4326", resampling=Resampling.bilinear, add_alpha=not known)


def open_image(path: PathLike, bounds: Sequence[float] | None) -> Image:
    """Open an image: with bounds as a plain one, without as a georeferenced raster.

    Raises:
        InputError: If it is missing, cannot be read, or its pixels are not 8-bit.
    """
    if not Path(path).exists():
        raise InputError("there is no such file", source=path)
    return PlainImage(path, bounds) if bounds is not None else GeoImage(path)


class ImageCrops:
    """The crops of an image, one per region that it shows; may be iterated again and again.

    A region is shown if all of its bounding box lies in the image; a small region gets at least
    the pixel that its centre is in.

    Args:
        path: An image file.
        regions: The regions of the study area.
        bounds: West, south, east, north of a plain image; None for a georeferenced raster.

    Attributes:
        coverage: Rows are regions; those beyond the image are dropped.

    Raises:
        InputError: If the image shows none of the regions.
    """

    def __init__(
        self, path: PathLike, regions: Regions, bounds: Sequence[float] | None = None
    ) -> None:
        self._image = open_image(path, bounds)
        west, south, east, north = self._image.bounds
        boxes = regions.geometry.bounds.to_numpy()
        lower = np.array([west, south]) - 1e-9
        upper = np.array([east, north]) + 1e-9
        shown = (boxes[:, :2] >= lower).all(axis=1) & (boxes[:, 2:] <= upper).all(axis=1)
        if not shown.any():
            reach = regions.geometry.total_bounds
            raise InputError(
                f"it reaches from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g} and shows "
                f"none of the regions, which reach from {reach[0]:.6g}, {reach[1]:.6g} to "
                f"{reach[2]:.6g}, {reach[3]:.6g}",
                source=path,
                hint="check the bounds (west, south, east, north)",
            )
        self._geometry = regions.geometry[shown]
        self.coverage = Coverage(rows=len(regions), of_regions=len(regions))
        self.coverage.drop("regions beyond the edge of the image", int((~shown).sum()))
        self.coverage.finish(matched=int(shown.sum()), regions=int(shown.sum()))

    def __len__(self) -> int:
        return len(self._geometry)

    def __iter__(self) -> Iterator[ImageCrop]:
        for region_id, outline in self._geometry.items():
            yield self._crop(str(region_id), outline)

    def _crop(self, region_id: str, outline: Any) -> ImageCrop:
        image = self._image
        west, _, east, north = image.bounds
        step_x = (east - west) / image.width
        step_y = (north - image.bounds[1]) / image.height
        left, bottom, right, top = outline.bounds
        columns = np.clip([(left - west) / step_x, (right - west) / step_x], 0, image.width - 1e-6)
        rows = np.clip([(north - top) / step_y, (north - bottom) / step_y], 0, image.height - 1e-6)
        first_column, last_column = columns.astype(int)
        first_row, last_row = rows.astype(int)
        lon = west + (np.arange(first_column, last_column + 1) + 0.5) * step_x
        lat = north - (np.arange(first_row, last_row + 1) + 0.5) * step_y
        mask = shapely.contains_xy(outline, *np.meshgrid(lon, lat))
        if not mask.any():
            centre = outline.representative_point()
            row = int(np.abs(lat - centre.y).argmin())
            mask[row, int(np.abs(lon - centre.x).argmin())] = True
        mask &= image.shows(first_row, last_row + 1, first_column, last_column + 1)
        pixels = image.read(first_row, last_row + 1, first_column, last_column + 1)
        return ImageCrop(region_id, pixels, mask)
