"""Images: features of crops, satellite images and street views as entities."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field, model_validator

from placeprint.building.layer import (
    Box,
    BuildContext,
    FileSpec,
    LayerSpec,
    Provenance,
    digest_of,
    save_features,
    save_table,
)
from placeprint.encoders import check_encoder, encode_crops
from placeprint.encoders.scenes import SceneVocabulary
from placeprint.sources import ImageCrops, read_satellite, read_street_views

__all__ = ["ImageFeatures", "SatelliteEntities", "StreetViewEntities"]

PIXELS = Field(default=224, ge=32, le=4096)


class ImageFeatures(LayerSpec):
    """Images cut to each region; a plain image needs its ``bounds``."""

    section: ClassVar[str] = "features"
    kind: Literal["image"]
    files: list[str] = Field(min_length=1)
    bounds: list[Box] | None = None
    encoder: str = "mosaiks"

    @model_validator(mode="after")
    def _bounds_for_each(self) -> ImageFeatures:
        if self.bounds is not None and len(self.bounds) != len(self.files):
            raise ValueError(f"{len(self.files)} files but {len(self.bounds)} bounds")
        return self

    def check(self, context: BuildContext) -> None:
        """Refuse an unknown encoder."""
        del context
        check_encoder("image", self.encoder)

    def read(self, context: BuildContext, name: str) -> Any:
        """Open the images."""
        del name
        return [
            ImageCrops(context.data / file, context.regions, bounds)
            for file, bounds in zip(self.files, self.bounds or repeat(None), strict=False)
        ]

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Cut and encode the images, those of several files side by side."""
        del name
        parts = []
        for file, crops in zip(self.files, found, strict=True):
            part = encode_crops(crops, self.encoder, total=len(crops))
            parts.append(part.add_prefix(f"{Path(file).stem}:") if self.files[1:] else part)
        joined = pd.concat(parts, axis=1, join="inner")
        coverage = min((crops.coverage for crops in found), key=lambda account: account.matched)
        coverage.finish(matched=len(joined), regions=len(joined))
        return save_features(path, joined, len(context.regions), coverage)


class StreetViewEntities(FileSpec):
    """Photographs listed in a table, or all of a folder; those of one sampling point are a group.

    ``lon``, ``lat`` and ``heading`` are columns, or null to read them from EXIF; ``group`` is the
    column of sampling points, without which photographs within ``radius_m`` are one; scenes come
    from the column ``scene``, or from a vocabulary by the CLIP checkpoint ``clip``.
    """

    section: ClassVar[str] = "entities"
    kind: Literal["street_views"]
    image: str = "file"
    lon: str | None = "lon"
    lat: str | None = "lat"
    heading: str | None = "heading"
    group: str | None = None
    scene: str | None = None
    clip: str | None = None
    radius_m: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    size: int = PIXELS

    @model_validator(mode="after")
    def _agrees(self) -> StreetViewEntities:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("name both `lon` and `lat`, or neither (null: from EXIF)")
        if self.scene is not None and self.clip is not None:
            raise ValueError("name either `scene` (a column) or `clip` (a checkpoint)")
        return self

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The files and what is told of them; a folder of photographs has no columns."""
        if (data / self.file).is_dir():
            return {}
        given = [self.lon, self.lat, self.heading, self.group, self.scene]
        return {self.file: [self.image, *(column for column in given if column)]}

    def check(self, context: BuildContext) -> None:
        """Refuse a checkpoint that is not there."""
        del context
        if self.clip is not None:
            SceneVocabulary(self.clip)

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The photographs, those that are there, and the weights that describe scenes."""
        del name
        path, listed = context.data / self.file, ""
        if not path.is_dir():
            files = self.table(context.data).read([], as_text=[self.image])[self.image]
            listed = digest_of(path.parent, sorted(files.dropna().unique()))
        weights = SceneVocabulary(self.clip).fingerprint if self.clip else ""
        return {"photographs": listed, "weights": weights}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the photographs that are kept."""
        del name
        path = context.data / self.file
        return read_street_views(
            path if path.is_dir() else self.table(context.data),
            context.regions,
            image=self.image,
            lon=self.lon,
            lat=self.lat,
            heading=self.heading,
            group=self.group,
            scene=self.scene,
            radius_m=self.radius_m,
            size=self.size,
        )

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Describe scenes if asked to, and write the photographs."""
        del context, name
        views, coverage = found
        if self.clip is not None:
            words = SceneVocabulary(self.clip)
            views["scene"] = words.describe(views["image"], views["group_id"])
        return save_table(path, views, coverage)


class SatelliteEntities(LayerSpec):
    """One image a region, cut from rasters (``files``) or from tiles z/x/y (``tiles``)."""

    section: ClassVar[str] = "entities"
    kind: Literal["satellite"]
    files: list[str] | None = Field(default=None, min_length=1)
    bounds: list[Box] | None = None
    tiles: str | None = None
    zoom: int | None = Field(default=None, ge=0, le=24)
    size: int = PIXELS

    @model_validator(mode="after")
    def _agrees(self) -> SatelliteEntities:
        if (self.files is None) == (self.tiles is None):
            raise ValueError("name either `files` or `tiles`")
        if self.zoom is not None and self.tiles is None:
            raise ValueError("`zoom` is for `tiles`")
        if self.bounds is not None and len(self.bounds) != len(self.files or []):
            raise ValueError(f"{len(self.files or [])} files but {len(self.bounds)} bounds")
        return self

    def read(self, context: BuildContext, name: str) -> Any:
        """Cut the images."""
        del name
        images, coverage = read_satellite(
            [context.data / file for file in self.files or []],
            context.regions,
            bounds=self.bounds,
            tiles=context.data / self.tiles if self.tiles else None,
            zoom=self.zoom,
            size=self.size,
        )
        return images, coverage, {}
