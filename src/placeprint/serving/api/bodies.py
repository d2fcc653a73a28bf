"""What a request may hold: points, GeoJSON, a place and where to look for others."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Strict, Tag

__all__ = [
    "Body",
    "Feature",
    "FeatureCollection",
    "MultiPolygon",
    "Point",
    "Points",
    "Polygon",
    "PredictBody",
    "RegionIds",
    "SimilarBody",
]

MOST_SIMILAR: Final = 1000

Number = Annotated[float, Strict()]
Position = Annotated[list[Number], Field(min_length=2, max_length=3)]
"""Longitude, latitude, and perhaps a height, which is not looked at."""

Ring = Annotated[list[Position], Field(min_length=4)]
Rings = Annotated[list[Ring], Field(min_length=1)]
LonLat = Annotated[list[Number], Field(min_length=2, max_length=2)]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Points(_Plain):
    """Points by longitude and latitude."""

    points: Annotated[list[LonLat], Field(min_length=1)] = Field(
        description="[longitude, latitude] in degrees, longitude first.",
        examples=[[[-118.24, 34.05], [-73.97, 40.78]]],
    )


class RegionIds(_Plain):
    """Regions by their ids."""

    regions: Annotated[list[str], Field(min_length=1)] = Field(
        description="Ids of regions.", examples=[["06037", "36061"]]
    )


class _GeoJSON(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Point(_GeoJSON):
    """A GeoJSON point."""

    type: Literal["Point"]
    coordinates: Position


class Polygon(_GeoJSON):
    """A GeoJSON polygon: its rim, and its holes."""

    type: Literal["Polygon"]
    coordinates: Rings


class MultiPolygon(_GeoJSON):
    """Several GeoJSON polygons as one."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Rings], Field(min_length=1)]


Geometry = Annotated[Point | Polygon | MultiPolygon, Field(discriminator="type")]
Area = Annotated[Polygon | MultiPolygon, Field(discriminator="type")]


class Feature(_GeoJSON):
    """A GeoJSON feature; a polygon gets the pooled vectors of the regions below it."""

    type: Literal["Feature"]
    geometry: Geometry
    id: str | int | None = None
    properties: dict[str, Any] | None = None


class FeatureCollection(_GeoJSON):
    """GeoJSON features, points and polygons in any order."""

    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Field(min_length=1)]


_KINDS: Final = ("Point", "Polygon", "MultiPolygon", "Feature", "FeatureCollection")


def _kind(body: Any) -> str | None:
    given: dict[str, Any] = body if isinstance(body, dict) else {}
    if "points" in given:
        return "points"
    if "regions" in given:
        return "regions"
    kind = given.get("type")
    return kind if isinstance(kind, str) and kind in _KINDS else None


Body = Annotated[
    Annotated[Points, Tag("points")]
    | Annotated[RegionIds, Tag("regions")]
    | Annotated[Point, Tag("Point")]
    | Annotated[Polygon, Tag("Polygon")]
    | Annotated[MultiPolygon, Tag("MultiPolygon")]
    | Annotated[Feature, Tag("Feature")]
    | Annotated[FeatureCollection, Tag("FeatureCollection")],
    Discriminator(
        _kind,
        custom_error_type="places",
        custom_error_message='Expected {"points": [[longitude, latitude], …]}, '
        '{"regions": [id, …]}, or a GeoJSON '
        "Feature or FeatureCollection of points and polygons",
    ),
]
"""Places: points, regions by id, or GeoJSON."""


class PredictBody(_Plain):
    """Places, and which labels to predict."""

    places: Body
    labels: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="Some of the labels that the service was started with; default: all."
    )


class SimilarBody(_Plain):
    """A place, and where to look for places like it."""

    region: str | None = Field(None, description="The id of a region; or give a point.")
    point: LonLat | None = Field(None, description="[longitude, latitude] in degrees.")
    k: int = Field(10, ge=1, le=MOST_SIMILAR, strict=True, description="How many places.")
    within: Annotated[list[str], Field(min_length=1)] | Area | None = Field(
        None, description="Only among these regions, or those with their centre in this polygon."
    )
    modality: str | None = Field(None, description="Search in the view of this modality alone.")
