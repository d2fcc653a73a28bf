"""Images of an area: opened, read by window, and cut to each of its regions."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from warnings import catch_warnings

import numpy as np
import shapely

from placeprint.errors import InputError
from placeprint.files import what_is
from placeprint.regions import Regions
from placeprint.sources.ids import Coverage
from placeprint.typing import AnyArray, BoolArray, PathLike

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

__all__ = ["ImageCrop", "ImageCrops", "opened"]

Bounds: TypeAlias = Sequence[float]
"""West, south, east, north in degrees."""
Window: TypeAlias = tuple[AnyArray, BoolArray]
"""Colours, (rows, columns, 3) uint8, and which of these pixels hold data, (rows, columns) bool."""

COLOURS: Final = 3
TO_BYTES: Final = "scale it to 8 bits, for instance with gdal_translate -ot Byte -scale"


@contextmanager
def reading(path: PathLike, kind: str) -> Iterator[None]:
    """Say of a file that cannot be read what it is, and what failed.

    Raises:
        InputError: If it cannot be read as an image or raster.
    """
    from PIL.Image import DecompressionBombError as Bomb

    try:
        yield
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Bomb) as error:
        if isinstance(error, InputError):
            raise
        problem = f"cannot be read as {kind} (it is {what_is(path)}; {error})"
        raise InputError(problem, source=path, hint="fetch it again, or leave it out") from None


@contextmanager
def opened(path: PathLike, *, guarded: bool = True) -> Iterator[ImageFile]:
    """Open an image file with 8 bits a colour.

    Args:
        path: The file.
        guarded: Whether to refuse what Pillow takes for a decompression bomb, for its size.

    Raises:
        InputError: If it cannot be read, or has more than 8 bits a colour.
    """
    from PIL import Image

    with reading(path, "an image"), Image.open(path) if guarded else _unguarded(path) as image:
        # Pillow makes 8 bits of 16 in colour on its own, of 12 in 16 nothing but black.
        if image.mode[0] in "IF" or ";16" in str(image.tile):
            depth = {"F": "float", "I": "32 bits"}.get(image.mode, "16 bits")
            problem = f"its pixels are {depth}, expected 8 bits a colour"
            raise InputError(problem, source=path, hint=TO_BYTES)
        yield image


def _unguarded(path: PathLike) -> ImageFile:
    """Open as Pillow does, at any size: without its guard only here, not in all threads."""
    from PIL import Image, UnidentifiedImageError

    Image.init()
    with Path(path).open("rb") as file:
        start = file.read(16)
    for factory, accepts in (Image.OPEN[name] for name in Image.ID):
        with suppress(SyntaxError, IndexError, TypeError, struct.error):
            if accepts is None or accepts(start) is True:
                return factory(path, str(path))  # type: ignore[arg-type]
    raise UnidentifiedImageError("it is of no known format")


class PlainImage:
    """A JPEG, PNG or the like whose bounds are given, held in memory.

    Args:
        path: The image file; what is transparent holds no data.
        bounds: West, south, east, north of its edges in degrees.

    Attributes:
        bounds: As given.
        height: In pixels.
        width: In pixels.
        whole: Whether all pixels hold data.

    Raises:
        InputError: If it cannot be read, or its pixels are not 8-bit.
    """

    def __init__(self, path: PathLike, bounds: Bounds) -> None:
        self.path = Path(path)
        self.bounds = tuple(bounds)
        with opened(path, guarded=False) as image:
            pixels = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
        self._pixels, opacity = pixels[..., :COLOURS], pixels[..., COLOURS:]
        self._shown: BoolArray = np.all(opacity, axis=2)  # all of them, where there is none
        self.height, self.width = self._shown.shape
        self.whole = bool(self._shown.all())

    def read(self, top: int, bottom: int, left: int, right: int) -> Window:
        """A window: (rows, columns, 3) uint8, and which pixels hold data, (rows, columns) bool."""
        window = (slice(top, bottom), slice(left, right))
        return self._pixels[window], self._shown[window]


class GeoImage:
    """A georeferenced raster, read by window.

    One in another CRS than EPSG:4326, or whose rows do not run from west to east and from north
    to south, is resampled as it is read: bilinear, but a palette by its nearest pixels.

    Args:
        path: A GeoTIFF or another raster that GDAL reads. The first three bands are used, a
            single one is grey, or holds the numbers of a palette's colours. Alpha bands, masks,
            nodata values and transparent colours of a palette say where there are no data.
        bounds: West, south, east, north in degrees, in place of its georeference.

    Attributes:
        bounds: West, south, east, north in degrees.
        height: In pixels.
        width: In pixels.
        whole: Whether all pixels hold data, as far as can be told without reading them.

    Raises:
        InputError: If it cannot be read, has no georeference, or its pixels are not 8-bit.
    """

    def __init__(self, path: PathLike, bounds: Bounds | None = None) -> None:
        import rasterio
        from rasterio.enums import ColorInterp, MaskFlags, Resampling
        from rasterio.errors import NotGeoreferencedWarning as NoGeoreference
        from rasterio.vrt import WarpedVRT

        self.path = Path(path)
        with reading(path, "a raster"), catch_warnings(action="ignore", category=NoGeoreference):
            raster: Any = rasterio.open(self.path)
        if bounds is None and raster.crs is None:
            raise InputError("it has no georeference", source=path, hint="give its `bounds`")
        roles = enumerate(raster.colorinterp, start=1)
        self._opaque = [band for band, role in roles if role != ColorInterp.alpha]
        grey = len(self._opaque) < COLOURS
        self._bands = self._opaque[:1] * COLOURS if grey else self._opaque[:COLOURS]
        deep = {_type(raster, band) for band in self._bands} - {"uint8"}
        if deep:
            problem = f"its pixels are {', '.join(sorted(deep))}, expected 8 bits a colour"
            raise InputError(problem, source=path, hint=TO_BYTES)
        self._palette = _palette(raster, self._bands[0]) if grey else None
        transform = raster.transform
        north_up = transform.is_rectilinear and transform.a > 0 and transform.e < 0
        if bounds is None and (raster.crs.to_epsg() != 4326 or not north_up):
            # What lies beyond its edges has no data. Numbers of colours have no values between.
            how = Resampling.bilinear if self._palette is None else Resampling.nearest
            known = raster.nodata is not None or len(self._opaque) < raster.count
            raster = WarpedVRT(raster, crs="EPSG:4326", resampling=how, add_alpha=not known)
        self._raster = raster
        self._alpha = [band for band in raster.indexes if band not in self._opaque]
        self.bounds = tuple(bounds or raster.bounds)
        self.height, self.width = raster.height, raster.width
        opaque = self._palette is None or bool(self._palette[:, 3].all())
        unmasked = all(flags == [MaskFlags.all_valid] for flags in raster.mask_flag_enums)
        self.whole = opaque and unmasked and not self._alpha

    def read(self, top: int, bottom: int, left: int, right: int) -> Window:
        """A window: (rows, columns, 3) uint8, and which pixels hold data, (rows, columns) bool."""
        window = ((top, bottom), (left, right))
        with reading(self.path, "a raster"):
            bands = self._raster.read([*self._bands, *self._alpha], window=window)
            if self._alpha:  # which a nodata value would hide from the masks
                masks = bands[:COLOURS] != self._raster.nodata
            else:
                masks = self._raster.read_masks(self._opaque, window=window)
        shown = masks.any(axis=0) & bands[COLOURS:].all(axis=0)
        pixels = np.moveaxis(bands[:COLOURS], 0, -1)
        if self._palette is not None:
            pixels = self._palette[pixels[..., 0]]
            shown &= pixels[..., 3] > 0
        return pixels[..., :3], shown


def _type(raster: Any, band: int) -> str:
    """The type of a band's numbers; shades of fewer than 8 bits would all be dark."""
    bits = raster.tags(band, ns="IMAGE_STRUCTURE").get("NBITS", "8")
    few = int(bits) < 8 and raster.colorinterp[band - 1].name != "palette"
    return f"{bits} bits" if few else str(raster.dtypes[band - 1])


