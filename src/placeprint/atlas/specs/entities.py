"""Entities: what stands in a region and has a place of its own."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from placeprint.atlas.specs.base import Box, Spec

__all__ = ["EntitySpec", "OSMEntities", "SatelliteEntities", "StreetViewEntities"]

PIXELS = Field(default=224, ge=32, le=4096)


class OSMEntities(Spec):
    """Points of interest, buildings or roads of an OpenStreetMap extract."""

    kind: Literal["osm_pois", "osm_buildings", "osm_ways"]
    file: str


class StreetViewEntities(Spec):
    """Photographs listed in a table, or all of a folder; those of one sampling point are a group.

    ``lon``, ``lat`` and ``heading`` are columns, or null to read them from EXIF; ``group`` is the
    column of sampling points, without which photographs within ``radius_m`` are one; scenes come
    from the column ``scene``, or from a vocabulary by the CLIP checkpoint ``clip``.
    """

    kind: Literal["street_views"]
    file: str
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


class SatelliteEntities(Spec):
    """One image a region, cut from rasters (``files``) or from tiles z/x/y (``tiles``)."""

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


EntitySpec: TypeAlias = Annotated[
    OSMEntities | StreetViewEntities | SatelliteEntities, Field(discriminator="kind")
]
