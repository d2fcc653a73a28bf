"""Published vision checkpoints (CLIP, RemoteCLIP, ResNet, ViT) on the crops of regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from placeprint.encoders.checkpoints import load_model
from placeprint.errors import InputError
from placeprint.files import read_json
from placeprint.progress import Tracker
from placeprint.sources import ImageCrop
from placeprint.typing import AnyArray, FloatArray

__all__ = ["Preprocessing", "VisionEncoder"]

CROPS_PER_BATCH = 32


@dataclass(frozen=True)
class Preprocessing:
    """How a vision model wants its pixels: resized, scaled, and normalised by band.

        y = (x · scale − mean) / std

    Args:
        height: Of the model's input, in pixels.
        width: Of the model's input, in pixels.
        resample: Pillow's number of the interpolation (2 bilinear, 3 bicubic).
        scale: Factor on the 8-bit values.
        mean: Per band.
        std: Per band.
    """

    height: int
    width: int
    resample: int
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def read(cls, folder: Path) -> Preprocessing:
        """Read a checkpoint's ``preprocessor_config.json``.

        Raises:
            InputError: If it is missing, or does not say the size of the input.
        """
        path = folder / "preprocessor_config.json"
        config = read_json(path)
        size = config.get("size") or {}
        if config.get("do_center_crop") and config.get("crop_size"):
            size = config["crop_size"]
        if isinstance(size, int):
            size = {"shortest_edge": size}
        edge = size.get("shortest_edge")
        height, width = size.get("height", edge), size.get("width", edge)
        if not height or not width:
            raise InputError(
                "no size of the model's input ('size' or 'crop_size')",
                source=path,
                hint='add "size": {"height": 224, "width": 224}, with the model\'s own numbers',
            )
        plain = config.get("do_normalize") is False
        return cls(
            height=int(height),
            width=int(width),
            resample=int(config.get("resample", 3)),
            scale=float(config.get("rescale_factor", 1 / 255)),
            mean=(0.0, 0.0, 0.0) if plain else tuple(config.get("image_mean", (0.5, 0.5, 0.5))),
            std=(1.0, 1.0, 1.0) if plain else tuple(config.get("image_std", (0.5, 0.5, 0.5))),
        )

    def apply(self, pixels: AnyArray) -> FloatArray:
        """Prepare one image: uint8 (h, w, 3) → float32 (3, height, width).

        The whole image is resized, so that none of an oblong region is cut off.
        """
        from PIL import Image

        resample = Image.Resampling(self.resample)
        image = Image.fromarray(pixels).resize((self.width, self.height), resample)
        scaled = np.asarray(image, dtype=np.float32) * np.float32(self.scale)
        mean, std = (np.array(band, dtype=np.float32) for band in (self.mean, self.std))
        prepared: FloatArray = ((scaled - mean) / std).transpose(2, 0, 1)
        return prepared


class VisionEncoder:
    """A vision checkpoint of the transformers library, frozen: its pooled output per image.

    A whole CLIP model, such as RemoteCLIP saved in that format, gives its projected image
    embedding (768-d for ViT-L/14, as published); any other model its pooled output, or, where
    the checkpoint holds no pooler, the output of its first token. The mask is not used:
    these models were trained on full rectangles.

    Args:
        folder: A checkpoint: ``config.json``, weights, ``preprocessor_config.json``.

    Source: MobCLIP §3 (RemoteCLIP, frozen); UrbanMFM (ResNet-18).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.preprocessing = Preprocessing.read(folder)

    @cached_property
    def _loaded(self) -> tuple[Any, set[str]]:
        return load_model("AutoModel", self.folder, extra="vision")

    def encode(
        self, crops: Iterable[ImageCrop], tracker: Tracker
    ) -> tuple[list[str], FloatArray, list[str]]:
        """Encode crops, 32 at a time.

        Args:
            crops: n crops of any size.
            tracker: Is advanced by the number of crops done.

        Returns:
            The n region ids; vectors, float32 (n, d); and the names of the d features.
        """
        regions: list[str] = []
        blocks: list[FloatArray] = []
        stream = iter(crops)
        while batch := list(islice(stream, CROPS_PER_BATCH)):
            regions.extend(crop.region_id for crop in batch)
            blocks.append(self._forward(batch))
            tracker.advance(len(batch))
        vectors = np.concatenate(blocks) if blocks else np.empty((0, 0), dtype=np.float32)
        return regions, vectors, [f"image_{i:04d}" for i in range(vectors.shape[1])]

    def _forward(self, batch: Sequence[ImageCrop]) -> FloatArray:
        import torch

        model, absent = self._loaded
        inputs = np.stack([self.preprocessing.apply(crop.pixels) for crop in batch])
        with torch.inference_mode():
            pixels = torch.from_numpy(inputs)
            if model.config.model_type == "clip":
                pooled = model.visual_projection(model.vision_model(pixels).pooler_output)
            else:
                output = model(pixel_values=pixels)
                pooled = None if absent else getattr(output, "pooler_output", None)
                if pooled is None:
                    pooled = output.last_hidden_state[:, 0]
            vectors: FloatArray = pooled.flatten(1).numpy()
        return vectors