def _palette(raster: Any, band: int) -> AnyArray | None:
    """Colour and opacity of each value of a band, (256, 4); None if it has no palette."""
    try:
        colours = raster.colormap(band)
    except ValueError:
        return None
    palette = np.zeros((256, 4), dtype=np.uint8)
    palette[[*colours]] = [*colours.values()]
    return palette


def open_image(path: PathLike, bounds: Bounds | None) -> PlainImage | GeoImage:
    """Open an image: with bounds as a plain one, without as a georeferenced raster.

    Raises:
        InputError: If it is missing, cannot be read, its pixels are not 8-bit, or the bounds are
            impossible.
    """
    if bounds is None:
        return GeoImage(path)
    west, south, east, north = bounds
    if not (west < east and south < north):
        problem = f"bounds {list(bounds)} are not west < east, south < north"
        raise InputError(problem, source=path)
    # Of a TIFF, Pillow does not know all that GDAL writes.
    return (GeoImage if what_is(path) == "a TIFF image" else PlainImage)(path, bounds)


def shows_none(images: Sequence[Any], regions: Regions, how: str) -> InputError:
    """The error for images that show no region in the way they should."""
    west, south = np.min([image.bounds[:2] for image in images], axis=0)
    east, north = np.max([image.bounds[2:] for image in images], axis=0)
    reach = "{:.6g}, {:.6g} to {:.6g}, {:.6g}".format
    subject = f"it and {len(images) - 1} more reach" if images[1:] else "it reaches"
    problem = f"{subject} from {reach(west, south, east, north)} and shows none of the regions{how}"
    problem += f", which reach from {reach(*regions.geometry.total_bounds)}"
    hint = "check bounds (west, south, east, north), data, and that tiles count from the north"
    return InputError(problem, source=images[0].path, hint=hint)


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


