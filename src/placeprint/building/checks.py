"""Everything that can be checked before work starts: files, columns, encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from placeprint.atlas.recipe import (
    FlowGraph,
    H3Regions,
    ImageFeatures,
    LabelFile,
    PointFeatures,
    Recipe,
    TableFeatures,
    VisitGraph,
)
from placeprint.encoders import check_encoder
from placeprint.errors import InputError
from placeprint.sources import match_columns
from placeprint.sources.tables import check_columns

__all__ = ["check_inputs", "input_files"]


def check_inputs(recipe: Recipe, data: Path) -> None:
    """Refuse a recipe whose files, columns or encoders are not there.

    Args:
        recipe: The recipe.
        data: The folder its files are in.

    Raises:
        InputError: Naming the file, and the column that is missing.
        MissingExtraError: If an encoder needs a library that is not installed.
    """
    if not data.is_dir():
        raise InputError("there is no such folder of raw data", source=data)
    for name in input_files(recipe):
        if not (data / name).exists():
            raise InputError(
                "there is no such file, but the recipe needs it",
                source=data / name,
                hint="check --data and the file names in the recipe",
            )
    for name, columns in _columns(recipe):
        check_columns(data / name, columns)
    for spec in recipe.features.values():
        if isinstance(spec, TableFeatures):
            match_columns(data / spec.file, [spec.region, *spec.columns])
        check_encoder(spec.kind, spec.encoder)


def input_files(recipe: Recipe) -> list[str]:
    """The raw files that a recipe names, in its order, each once."""
    regions = recipe.regions
    names = [regions.cover if isinstance(regions, H3Regions) else regions.file]
    names += [unit.file for unit in recipe.units.values()]
    names += [g.file for g in recipe.graphs.values() if isinstance(g, FlowGraph | VisitGraph)]
    for spec in recipe.features.values():
        names += spec.files if isinstance(spec, ImageFeatures) else [spec.file]
    names += [table.file for table in recipe.labels]
    return list(dict.fromkeys(names))


def _columns(recipe: Recipe) -> Iterator[tuple[str, list[str]]]:
    """The columns that each table has to have."""
    for unit in recipe.units.values():
        yield unit.file, [unit.region, unit.unit]
    for graph in recipe.graphs.values():
        if isinstance(graph, FlowGraph):
            yield graph.file, [graph.origin, graph.destination, graph.weight, *graph.where]
        elif isinstance(graph, VisitGraph):
            yield graph.file, [graph.user, graph.time, graph.lon, graph.lat]
    for spec in recipe.features.values():
        if isinstance(spec, PointFeatures):
            categories = [spec.category] if isinstance(spec.category, str) else spec.category
            names = [spec.name] if spec.name else []
            yield spec.file, [*names, *categories, spec.lon, spec.lat, *spec.where]
    for table in recipe.labels:
        yield table.file, [*label_keys(table), *(task.column for task in table.tasks.values())]


def label_keys(table: LabelFile) -> list[str]:
    """The columns that say what a label is about."""
    return [key for key in (table.region, table.unit, table.lon, table.lat) if key is not None]
