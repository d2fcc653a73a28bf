"""The recipe: which raw files make up a study area, and how each becomes a layer.

One YAML file per study area. Every mapping refuses keys it does not know and suggests the right
one; where a part can come from several kinds of source, ``kind`` says which.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from placeprint.atlas.problems import validated
from placeprint.errors import InputError, closest
from placeprint.typing import PathLike

__all__ = [
    "AdjacencyGraph",
    "FlowGraph",
    "GraphSpec",
    "H3Regions",
    "ImageFeatures",
    "LabelFile",
    "PointFeatures",
    "PolygonRegions",
    "Recipe",
    "TableFeatures",
    "TaskSpec",
    "UnitSpec",
    "VisitGraph",
    "load_recipe",
]

Scalar: TypeAlias = str | int | float | bool
Where: TypeAlias = dict[str, Scalar | list[Scalar]]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Spec(BaseModel):
    """A part of a recipe: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class UnitSpec(Spec):
    """A table that says which unit each region is in."""

    file: str
    region: str = "region_id"
    unit: str


class FlowGraph(Spec):
    """A graph from flows between regions."""

    kind: Literal["flows"]
    file: str
    origin: str = "origin"
    destination: str = "destination"
    weight: str = "weight"
    where: Where = Field(default_factory=dict)


class VisitGraph(Spec):
    """A graph from visits: cells that one person visits within one week are tied."""

    kind: Literal["visits"]
    file: str
    user: str = "user"
    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    window: Literal["week"] = "week"


class AdjacencyGraph(Spec):
    """The neighbourhood graph: regions that touch are tied."""

    kind: Literal["adjacency"]


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
    bounds: list[tuple[float, float, float, float]] | None = None
    encoder: str = "mosaiks"

    @model_validator(mode="after")
    def _bounds_for_each(self) -> ImageFeatures:
        if self.bounds is not None and len(self.bounds) != len(self.files):
            raise ValueError(f"{len(self.files)} files but {len(self.bounds)} bounds")
        return self


class TaskSpec(Spec):
    """One label column: its measure, its transform, and the modalities it leaks into."""

    column: str
    unit: str = ""
    scale: Literal["grid", "point", "county", "city"] = "grid"
    transform: Literal["none", "log1p"] = "none"
    leaks: list[str] = Field(default_factory=list)
    description: str = ""


class LabelFile(Spec):
    """A label table about regions (``region``), units (``level``, ``unit``) or points."""

    file: str
    region: str | None = None
    level: str | None = None
    unit: str | None = None
    lon: str | None = None
    lat: str | None = None
    tasks: dict[Name, TaskSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_key(self) -> LabelFile:
        keys = [
            self.region is not None,
            self.level is not None and self.unit is not None,
            self.lon is not None and self.lat is not None,
        ]
        if sum(keys) != 1:
            raise ValueError("name either `region`, or `level` and `unit`, or `lon` and `lat`")
        return self


RegionSpec: TypeAlias = Annotated[H3Regions | PolygonRegions, Field(discriminator="kind")]
GraphSpec: TypeAlias = Annotated[
    FlowGraph | VisitGraph | AdjacencyGraph, Field(discriminator="kind")
]
FeatureSpec: TypeAlias = Annotated[
    PointFeatures | TableFeatures | ImageFeatures, Field(discriminator="kind")
]


class Recipe(Spec):
    """A study area: its regions and its layers.

    Example:
        >>> recipe = Recipe.model_validate(
        ...     {"name": "a", "regions": {"kind": "h3", "resolution": 6, "cover": "a.geojson"}}
        ... )
        >>> recipe.graphs
        {}
    """

    name: Name
    description: str = ""
    licence: str = ""
    regions: RegionSpec
    units: dict[Name, UnitSpec] = Field(default_factory=dict)
    graphs: dict[Name, GraphSpec] = Field(default_factory=dict)
    features: dict[Name, FeatureSpec] = Field(default_factory=dict)
    labels: list[LabelFile] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_agree(self) -> Recipe:
        seen: set[str] = set()
        for table in self.labels:
            if table.level is not None and table.level not in self.units:
                hint = closest(table.level, self.units) if self.units else "there are no units"
                raise ValueError(f"labels speak of level {table.level!r}: {hint}")
            for task, spec in table.tasks.items():
                if task in seen:
                    raise ValueError(f"task {task!r} is declared twice")
                seen.add(task)
                layers = {*self.features, *self.graphs}
                for leaked in set(spec.leaks) - layers:
                    raise ValueError(
                        f"task {task!r} leaks {leaked!r}, which is no layer: "
                        f"{closest(leaked, layers)}"
                    )
        return self


def load_recipe(path: PathLike) -> Recipe:
    """Read and validate a recipe.

    Args:
        path: A YAML file.

    Raises:
        InputError: If it is missing or not valid; the message names each wrong key, what was
            found and what was expected, and suggests the key that was probably meant.
    """
    source = Path(path)
    try:
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("there is no such recipe", source=source) from None
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML ({error})", source=source) from None
    if not isinstance(content, dict):
        raise InputError("expected a mapping with `name` and `regions`", source=source)
    return validated(Recipe, content, source)
