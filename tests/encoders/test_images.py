from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from placeprint.encoders.images import encode_crops
from placeprint.errors import InputError, MissingExtraError
from placeprint.sources import ImageCrop

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
INSIDE = np.ones((4, 5), dtype=bool)


def test_absent_regions_have_no_row() -> None:
    crops = [ImageCrop("b", PIXELS, INSIDE), ImageCrop("a", PIXELS, ~INSIDE)]
    frame = encode_crops(crops)
    assert frame.index.tolist() == ["b"]
    assert frame.index.name == "region_id"
    nothing = encode_crops(crops[1:])
    assert nothing.shape == (0, frame.shape[1])


def test_crops_may_come_from_a_generator() -> None:
    crops = [ImageCrop(name, PIXELS, INSIDE) for name in "abc"]
    streamed = encode_crops(crop for crop in crops)
    np.testing.assert_array_equal(streamed, encode_crops(crops))


def test_the_seed_is_the_filters() -> None:
    crops = [ImageCrop("a", PIXELS, INSIDE)]
    assert not np.array_equal(encode_crops(crops, seed=0), encode_crops(crops, seed=1))
    np.testing.assert_array_equal(encode_crops(crops, seed=0), encode_crops(crops, seed=0))


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'mosaiks'"):
        encode_crops([], "mosaik")


def test_without_transformers_the_message_names_the_extra(
    vision_checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'placeprint\[vision\]'"):
        encode_crops([], str(vision_checkpoints["clip"]))
