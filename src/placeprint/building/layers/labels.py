"""Units above regions; and labels: about regions, units, points, or entities with a tag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from placeprint.atlas.spec import Name, TaskSpec
from placeprint.building.extracts import account_of, placed
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, Unknown
from placeprint.errors import InputError, closest, listing
from placeprint.sources import (
    Coverage,
    read_point_labels,
    read_region_labels,
    read_unit_labels,
    read_units,
)
from placeprint.sources.osm import FABRIC_KEYS
from placeprint.typing import BoolArray

__all__ = ["LabelSpec", "LabelTask", "UnitSpec"]

UNTYPED: Final = ("yes", "no", "")
"""Values that say that something is there, or is not, and not what it is."""


class UnitSpec(FileSpec):
    """A table that says which unit each region is in."""

    section: ClassVar[str] = "units"
    region: str = "region_id"
    unit: str
    unknown: Unknown = "refuse"

    def columns(self, data: Path) -> dict[str, list[str]]:
        """Both ids."""
        del data
        return {self.file: [self.region, self.unit]}

    def units(self, context: BuildContext) -> tuple[pd.DataFrame, Coverage]:
        """Columns region_id, unit_id; and the coverage."""
        table = self.table(context.data)
        return read_units(
            table, context.regions, region=self.region, unit=self.unit, unknown=self.unknown
        )

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the table."""
        del name
        units, coverage = self.units(context)
        return units, coverage, {"units": units["unit_id"].nunique()}


class LabelTask(TaskSpec):
    """A task of a recipe: which values are classes, and what may be read beside a label.

    Attributes:
        classes: For each class the values that mean it; every value is a class of its own if
            None. A plain list keeps those values under their own names.
        keeps: For labels about entities: tags that models may read on an object whose tag
            ``column`` holds a type, beside what it is made of.
        hides: For labels about entities: tags that they may not read there either.

    Example:
        >>> LabelTask(column="building", kind="classification", classes=["house"]).classes
        {'house': ['house']}
    """

    classes: dict[str, list[str]] | None = Field(default=None, min_length=1)
    keeps: list[str] = Field(default_factory=list)
    hides: list[str] = Field(default_factory=list)

    @field_validator("keeps", "hides", mode="before")
    @classmethod
    def _listed(cls, keys: Any) -> Any:
        return [keys] if isinstance(keys, str) else keys

    @field_validator("classes", mode="before")
    @classmethod
    def _each_its_own(cls, classes: Any) -> Any:
        if isinstance(classes, list):
            return {str(name): [str(name)] for name in classes}
        if isinstance(classes, dict):
            return {
                k: [str(one) for one in v] if isinstance(v, list) else v for k, v in classes.items()
            }
        return classes

    @model_validator(mode="after")
    def _agrees(self) -> LabelTask:
        values = [value for meant in (self.classes or {}).values() for value in meant]
        for value in values:
            if values.count(value) > 1:
                raise ValueError(f"`classes` name the value {value!r} more than once")
        for key in self.keeps:
            if key in {self.column, *self.hides}:
                raise ValueError(f"`keeps` names {key!r}, which is the label itself or in `hides`")
        if self.kind == "regression" and self.classes is not None:
            raise ValueError("`classes` need `kind: classification`")
        if self.kind == "classification" and self.transform != "none":
            raise ValueError("classes have no `transform`")
        return self

    def readable(self) -> list[str]:
        """The tags that models may read of an object with a label: what it is made of, no more.

        No list of what to hide would be long enough: one museum tells itself by ``fee``, another
        by ``operator`` or by its name. The number of storeys and the material are like the
        outline: one sees them.

        Example:
            >>> LabelTask(column="building", kind="classification", keeps=["name"]).readable()
            ['building:levels', 'building:material', 'name']
        """
        return sorted((FABRIC_KEYS | set(self.keeps)) - {self.column, *self.hides})


