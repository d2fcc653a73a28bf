"""Features: one vector per region."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from placeprint.atlas.specs.base import Box, Name, Spec, Where

__all__ = [
    "EntityFeatures",
    "FeatureSpec",
    "ImageFeatures",
    "PointFeatures",
    "RoadFeatures",
    "TableFeatures",
]


class PointFeatures(Spec):
    """Points of interest, as text or as counts of their categories."""

    kind: Literal["points"]
    file: str
    name: str | None = "name"
    category: str | list[str] = "category"
    lon: str = "lon"
    lat: str = "lat"
    where: Where = Field(default_factory=dict)
    encoder: str = "static"


class EntityFeatures(Spec):
    """A table of entities, as text or as counts of their categories."""

    kind: Literal["entities"]
    entities: Name
    encoder: str = "static"


class RoadFeatures(Spec):
    """Road length and intersections per km², from an OpenStreetMap extract."""

    kind: Literal["roads"]
    file: str


class TableFeatures(Spec):
    """Numbers about regions, such as an age-by-sex histogram."""

    kind: Literal["table"]
    file: str
    region: str = "region_id"
    columns: list[str] = Field(min_length=1)
    encoder: Literal["histogram", "log1p", "none"] = "histogram"


class ImageFeatures(Spec):
    """Images cut to each region; a plain image needs its ``bounds``."""

    kind: Literal["image"]
    files: list[str] = Field(min_length=1)
    bounds: list[Box] | None = None
    encoder: str = "mosaiks"

    @model_validator(mode="after")
    def _bounds_for_each(self) -> ImageFeatures:
        if self.bounds is not None and len(self.bounds) != len(self.files):
            raise ValueError(f"{len(self.files)} files but {len(self.bounds)} bounds")
        return self


FeatureSpec: TypeAlias = Annotated[
    PointFeatures | EntityFeatures | RoadFeatures | TableFeatures | ImageFeatures,
    Field(discriminator="kind"),
]
