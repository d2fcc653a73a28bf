"""Photographs as upright squares of one size, compressed: what a table of images holds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from placeprint.errors import InputError
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["check_size", "compressed", "photograph_files", "read_square"]

SMALLEST: Final = 8
LARGEST: Final = 4096
JPEG_QUALITY: Final = 90
SUFFIXES: Final = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
DEEP: Final = ("I", "F")


def check_size(size: int) -> None:
    """Refuse a side of images that no network takes.

    Raises:
        InputError: If it is not between 8 and 4096 pixels.
    """
    if not SMALLEST <= size <= LARGEST:
        raise InputError(
            f"images of {size} pixels, expected a side of {SMALLEST} to {LARGEST}",
            hint="the published size is 224",
        )


def photograph_files(folder: Path) -> list[Path]:
    """The photographs in a folder and the folders in it, by their endings, sorted.

    Raises:
        InputError: If there are none.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise InputError(
            f"no photographs in it (files ending in {', '.join(sorted(SUFFIXES))})",
            source=folder,
            hint="give the folder they are in, or a table that lists them",
        )
    return files


def read_square(path: PathLike, size: int) -> bytes:
    """Read a photograph: upright as EXIF says, its middle square, resized, compressed.

    A JPEG is decoded at the smallest of its own scales that has twice the pixels needed, which
    takes a fraction of the time and of the memory.

    Args:
        path: An image file of 8 bits a colour.
        size: Side of the square in pixels.

    Returns:
        The bytes of a PNG if the photograph is one, else of a JPEG of quality 90.

    Raises:
        InputError: If it cannot be read, or has more than 8 bits a colour.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            if image.mode.startswith(DEEP):
                raise InputError(
                    f"its pixels are of type {image.mode}, expected 8 bits a colour",
                    source=path,
                    hint="convert it to a JPEG",
                )
            lossless = image.format == "PNG"
            image.draft("RGB", (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            f"cannot be read as an image ({error})",
            source=path,
            hint="fetch it again, or leave it out",
        ) from None
    side = min(upright.size)
    left, top = (upright.width - side) / 2, (upright.height - side) / 2
    box = (left, top, left + side, top + side)
    cut = upright.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return compressed(cut, lossless=lossless)


def compressed(image: Image, *, lossless: bool) -> bytes:
    """The bytes of an image file: PNG if lossless, else JPEG of quality 90."""
    buffer = io.BytesIO()
    if lossless:
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
