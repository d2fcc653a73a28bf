"""The images of a city, decoded only when they are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.encoders.image_bytes import decode_images
from placeprint.models.urbanmfm.facing import DIRECTIONS
from placeprint.typing import AnyArray, FloatArray

__all__ = ["Pictures", "StreetViews", "read_satellite", "read_street_views"]


@dataclass(frozen=True)
class Pictures:
    """Compressed images of one size.

    Attributes:
        stored: (n,) the bytes of each, as they are in the atlas.
    """

    stored: AnyArray

    def __len__(self) -> int:
        """Number of images."""
        return len(self.stored)

    def pixels(self, rows: Tensor) -> Tensor:
        """Some of the images: (b, 3, s, s) float32, 0 to 1."""
        decoded = decode_images(pd.Series(self.stored[rows.numpy()]))
        return torch.from_numpy(decoded).permute(0, 3, 1, 2).float().div(255)


@dataclass(frozen=True)
class StreetViews:
    """Street-view groups: up to four images from one point, towards E, S, W, N.

    Attributes:
        pictures: All images.
        image: (g, 4) number of the image of each group in each direction, −1 where absent.
        lon: (g,) degrees.
        lat: (g,) degrees.
        scene: (g,) what is seen there in words, ``""`` where nobody said.
    """

    pictures: Pictures
    image: Tensor
    lon: FloatArray
    lat: FloatArray
    scene: AnyArray

    @property
    def present(self) -> Tensor:
        """(g, 4) whether there is an image."""
        return self.image >= 0


def read_street_views(atlas: Atlas, name: str) -> StreetViews | None:
    """The street views of an atlas; None if it has none."""
    if name not in atlas.entity_names:
        return None
    table = atlas.entities(name)
    if table.empty:
        return None
    group, groups = pd.factorize(table["group_id"], sort=True)
    image = np.full((len(groups), len(DIRECTIONS)), -1, dtype=np.int64)
    direction = pd.Index(DIRECTIONS).get_indexer(pd.Index(table["direction"]))
    image[group, direction] = np.arange(len(table))
    first = table.groupby(group, sort=True).first()
    return StreetViews(
        Pictures(table["image"].to_numpy(dtype=object)),
        torch.from_numpy(image),
        first["lon"].to_numpy(dtype=np.float64),
        first["lat"].to_numpy(dtype=np.float64),
        first["scene"].fillna("").to_numpy(dtype=object),
    )


def read_satellite(atlas: Atlas, name: str) -> tuple[Pictures, Tensor] | None:
    """The satellite images of an atlas and (n,) the region of each; None if it has none."""
    if name not in atlas.entity_names:
        return None
    table = atlas.entities(name)
    table = table[table["region_id"].isin(atlas.region_ids)]
    if table.empty:
        return None
    region = np.asarray(atlas.region_ids.get_indexer(pd.Index(table["region_id"])), dtype=np.int64)
    return Pictures(table["image"].to_numpy(dtype=object)), torch.from_numpy(region)
