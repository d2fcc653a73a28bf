from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel, CLIPModel

from placeprint.encoders import vision
from placeprint.encoders.images import encode_crops
from placeprint.encoders.vision import Preprocessing
from placeprint.errors import InputError
from placeprint.sources import ImageCrop

SIZES = {"a": (20, 31), "b": (1, 1), "c": (16, 16), "d": (3, 40), "e": (9, 8)}


def crops() -> list[ImageCrop]:
    rng = np.random.default_rng(0)
    return [
        ImageCrop(name, rng.integers(0, 256, (*size, 3), dtype=np.uint8), np.ones(size, dtype=bool))
        for name, size in SIZES.items()
    ]


def prepared(crop: ImageCrop) -> torch.Tensor:
    image = Image.fromarray(crop.pixels).resize((16, 16), Image.Resampling.BICUBIC)
    bands = [
        (np.asarray(image)[..., band] / 255 - (0.4, 0.5, 0.6)[band]) / (0.2, 0.3, 0.4)[band]
        for band in range(3)
    ]
    return torch.tensor(np.array(bands), dtype=torch.float32)[None]


def one_by_one(kind: str, folder: Path) -> np.ndarray:
    """Each image alone through the library's own model."""
    model = (CLIPModel if kind == "clip" else AutoModel).from_pretrained(folder).eval()
    rows = []
    for crop in crops():
        with torch.inference_mode():
            if kind == "clip":
                pooled = model.visual_projection(model.vision_model(prepared(crop)).pooler_output)
            else:
                output = model(pixel_values=prepared(crop))
                plain = kind == "vit_without_pooler"
                pooled = output.last_hidden_state[:, 0] if plain else output.pooler_output
        rows.append(pooled.reshape(-1).numpy())
    return np.stack(rows)


@pytest.mark.parametrize(
    ("kind", "dimensions"), [("clip", 12), ("resnet", 10), ("vit", 16), ("vit_without_pooler", 16)]
)
def test_batches_equal_single_images(
    kind: str,
    dimensions: int,
    vision_checkpoints: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vision, "CROPS_PER_BATCH", 2)
    frame = encode_crops(crops(), str(vision_checkpoints[kind]))
    assert frame.shape == (5, dimensions)
    assert frame.index.tolist() == list(SIZES)
    expected = one_by_one(kind, vision_checkpoints[kind])
    np.testing.assert_allclose(frame, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"size": {"height": 8, "width": 9}}, (8, 9)),
        ({"size": {"shortest_edge": 8}}, (8, 8)),
        ({"size": 8}, (8, 8)),
        ({"size": {"shortest_edge": 9}, "do_center_crop": True,
          "crop_size": {"height": 8, "width": 8}}, (8, 8)),
        ({"size": 9, "do_center_crop": True, "crop_size": 8}, (8, 8)),
    ],
)  # fmt: skip
def test_reads_every_way_of_saying_the_size(
    tmp_path: Path, config: dict[str, object], expected: tuple[int, int]
) -> None:
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
    preprocessing = Preprocessing.read(tmp_path)
    assert (preprocessing.height, preprocessing.width) == expected
    assert preprocessing.apply(crops()[0].pixels).shape == (3, *expected)


def test_a_model_that_wants_plain_pixels_gets_them(tmp_path: Path) -> None:
    config = {"size": 4, "do_normalize": False, "image_mean": [0.5] * 3}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
    white = np.full((2, 2, 3), 255, dtype=np.uint8)
    np.testing.assert_allclose(Preprocessing.read(tmp_path).apply(white), 1.0, rtol=1e-6)


def test_without_a_size_the_message_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"preprocessor_config\.json: there is no such file"):
        Preprocessing.read(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text("{}")
    with pytest.raises(InputError, match='add "size"'):
        Preprocessing.read(tmp_path)
