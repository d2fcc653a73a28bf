"""From the compressed images in a table to pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import AnyArray

__all__ = ["decode_images"]


def decode_images(images: Iterable[bytes]) -> AnyArray:
    """Unpack compressed images, all squares of one size.

    Args:
        images: n PNG or JPEG files as bytes, such as the column ``image`` of street views. All are
            unpacked at once (150 kB each at 224 pixels), so hand large tables over in batches.

    Returns:
        uint8 (n, s, s, 3): red, green, blue, north up or as the camera stood; (0, 0, 0, 3) if
        there are none.

    Raises:
        InputError: If one is missing or no image, is no square, or differs in size from the first.

    Example:
        >>> from PIL import Image
        >>> buffer = io.BytesIO()
        >>> Image.new("RGB", (2, 2), "white").save(buffer, "PNG")
        >>> decode_images([buffer.getvalue()]).tolist()
        [[[[255, 255, 255], [255, 255, 255]], [[255, 255, 255], [255, 255, 255]]]]
    """
    pixels: list[AnyArray] = []
    for row, data in enumerate(images):
        pixels.append(_decoded(data, row))
        if len({*pixels[-1].shape[:2], pixels[0].shape[0]}) != 1:
            height, width = pixels[-1].shape[:2]
            side = pixels[0].shape[0]
            raise InputError(
                f"image {row} is {width} × {height} pixels, expected squares of one size "
                f"(the first is {pixels[0].shape[1]} × {side})",
                hint="build the layer again with one `size`",
            )
    return np.stack(pixels) if pixels else np.empty((0, 0, 0, 3), dtype=np.uint8)


def _decoded(data: object, row: int) -> AnyArray:
    from PIL import Image, UnidentifiedImageError

    if not isinstance(data, bytes):
        raise InputError(
            f"image {row} is {data!r:.40}, expected the bytes of a PNG or JPEG file",
            hint="leave out rows that have no image",
        )
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise InputError(
            f"image {row} cannot be read as an image ({error})", hint="build the layer again"
        ) from None
