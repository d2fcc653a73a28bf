"""Images → one vector per region: random convolutional features, or a published checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import pandas as pd

from placeprint.encoders.checkpoints import find_checkpoint
from placeprint.encoders.crops import checked
from placeprint.encoders.mosaiks import RandomFeatures
from placeprint.encoders.vision import VisionEncoder
from placeprint.progress import track
from placeprint.sources import ImageCrop

__all__ = ["IMAGE_ENCODERS", "ImageEncoder", "encode_crops", "image_encoder"]

IMAGE_ENCODERS = ("mosaiks",)
ImageEncoder: TypeAlias = RandomFeatures | VisionEncoder


def image_encoder(name: str, *, seed: int = 0) -> ImageEncoder:
    """Get an image encoder; a checkpoint is looked for now and loaded at first use.

    Args:
        name: ``mosaiks``, the folder of a checkpoint, or a hub id (see :func:`encode_crops`).
        seed: Of the random filters of ``mosaiks``.

    Raises:
        InputError: If there is no such encoder, or the checkpoint does not say its input's size.
        MissingExtraError: If a checkpoint is named and the extra ``vision`` is not installed.

    Example:
        >>> len(image_encoder("mosaiks").names)
        262
    """
    if name == "mosaiks":
        return RandomFeatures(seed)
    return VisionEncoder(find_checkpoint(name, extra="vision", known=IMAGE_ENCODERS))


def encode_crops(
    crops: Iterable[ImageCrop], encoder: str = "mosaiks", *, seed: int = 0, total: int = 0
) -> pd.DataFrame:
    """Turn each region's piece of an image into a vector.

    Args:
        crops: One per region; read once, one after the other, so that the image never has to
            fit in memory.
        encoder: ``mosaiks`` (random convolutional features over the region's own pixels, 262-d,
            see :class:`~placeprint.encoders.mosaiks.RandomFeatures`), the folder of a vision
            checkpoint of the transformers library, such as RemoteCLIP saved in the CLIP format,
            or a hub id that is already in this machine's cache.
        seed: Of the random filters.
        total: How many crops there are, for the progress bar.

    Returns:
        float32 frame, index ``region_id``, in the order of the crops. A region whose mask is
        empty has no row.

    Raises:
        InputError: If a crop is malformed, a region comes twice, or there is no such encoder.
        MissingExtraError: If a checkpoint is named and the extra ``vision`` is not installed.

    Source: MobCLIP §3 (RemoteCLIP); Rolf et al. 2021 (MOSAIKS).

    Example:
        >>> import numpy as np
        >>> from placeprint.sources import ImageCrop
        >>> crop = ImageCrop("a", np.full((2, 3, 3), 51, np.uint8), np.ones((2, 3), dtype=bool))
        >>> frame = encode_crops([crop])
        >>> frame.shape, round(float(frame.loc["a", "mean_red"]), 2)
        ((1, 262), 0.2)
    """
    model = image_encoder(encoder, seed=seed)
    with track(f"encoding images ({encoder})", total=total) as tracker:
        regions, vectors, names = model.encode(checked(crops), tracker)
    return pd.DataFrame(
        vectors,
        index=pd.Index(regions, name="region_id", dtype="str"),
        columns=pd.Index(names, name="feature_id"),
    )
