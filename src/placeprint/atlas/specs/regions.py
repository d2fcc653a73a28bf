"""Regions, and the units above them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from placeprint.atlas.specs.base import Spec, Where

__all__ = ["BlockRegions", "H3Regions", "PolygonRegions", "RegionSpec", "UnitSpec"]


class H3Regions(Spec):
    """H3 cells whose centres lie in the outline of a vector file."""

    kind: Literal["h3"]
    resolution: int = Field(ge=0, le=15)
    cover: str


class PolygonRegions(Spec):
    """The polygons of a vector file; ``where`` keeps some of them."""

    kind: Literal["polygons"]
    file: str
    region: str
    where: Where = Field(default_factory=dict)


class BlockRegions(Spec):
    """The blocks that the roads of an OpenStreetMap extract bound, ``within`` an outline."""

    kind: Literal["blocks"]
    file: str
    within: str | None = None
    min_area_m2: float = Field(default=5000.0, ge=0, allow_inf_nan=False)
    roads: list[str] | None = Field(default=None, min_length=1)


class UnitSpec(Spec):
    """A table that says which unit each region is in."""

    file: str
    region: str = "region_id"
    unit: str


RegionSpec: TypeAlias = Annotated[
    H3Regions | PolygonRegions | BlockRegions, Field(discriminator="kind")
]