class LabelSpec(FileSpec):
    """Labels from a ``file`` about regions, units or points, or from the tags of ``entities``."""

    section: ClassVar[str] = "labels"
    file: str | None = None  # type: ignore[assignment]
    entities: Name | None = None
    region: str | None = None
    level: str | None = None
    unit: str | None = None
    lon: str | None = None
    lat: str | None = None
    unknown: Unknown = "refuse"
    tasks: dict[Name, LabelTask] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_key(self) -> LabelSpec:
        if (self.file is None) == (self.entities is None):
            raise ValueError("name either a `file` or `entities` that the labels come from")
        given = [key for key in (self.region, self.unit, self.lon, self.lat) if key is not None]
        keys = [
            self.region is not None,
            self.level is not None and self.unit is not None,
            self.lon is not None and self.lat is not None,
        ]
        if self.entities is not None and given:
            raise ValueError("labels from `entities` are about them: no other key is needed")
        if self.entities is None and sum(keys) != 1:
            raise ValueError("name either `region`, or `level` and `unit`, or `lon` and `lat`")
        for name, task in self.tasks.items():
            tags = [key for key in ("keeps", "hides") if getattr(task, key)]
            if tags and self.entities is None:
                raise ValueError(f"task {name!r} has `{tags[0]}`: only for labels from `entities`")
        return self

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """A layer for each task."""
        del name
        return {f"labels/{task}": self for task in self.tasks}

    def columns(self, data: Path) -> dict[str, list[str]]:
        """What rows are about, and the labels."""
        if self.file is None:
            return {}
        keys = [key for key in (self.region, self.unit, self.lon, self.lat) if key is not None]
        drawn = self.lon and self.table(data).has_geometry
        if drawn and not {self.lon, self.lat} <= {*self.table(data).columns}:
            keys = []
        return {self.file: [*keys, *(task.column for task in self.tasks.values())]}

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The task, and the units or entities that it is about."""
        about: dict[str, Any] = {"task": self.tasks[name].model_dump(exclude={"title"})}
        about["settings"] = self.model_dump(exclude={"tasks", "title"})
        if self.level is not None:
            about["units"] = context.settings(context.recipe.units[self.level])
        if self.entities is not None:
            entities = context.recipe.entities[self.entities]
            about |= {
                "entities": entities.model_dump(),
                "inputs": context.settings(entities)["inputs"],
            }
        return about

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the labels of one task."""
        task = self.tasks[name]
        account: dict[str, Any] = {
            "task": {
                "level": self.entities or ("region" if self.region else self.level or "point"),
                **task.model_dump(exclude={"column", "classes", "keeps", "hides", "title"}),
            }
        }
        if self.entities is not None:
            entities = context.recipe.entities[self.entities]
            account["task"]["reads"] = task.readable()
            labels, coverage = _from_tags(context, self.entities, task)
            account |= account_of(context, entities.inputs()[0])
        else:
            labels, coverage = self._from_file(context, task)
        if task.kind == "classification":
            counts = labels["value"].value_counts()
            account["classes"] = {str(one): int(counts[one]) for one in sorted(counts.index)}
        return labels, coverage, account

    def _from_file(self, context: BuildContext, task: LabelTask) -> tuple[pd.DataFrame, Coverage]:
        table, regions = self.table(context.data), context.regions
        how: dict[str, Any] = {"column": task.column, "classes": task.kind == "classification"}
        if self.region is not None:
            labels, coverage = read_region_labels(
                table, regions, region=self.region, unknown=self.unknown, **how
            )
            known = _of_classes(labels, coverage, task, table.path)
            return known, coverage.finish(matched=len(known), regions=len(known))
        if self.level is not None:
            units, _ = context.recipe.units[self.level].units(context)
            labels, coverage = read_unit_labels(table, units, regions, unit=str(self.unit), **how)
            known = _of_classes(labels, coverage, task, table.path)
            reached = int(units["unit_id"].isin(known["unit_id"]).sum())
            return known, coverage.finish(matched=len(known), regions=reached)
        labels, coverage = read_point_labels(
            table, regions, lon=str(self.lon), lat=str(self.lat), **how
        )
        known = _of_classes(labels, coverage, task, table.path)
        places = regions.locate(known["lon"].to_numpy(), known["lat"].to_numpy())
        return known, coverage.finish(matched=len(known), regions=len(np.unique(places)))


def _from_tags(context: BuildContext, name: str, task: LabelTask) -> tuple[pd.DataFrame, Coverage]:
    """The values of one tag of the entities in a region that tell a type, or a number."""
    entities: Any = context.recipe.entities[name]
    path = context.data / entities.file
    table, _ = placed(context, entities.file, entities.kind)
    if not len(table):
        raise InputError(
            f"there are no {name} in it that could have labels",
            source=path,
            hint=f"take the labels of {name} out of the recipe, or name another extract",
        )
    values = tag_values(table["tags"], task.column)
    if values.isna().all():
        keys = {key for one in table["tags"].unique() for key in json.loads(one)}
        raise InputError(
            f"of the {len(table):,} {name} none has the tag {task.column!r}",
            source=path,
            hint=f"correct `column`: {closest(task.column, keys)}",
        )
    coverage = Coverage(rows=len(table), of_regions=len(context.regions))
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


def tag_values(tags: pd.Series, key: str) -> pd.Series:
    """The value of one tag of each object.

    Args:
        tags: JSON objects as text.
        key: The tag.

    Returns:
        Strings, None where an object lacks the tag; index of ``tags``.

    Example:
        >>> tag_values(pd.Series(['{"building": "house"}', "{}"]), "building").tolist()
        ['house', None]
    """
    # Many objects have the same few tags: each set is read once.
    codes, distinct = pd.factorize(tags)
    values = np.array([json.loads(one).get(key) for one in distinct], dtype=object)
    return pd.Series(values[codes], index=tags.index, dtype=object)


def typed(values: pd.Series) -> BoolArray:
    """Which values of a tag tell a type: any but "yes" and "no".

    Example:
        >>> typed(pd.Series(["house", "yes", None])).tolist()
        [True, False, False]
    """
    known: BoolArray = (values.notna() & ~values.isin(UNTYPED)).to_numpy(dtype=bool)
    return known
