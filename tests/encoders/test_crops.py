from __future__ import annotations

import numpy as np
import pytest

from placeprint.encoders.crops import checked
from placeprint.errors import InputError
from placeprint.sources import ImageCrop

PIXELS, MASK = np.zeros((2, 3, 3), dtype=np.uint8), np.ones((2, 3), dtype=bool)


@pytest.mark.parametrize(
    ("crops", "message"),
    [
        ([ImageCrop("a", PIXELS / 255, MASK)], "image of region 'a' is float64.*8-bit"),
        ([ImageCrop("a", PIXELS[..., 0], MASK)], r"uint8 \(2, 3\), expected uint8 \(height, wid"),
        ([ImageCrop("a", PIXELS, MASK.T)], r"mask of region 'a' is \(3, 2\), its image \(2, 3\)"),
        ([ImageCrop("a", PIXELS, MASK)] * 2, "region 'a' comes twice"),
    ],
)
def test_malformed_crops_are_refused(crops: list[ImageCrop], message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(checked(crops))