class ImageCrops:
    """The crops of an image, one per region that it shows; may be iterated again and again.

    A region is shown if all of its bounding box lies in the image and at least one of its pixels
    holds data; a small region gets at least the pixel that its centre is in.

    Args:
        path: An image file.
        regions: The regions of the study area.
        bounds: West, south, east, north of a plain image; None for a georeferenced raster.

    Attributes:
        region_ids: The regions that are shown, in the order of the crops.
        coverage: Rows are regions; those beyond the image or without data are dropped.

    Raises:
        InputError: If the image shows none of the regions.
    """

    def __init__(self, path: PathLike, regions: Regions, bounds: Bounds | None = None) -> None:
        self._image = open_image(path, bounds)
        outlines = regions.geometry.to_numpy()
        margins = (shapely.bounds(outlines) - self._image.bounds) * [1, 1, -1, -1]
        inside = (margins >= -1e-9).all(axis=1)
        shown = inside.copy()
        shown[inside] = [self._holds_data(outline) for outline in outlines[inside]]
        empty = int((inside & ~shown).sum())
        if not shown.any():
            raise shows_none([self._image], regions, " with data" if empty else "")
        self._outlines = outlines[shown]
        self.region_ids = regions.ids[shown]
        self.coverage = Coverage(rows=len(regions), of_regions=len(regions))
        self.coverage.drop("regions beyond the edge of the image", int((~inside).sum()))
        self.coverage.drop("regions without data in the image", empty)
        self.coverage.finish(matched=len(self), regions=len(self))

    def __len__(self) -> int:
        return len(self._outlines)

    def __iter__(self) -> Iterator[ImageCrop]:
        for region_id, outline in zip(self.region_ids, self._outlines, strict=True):
            window, inside = self._place(outline)
            pixels, shown = self._image.read(*window)
            yield ImageCrop(str(region_id), pixels, inside & shown)

    def _holds_data(self, outline: Any) -> bool:
        """Whether any pixel of a region does; one in its midst mostly tells."""
        if self._image.whole:
            return True
        (top, bottom, left, right), inside = self._place(outline)
        row, column = (axis[len(axis) // 2] for axis in np.nonzero(inside))
        y, x = top + row, left + column
        _, midst = self._image.read(y, y + 1, x, x + 1)
        return bool(midst.all() or (inside & self._image.read(top, bottom, left, right)[1]).any())

    def _place(self, outline: Any) -> tuple[tuple[int, int, int, int], BoolArray]:
        """The window (top, bottom, left, right) of a region, and its pixels in there."""
        image = self._image
        west, south, east, north = image.bounds
        x, y = (east - west) / image.width, (north - south) / image.height
        left, bottom, right, top = outline.bounds
        columns = np.clip([(left - west) / x, (right - west) / x], 0, image.width - 1e-6)
        rows = np.clip([(north - top) / y, (north - bottom) / y], 0, image.height - 1e-6)
        first_column, last_column = columns.astype(int)
        first_row, last_row = rows.astype(int)
        lon = west + (np.arange(first_column, last_column + 1) + 0.5) * x
        lat = north - (np.arange(first_row, last_row + 1) + 0.5) * y
        inside = shapely.contains_xy(outline, *np.meshgrid(lon, lat))
        if not inside.any():
            centre = outline.representative_point()
            inside[np.abs(lat - centre.y).argmin(), np.abs(lon - centre.x).argmin()] = True
        return (first_row, last_row + 1, first_column, last_column + 1), inside
