"""Images: features of crops, satellite images and street views as entities."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field, model_validator

from placeprint.building.layer import Box, BuildContext, FileSpec, LayerSpec, Provenance, digest_of
from placeprint.encoders import check_encoder, encode_crops
from placeprint.encoders.scenes import SceneVocabulary
from placeprint.errors import InputError, listing
from placeprint.sources import ImageCrops, read_satellite, read_street_views

__all__ = ["ImageFeatures", "SatelliteEntities", "StreetViewEntities"]

PIXELS = Field(default=224, ge=32, le=4096)


class ImageFeatures(LayerSpec):
    """Images cut to each region; several files are several images of the same area.

    A region has to lie wholly inside all of them, and hold data in each.

    Attributes:
        files: GeoTIFFs with 8-bit bands or a palette, or JPEG and PNG files.
        bounds: West, south, east, north of each JPEG or PNG file in degrees.
        encoder: ``mosaiks``, or a checkpoint.

    Raises:
        InputError: If an image cannot be read, or no region is shown by all of them.
    """

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
        check_encoder("image", self.encoder)

    def read(self, context: BuildContext, name: str) -> Any:
        """Open the images, and find the regions that all of them show."""
        places = zip(self.files, self.bounds or repeat(None), strict=False)
        found = [ImageCrops(context.data / file, context.regions, box) for file, box in places]
        coverage, shown = found[0].coverage, found[0].region_ids
        for file, crops in zip(self.files[1:], found[1:], strict=True):
            seen = shown.isin(crops.region_ids)
            coverage.drop(f"regions that {file} does not show", int((~seen).sum()))
            shown = shown[seen]
        if not len(shown):
            hint = "name images of the same area; join the tiles of a mosaic first"
            problem = f"no region is shown by all of {listing(self.files)}"
            raise InputError(problem, source=context.data, hint=hint)
        return found, coverage.finish(matched=len(shown), regions=len(shown))

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Cut and encode the images, those of several files side by side."""
        parts, (images, coverage) = [], found
        for file, crops in zip(self.files, images, strict=True):
            part = encode_crops(crops, self.encoder, total=len(crops))
            parts.append(part.add_prefix(f"{Path(file).stem}:") if self.files[1:] else part)
        joined = pd.concat(parts, axis=1, join="inner")
        return super().encode(context, name, (joined, coverage, {}), path)


class StreetViewEntities(FileSpec):
    """Photographs listed in a table, or all of a folder; those of one sampling point are a group.

    Attributes:
        file: The table, files being named relative to its folder; or a folder of photographs.
        image: Column with the file.
        lon: Column of longitudes in degrees; None: from EXIF.
        lat: Column of latitudes in degrees; None: from EXIF.
        heading: Column with degrees clockwise from north; None: from EXIF.
        group: Column of sampling points; None: photographs within ``radius_m`` are a group.
        scene: Column with a description of the scene.
        clip: A CLIP checkpoint that describes scenes, instead of ``scene``.
        radius_m: Photographs this near belong to one group.
        size: Side of the images in pixels.

    Raises:
        InputError: See :func:`~placeprint.sources.read_street_views`.
    """

    section: ClassVar[str] = "entities"
    keys: ClassVar[tuple[str, ...]] = ("image", "lon", "lat", "heading", "group", "scene")
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
        return {} if (data / self.file).is_dir() else super().columns(data)

    def check(self, context: BuildContext) -> None:
        """Refuse a checkpoint that is not there."""
        if self.clip is not None:
            SceneVocabulary(self.clip)

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The photographs, those that are there, and the weights that describe scenes."""
        path, listed = context.data / self.file, ""
        if not path.is_dir():
            files = self.table(context.data).read([], as_text=[self.image])[self.image]
            listed = digest_of(path.parent, sorted(files.dropna().unique()))
        weights = SceneVocabulary(self.clip).fingerprint if self.clip else ""
        return {"photographs": listed, "weights": weights}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the photographs that are kept."""
        path = context.data / self.file
        source = path if path.is_dir() else self.table(context.data)
        asked = {key: getattr(self, key) for key in (*self.keys, "radius_m", "size")}
        return *read_street_views(source, context.regions, **asked), {}

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Describe scenes if asked to, and write the photographs."""
        if self.clip is not None:
            views, words = found[0], SceneVocabulary(self.clip)
            views["scene"] = words.describe(views["image"], views["group_id"])
        return super().encode(context, name, found, path)


class SatelliteEntities(LayerSpec):
    """One image a region, cut from rasters or from map tiles.

    Attributes:
        files: Rasters, such as GeoTIFFs, or JPEG and PNG files with ``bounds``; where they
            overlap, the first counts.
        bounds: West, south, east, north of each JPEG or PNG file in degrees.
        tiles: A folder of tiles ``z/x/y.png``, instead of ``files``.
        zoom: The level of the tiles; None: the finest that shows about as many regions as any.
        size: Side of the images in pixels.

    Raises:
        InputError: See :func:`~placeprint.sources.read_satellite`.
    """

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
        files = [context.data / file for file in self.files or []]
        asked: dict[str, Any] = {key: getattr(self, key) for key in ("bounds", "zoom", "size")}
        tiles = context.data / self.tiles if self.tiles else None
        return *read_satellite(files, context.regions, tiles=tiles, **asked), {}
