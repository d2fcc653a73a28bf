from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from placeprint.encoders.image_bytes import decode_images
from placeprint.errors import InputError

NOISE = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)


def packed(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def test_pixels_come_back_in_order() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 5, 3), dtype=np.uint8)
    images = pd.Series([packed(image) for image in pixels], index=[7, 3, 9])
    np.testing.assert_array_equal(decode_images(images), pixels)
    assert decode_images(pd.Series([], dtype=object)).shape == (0, 0, 0, 3)


def test_grey_palettes_and_jpeg_become_colours() -> None:
    grey = np.full((4, 4), 77, dtype=np.uint8)
    palette = io.BytesIO()
    Image.fromarray(grey).convert("P").save(palette, "PNG")
    found = decode_images([packed(grey), packed(grey, "JPEG"), palette.getvalue()])
    assert found.shape == (3, 4, 4, 3)
    np.testing.assert_allclose(found.astype(int), 77, atol=1)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (packed(np.zeros((5, 5), dtype=np.uint8)), "image 1 is 5 × 5 pixels.*the first is 4 × 4"),
        (packed(np.zeros((4, 5), dtype=np.uint8)), "image 1 is 5 × 4 pixels"),
        (None, "image 1 is None, expected the bytes"),
        (packed(NOISE)[:1000], "image 1 cannot be read as an image"),
        (packed(NOISE, "JPEG")[:500], "image 1 cannot be read as an image"),
        (b"nothing", "image 1 cannot be read as an image"),
    ],
    ids=["size", "oblong", "none", "png", "jpeg", "text"],
)
def test_what_does_not_fit_is_named(bad: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        decode_images([packed(np.zeros((4, 4), dtype=np.uint8)), bad])


def test_a_lone_oblong_image_is_refused() -> None:
    with pytest.raises(InputError, match="image 0 is 5 × 4 pixels"):
        decode_images([packed(np.zeros((4, 5), dtype=np.uint8))])
