"""The recipe: which raw files make up a study area, and how each becomes a layer.

One YAML file per study area. Every mapping refuses keys it does not know and suggests the right
one; where a part can come from several kinds of source, ``kind`` says which.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import Field, model_validator

from placeprint.atlas.problems import validated
from placeprint.atlas.specs import (
    EntityFeatures,
    EntitySpec,
    FeatureSpec,
    GraphSpec,
    LabelSpec,
    Name,
    OSMEntities,
    PointFeatures,
    RegionSpec,
    Spec,
    TaskSpec,
    UnitSpec,
)
from placeprint.errors import InputError, closest
from placeprint.typing import PathLike

__all__ = ["Name", "Recipe", "Spec", "TaskSpec", "load_recipe"]


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
    entities: dict[Name, EntitySpec] = Field(default_factory=dict)
    features: dict[Name, FeatureSpec] = Field(default_factory=dict)
    labels: list[LabelSpec] = Field(default_factory=list)

    def parts(self) -> list[Spec]:
        """The parts that name raw files, in their order."""
        layers = [*self.units.values(), *self.graphs.values(), *self.entities.values()]
        return [self.regions, *layers, *self.features.values(), *self.labels]

    @model_validator(mode="after")
    def _entities_agree(self) -> Recipe:
        osm = {name: s for name, s in self.entities.items() if isinstance(s, OSMEntities)}
        tagged = [name for name, spec in osm.items() if spec.kind != "osm_ways"]
        points = [name for name, spec in self.features.items() if isinstance(spec, PointFeatures)]
        for name in self.entities:
            if name in {*self.units, "region", "point"}:
                raise ValueError(f"entities {name!r} have the name of a level: rename them")
        for name in points:
            if name in self.entities:
                raise ValueError(
                    f"features {name!r} of kind points write entities/{name}, "
                    "and so does an entry of `entities`: rename one"
                )
        for name, spec in self.features.items():
            if isinstance(spec, EntityFeatures) and spec.entities not in {*osm, *points}:
                raise ValueError(
                    f"features {name!r} are of entities {spec.entities!r}, which have no text: "
                    f"{_advice(spec.entities, [*osm, *points], 'entities from OpenStreetMap')}"
                )
        for table in self.labels:
            if table.entities is not None and table.entities not in tagged:
                raise ValueError(
                    f"labels come from the tags of {table.entities!r}, which have none: "
                    f"{_advice(table.entities, tagged, 'buildings or points from OpenStreetMap')}"
                )
        return self

    @model_validator(mode="after")
    def _labels_agree(self) -> Recipe:
        seen: set[str] = set()
        layers = {*self.features, *self.graphs}
        for table in self.labels:
            if table.level is not None and table.level not in self.units:
                advice = _advice(table.level, self.units, "units")
                raise ValueError(f"labels speak of level {table.level!r}: {advice}")
            for task, spec in table.tasks.items():
                if task in seen:
                    raise ValueError(f"task {task!r} is declared twice")
                seen.add(task)
                for leaked in sorted(set(spec.leaks) - layers):
                    raise ValueError(
                        f"task {task!r} leaks {leaked!r}, which is no layer: "
                        f"{closest(leaked, layers)}"
                    )
        return self


def _advice(name: str, options: Iterable[str], what: str) -> str:
    """The option that was probably meant, or that there is none."""
    known = list(options)
    return closest(name, known) if known else f"there are no {what}"


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
