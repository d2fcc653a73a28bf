"""Everything that can be checked before work starts: files, columns, encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from placeprint.atlas import Recipe
from placeprint.atlas.specs import (
    BlockRegions,
    EntityFeatures,
    FlowGraph,
    ImageFeatures,
    OSMEntities,
    PointFeatures,
    RoadFeatures,
    StreetViewEntities,
    TableFeatures,
    VisitGraph,
)
from placeprint.building.digests import matching_files
from placeprint.building.visits import visit_columns
from placeprint.encoders import check_encoder
from placeprint.encoders.scenes import SceneVocabulary
from placeprint.errors import InputError, optional_import
from placeprint.sources import match_columns
from placeprint.sources.tables import check_columns

__all__ = ["check_inputs", "input_files"]

FROM_OSM = (BlockRegions, OSMEntities, RoadFeatures)


def check_inputs(recipe: Recipe, data: Path) -> None:
    """Refuse a recipe whose files, columns or encoders are not there.

    Args:
        recipe: The recipe.
        data: The folder its files are in.

    Raises:
        InputError: Naming the file, and the column that is missing.
        MissingExtraError: If an encoder or a reader needs a library that is not installed.
    """
    if not data.is_dir():
        raise InputError("there is no such folder of raw data", source=data)
    for name in input_files(recipe):
        if not matching_files(data, name):
            raise InputError(
                "there is no such file, but the recipe needs it",
                source=data / name,
                hint="check --data and the file names in the recipe",
            )
    for name, columns in _columns(recipe, data):
        check_columns(data / name, columns)
    for spec in recipe.features.values():
        if isinstance(spec, TableFeatures):
            match_columns(data / spec.file, [spec.region, *spec.columns])
            check_encoder("table", spec.encoder)
        elif isinstance(spec, ImageFeatures):
            check_encoder("image", spec.encoder)
        elif isinstance(spec, PointFeatures | EntityFeatures):
            check_encoder("points", spec.encoder)
    for entity in recipe.entities.values():
        if isinstance(entity, StreetViewEntities) and entity.clip is not None:
            SceneVocabulary(entity.clip)
    if any(isinstance(part, FROM_OSM) for part in recipe.parts()):
        optional_import("osmium", "osm")


def input_files(recipe: Recipe) -> list[str]:
    """The raw files that a recipe names, in its order, each once."""
    names = [name for part in recipe.parts() for name in part.inputs()]
    return list(dict.fromkeys(names))


def _columns(recipe: Recipe, data: Path) -> Iterator[tuple[str, list[str]]]:
    """The columns that each table has to have; a folder of photographs has none."""
    for unit in recipe.units.values():
        yield unit.file, [unit.region, unit.unit]
    for graph in recipe.graphs.values():
        if isinstance(graph, FlowGraph):
            time = [graph.time] if graph.time else []
            ends = [graph.origin, graph.destination]
            yield graph.file, [*ends, graph.weight, *time, *graph.where]
        elif isinstance(graph, VisitGraph):
            for name in graph.inputs():
                for file in matching_files(data, name):
                    yield file, visit_columns(graph).needed
    for spec in recipe.features.values():
        if isinstance(spec, PointFeatures):
            categories = [spec.category] if isinstance(spec.category, str) else spec.category
            names = [spec.name] if spec.name else []
            yield spec.file, [*names, *categories, spec.lon, spec.lat, *spec.where]
    for entity in recipe.entities.values():
        if isinstance(entity, StreetViewEntities) and not (data / entity.file).is_dir():
            given = [entity.lon, entity.lat, entity.heading, entity.group, entity.scene]
            yield entity.file, [entity.image, *(column for column in given if column)]
    for table in recipe.labels:
        if table.file is not None:
            yield table.file, [*table.keys(), *(task.column for task in table.tasks.values())]
