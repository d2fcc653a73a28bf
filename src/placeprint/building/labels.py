"""Labels as layers: about regions, units, points, or entities with a tag."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import LabelSpec, LabelTask, OSMEntities
from placeprint.building.hiding import readable, tag_values, typed
from placeprint.building.layer import Layer, Make, save_table
from placeprint.building.units import read_units
from placeprint.building.workshop import Workshop
from placeprint.errors import InputError, closest, listing
from placeprint.sources import Coverage

__all__ = ["label_layer"]


def label_layer(shop: Workshop, spec: LabelSpec, task: str) -> Layer:
    """The layer of a task.

    Args:
        shop: What layers are made with.
        spec: The entry of the recipe's ``labels`` that declares it.
        task: Its name.
    """
    about = spec.tasks[task]
    metadata = {
        "level": spec.entities or ("region" if spec.region else spec.level or "point"),
        **about.model_dump(exclude={"column", "classes", "keeps", "hides"}),
    }
    more: dict[str, Any] = {"task": about.model_dump()}
    if spec.level is not None:
        more["units"] = shop.digests.request(shop.recipe.units[spec.level])
    if spec.entities is not None:
        metadata["reads"] = readable(about)
        entities = _entities(shop, spec)
        more["entities"] = entities.kind
        more["inputs"] = shop.digests.request(entities)["inputs"]

    def read() -> Make:
        table, coverage, account = _read(shop, spec, about)
        if about.kind == "classification":
            counts = table["value"].value_counts()
            account["classes"] = {str(name): int(counts[name]) for name in sorted(counts.index)}
        return partial(save_table, table=table, coverage=coverage, task=metadata, **account)

    return shop.layer(f"labels/{task}", spec.model_copy(update={"tasks": {}}), read, **more)


def _entities(shop: Workshop, spec: LabelSpec) -> OSMEntities:
    """What labels from entities are about; the recipe saw to it that they have tags."""
    return cast("OSMEntities", shop.recipe.entities[str(spec.entities)])


def _read(
    shop: Workshop, spec: LabelSpec, task: LabelTask
) -> tuple[pd.DataFrame, Coverage, dict[str, Any]]:
    if spec.entities is not None:
        entities = _entities(shop, spec)
        table, coverage = _from_tags(shop, str(spec.entities), entities, task)
        return table, coverage, shop.extracts.account(entities.file)
    table, coverage = _from_file(shop, spec, task)
    return table, coverage, {}


def _from_file(shop: Workshop, spec: LabelSpec, task: LabelTask) -> tuple[pd.DataFrame, Coverage]:
    path = shop.data / str(spec.file)
    how: dict[str, Any] = {"column": task.column, "classes": task.kind == "classification"}
    if spec.region is not None:
        table, coverage = sources.read_region_labels(path, shop.regions, region=spec.region, **how)
        known = _of_classes(table, coverage, task, path)
        return known, coverage.finish(matched=len(known), regions=len(known))
    if spec.level is not None:
        units, _ = read_units(shop, shop.recipe.units[spec.level])
        table, coverage = sources.read_unit_labels(
            path, units, shop.regions, unit=str(spec.unit), **how
        )
        known = _of_classes(table, coverage, task, path)
        reached = int(units["unit_id"].isin(known["unit_id"]).sum())
        return known, coverage.finish(matched=len(known), regions=reached)
    table, coverage = sources.read_point_labels(
        path, shop.regions, lon=str(spec.lon), lat=str(spec.lat), **how
    )
    known = _of_classes(table, coverage, task, path)
    places = shop.regions.locate(known["lon"].to_numpy(), known["lat"].to_numpy())
    return known, coverage.finish(matched=len(known), regions=len(np.unique(places)))


def _from_tags(
    shop: Workshop, name: str, entities: OSMEntities, task: LabelTask
) -> tuple[pd.DataFrame, Coverage]:
    """The values of one tag of the entities in a region that tell a type, or a number."""
    path = shop.data / entities.file
    table, _ = shop.extracts.placed(entities.file, entities.kind, shop.regions)
    values = tag_values(table["tags"], task.column)
    _refuse_absent(table["tags"], values, name, task, path)
    coverage = Coverage(rows=len(table), of_regions=len(shop.regions))
    known = table["region_id"].notna().to_numpy()
    coverage.drop("in no region", int(np.sum(~known)))
    telling = typed(values)
    coverage.drop(f"without a type in {task.column}", int(np.sum(known & ~telling)))
    known = known & telling
    if task.kind == "regression":
        values = pd.to_numeric(values, errors="coerce")
        number = np.isfinite(values.to_numpy(float))
        coverage.drop(f"whose {task.column} is no number", int(np.sum(known & ~number)))
        known = known & number
    if not known.any():
        raise InputError(
            f"of the {name} none in a region has a tag {task.column} with a label in it",
            source=path,
            hint="name another tag as `column`, or take the task out of the recipe's `labels`",
        )
    labels = pd.DataFrame({table.columns[0]: table.iloc[:, 0], "value": values})[known]
    labels = _of_classes(labels.reset_index(drop=True), coverage, task, path)
    inside = table.loc[table.iloc[:, 0].isin(labels.iloc[:, 0]), "region_id"]
    return labels, coverage.finish(matched=len(labels), regions=inside.nunique())


def _refuse_absent(
    tags: pd.Series, values: pd.Series, name: str, task: LabelTask, source: Path
) -> None:
    """Refuse a tag that none of the entities has: a misspelt one, or there are no entities."""
    if not len(tags):
        raise InputError(
            f"there are no {name} in it that could have labels",
            source=source,
            hint=f"take the labels of {name} out of the recipe, or name another extract",
        )
    if values.isna().all():
        keys = {key for one in tags.unique() for key in json.loads(one)}
        raise InputError(
            f"of the {len(tags):,} {name} none has the tag {task.column!r}",
            source=source,
            hint=f"correct `column`: {closest(task.column, keys)}",
        )


def _of_classes(
    table: pd.DataFrame, coverage: Coverage, task: LabelTask, source: Path
) -> pd.DataFrame:
    """Labels with the names of the classes that their values mean; others are left out."""
    if task.classes is None:
        return table
    names = {value: name for name, values in task.classes.items() for value in values}
    classes = table["value"].map(names)
    coverage.drop("of a class that was not asked for", int(classes.isna().sum()))
    known = table.assign(value=classes)[classes.notna()].reset_index(drop=True)
    absent = sorted(set(task.classes) - set(known["value"]))
    if absent:
        raise InputError(
            f"no label in a region is of class {listing(absent)}",
            source=source,
            hint=f"the values of {task.column!r} are {listing(table['value'].unique())}",
        )
    return known
