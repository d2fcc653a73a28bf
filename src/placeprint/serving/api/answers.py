"""What is answered, for the description of the interface."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

__all__ = ["Embedded", "Health", "Places", "Predicted", "Region", "Similar"]


class Health(BaseModel):
    """Whether the service is there, and what it serves."""

    status: str
    kind: str = Field(description="run or encoder")
    name: str
    dimensions: int
    regions: int | None = Field(description="Regions with a vector; null for an encoder.")


class Place(BaseModel):
    """A place that was asked for."""

    id: str | int | None = Field(None, description="That of its feature.")
    region_id: str | None = Field(None, description="The region that a point lies in.")
    name: str | None = Field(None, description="What people call this region.")
    coverage: float = Field(description="The share of it that has vectors; of a point 0 or 1.")


class Embedded(Place):
    """A place and its vector."""

    embedding: list[float] | None = Field(description="null where nothing is known.")


class Places(BaseModel):
    """Places and their vectors, in the order they were asked for."""

    dimensions: int
    places: list[Embedded]


class HeldOut(BaseModel):
    """What predictions of a label are worth."""

    split: str = Field(description="block: whole areas were held out; random: rows were.")
    metric: str = Field(description="r2 or macro_f1")
    score: float | None


class PredictedLabel(BaseModel):
    """A label that is predicted."""

    title: str = Field(description="What people call it.")
    unit: str
    kind: str
    rows: int = Field(description="Labelled rows that the probe was fitted on.")
    leaks: list[str] = Field(description="Modalities that the label was derived from.")
    held_out: HeldOut | None


class Prediction(Place):
    """A place and its predictions."""

    predictions: dict[str, float | str | None]


class Predicted(BaseModel):
    """Places and their predictions, in the order they were asked for."""

    labels: dict[str, PredictedLabel]
    places: list[Prediction]


class Like(BaseModel):
    """A place like the one that was asked for."""

    region_id: str
    name: str | None
    similarity: float = Field(description="Cosine of both vectors, −1 to 1.")
    agreement: dict[str, float | None] = Field(
        description="The cosine in each modality's own view; null where one of both lacks it."
    )


class Similar(BaseModel):
    """The places most like a place, the most similar first."""

    region_id: str
    name: str | None
    modality: str | None
    places: list[Like]


class Value(BaseModel):
    """A value of a label."""

    title: str = Field(description="What people call the label.")
    value: float | str
    unit: str
    score: float | None = Field(None, description="Of a held-out prediction: R² or macro F1.")


class Region(BaseModel):
    """What is known of a region."""

    region_id: str
    name: str | None
    geometry: dict[str, Any] | None = Field(
        description="GeoJSON; null if it was not asked for, or is not known."
    )
    centre: list[float] | None = Field(description="[longitude, latitude]; null if not known.")
    area_km2: float | None
    units: dict[str, str]
    embedded: bool = Field(description="Whether it has a vector.")
    modalities: dict[str, bool]
    labels: dict[str, Value]
    predictions: dict[str, Value] = Field(description="By probes that had not seen its area.")
    embedding: list[float] | None = Field(description="null if not asked for, or if it has none.")
