"""The images of regions, checked as they pass: 8-bit colours, a mask of the same size, no twins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from placeprint.errors import InputError
from placeprint.sources import ImageCrop

__all__ = ["checked"]


def checked(crops: Iterable[ImageCrop]) -> Iterator[ImageCrop]:
    """Pass on the crops that show something of their region, and refuse malformed ones.

    Raises:
        InputError: If pixels are not uint8 (h, w, 3), a mask is of another size, or a region
            comes twice.

    Example:
        >>> from placeprint.sources import ImageCrop
        >>> pixels = np.zeros((2, 2, 3), dtype=np.uint8)
        >>> inside, outside = np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool)
        >>> crops = [ImageCrop("a", pixels, inside), ImageCrop("b", pixels, outside)]
        >>> [crop.region_id for crop in checked(crops)]
        ['a']
    """
    seen: set[str] = set()
    for crop in crops:
        shape = crop.pixels.shape
        if crop.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3:
            raise InputError(
                f"the image of region {crop.region_id!r} is {crop.pixels.dtype} {shape}, "
                "expected uint8 (height, width, 3)",
                hint="convert the image to 8-bit red, green, blue",
            )
        if crop.mask.shape != shape[:2]:
            raise InputError(
                f"the mask of region {crop.region_id!r} is {crop.mask.shape}, "
                f"its image {shape[:2]}",
                hint="cut both to the same window",
            )
        if crop.region_id in seen:
            raise InputError(
                f"region {crop.region_id!r} comes twice", hint="give one image per region"
            )
        seen.add(crop.region_id)
        if crop.mask.any():
            yield crop
