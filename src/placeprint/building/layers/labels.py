"""Units above regions; and labels: about regions, units, points, or entities with a tag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from placeprint.atlas.spec import Name, TaskSpec
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, Unknown
from placeprint.errors import InputError, closest, listing
from placeprint.regions import as_ids
from placeprint.sources import Coverage
from placeprint.sources.ids import OUTSIDE, identifiers, match_points, respelt
from placeprint.sources.osm import FABRIC_KEYS
from placeprint.sources.values import class_names
from placeprint.typing import BoolArray

__all__ = ["LabelSpec", "LabelTask", "UnitSpec"]

UNTYPED: Final = ("yes", "no", "")
"""Values that say that something is there, or is not, and not what it is."""


class UnitSpec(FileSpec):
    """A table that says which unit (county, city, state) each region is in.

    Read, it is columns region_id and unit_id, sorted by region.

    Attributes:
        region: Column of the region id, in one row at most.
        unit: Column of the unit id; rows without one are left out and counted.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Raises:
        InputError: If a column is missing, an id is unknown, or a region occurs twice.
    """

    section: ClassVar[str] = "units"
    keys: ClassVar[tuple[str, ...]] = ("region", "unit")
    region: str = "region_id"
    unit: str
    unknown: Unknown = "refuse"

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the table."""
        table = self.table(context.data)
        rows = table.read([], as_text=[self.region, self.unit])
        coverage = context.coverage(table, rows)
        ids, inside = self.match(context, table, rows[self.region], coverage)
        known = rows[self.unit].notna()
        coverage.drop("without a unit", int((inside & ~known).sum()))
        ids = ids[inside & known]
        self.check_once(table, ids)
        named = identifiers(rows.loc[ids.index, self.unit], table.path)
        units = ids.to_frame("region_id").assign(unit_id=named)
        units = units.sort_values("region_id", ignore_index=True)
        coverage.finish(matched=len(units), regions=len(units))
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
        if not isinstance(classes, dict):
            return classes
        return {k: [*map(str, v)] if isinstance(v, list) else v for k, v in classes.items()}

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

    @property
    def is_classes(self) -> bool:
        """Whether labels are names of classes and not numbers."""
        return self.kind == "classification"


class LabelSpec(FileSpec):
    """Labels from a ``file`` about regions, units or points, or from the tags of ``entities``.

    Rows outside the study area or without a value are left out and counted. Read, labels are
    sorted by ``region_id``, ``unit_id``, ``lon`` and ``lat`` or the id of an entity, the column
    before ``value``.

    Attributes:
        file: The table, one row per region, unit or point; None: labels are tags.
        entities: The name of the entities that labels come from.
        region: Column of the region id.
        level: The name of the units that rows are about.
        unit: Column of the unit id.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.
        unknown: Whether to ``refuse`` ids of regions that nobody knows, or to ``drop`` their rows.
        tasks: What is to be predicted, by name.

    Raises:
        InputError: If a column is missing, an id is unknown, a coordinate is impossible, a value is
            no number, a region or unit has two labels, or no label is left.
    """

    section: ClassVar[str] = "labels"
    keys: ClassVar[tuple[str, ...]] = ("region", "unit", "lon", "lat")
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
        whole = [{"region"}, {"level", "unit"}, {"lon", "lat"}]
        given = {key for key in ("region", "level", "unit", "lon", "lat") if getattr(self, key)}
        if self.entities is not None and given - {"level"}:
            raise ValueError("labels from `entities` are about them: no other key is needed")
        if self.entities is None and sum(keys <= given for keys in whole) != 1:
            raise ValueError("name either `region`, or `level` and `unit`, or `lon` and `lat`")
        for name, task in self.tasks.items():
            tags = [key for key in ("keeps", "hides") if getattr(task, key)]
            if tags and self.entities is None:
                raise ValueError(f"task {name!r} has `{tags[0]}`: only for labels from `entities`")
        return self

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """A layer for each task."""
        return {f"labels/{task}": self for task in self.tasks}

    def needs(self) -> list[str]:
        """The units or entities that it is about."""
        units = [f"units/{self.level}"] if self.level else []
        return [f"entities/{self.entities}"] if self.entities else units

    def columns(self, data: Path) -> dict[str, list[str]]:
        """What rows are about, and the labels."""
        if self.file is None:
            return {}
        about = super().columns(data)[self.file]
        return {self.file: [*about, *(task.column for task in self.tasks.values())]}

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The task, and the units or entities that it is about."""
        about: dict[str, Any] = {"task": self.tasks[name].model_dump(exclude={"title"})}
        about["settings"] = self.model_dump(exclude={"tasks", "title"})
        if self.level is not None:
            about["units"] = context.settings(context.recipe.units[self.level])
        if self.entities is not None:
            entities = context.recipe.entities[self.entities]
            about["entities"] = entities.model_dump()
            about["inputs"] = context.settings(entities)["inputs"]
        return about

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the labels of one task."""
        task = self.tasks[name]
        hidden = {"column", "classes", "keeps", "hides", "title"}
        about = self.entities or ("region" if self.region else self.level or "point")
        account: dict[str, Any] = {"task": {"level": about, **task.model_dump(exclude=hidden)}}
        if self.entities is not None:
            entities: Any = context.recipe.entities[self.entities]
            account["task"]["reads"] = task.readable()
            labels, coverage = _from_tags(context, self.entities, task)
            account |= entities.account(context)
        else:
            labels, coverage = self._from_file(context, task)
        if task.is_classes:
            counts = labels["value"].value_counts()
            account["classes"] = {str(one): int(counts[one]) for one in sorted(counts.index)}
        return labels, coverage, account

    def _from_file(self, context: BuildContext, task: LabelTask) -> tuple[pd.DataFrame, Coverage]:
        """The values of one column, and the regions that they reach."""
        table, column = self.table(context.data), task.column
        names = [column] if task.is_classes else []
        if self.lon and self.lat:
            rows = table.lonlat(self.lon, self.lat, [column], as_text=names)
            coverage = context.coverage(table, rows)
            lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
            positions = match_points(lon, lat, context.regions, coverage, table.path)
            labels, inside = rows[["lon", "lat"]], pd.Series(positions >= 0, index=rows.index)
        else:
            key = str(self.region or self.unit)
            rows = table.read([key, column], as_text=[key, *names])
            coverage = context.coverage(table, rows)
            if self.level is None:
                ids, inside = self.match(context, table, rows[key], coverage)
            else:
                units = context.recipe.units[self.level].read(context, self.level)[0]["unit_id"]
                ids = pd.Series(identifiers(rows[key], table.path), index=rows.index, name=key)
                ids = respelt(ids, units.unique(), coverage)
                inside = ids.isin(units)
                coverage.drop(OUTSIDE, int((~inside).sum()))
            labels = ids.to_frame("unit_id" if self.level else "region_id")
        values = rows.loc[inside, column]
        if task.is_classes:
            values = as_ids(values.dropna(), table.path).reindex(values.index)
            if task.classes is None:
                values = class_names(values, column, table.say)
        else:
            values = table.numbers(values)
        keys = [*labels.columns]
        labels = labels[inside].assign(value=values)
        coverage.drop("without a value", int(values.isna().sum()))
        labels = labels[values.notna()]
        if labels.empty:
            raise InputError("no label is left for the study area", source=table.path)
        twice = labels.index[labels[keys[0]].duplicated()]
        if len(twice) and len(keys) == 1:
            problem = f"{keys[0]} {labels[keys[0]][twice[0]]!r} has more than one label"
            raise InputError(f"{problem}, the second in row {twice[0] + 1}", source=table.path)
        labels = labels.sort_values(keys, ignore_index=True, kind="stable")
        labels = _of_classes(labels, coverage, task, table.path)
        if self.region:
            regions = len(labels)
        elif self.level:
            regions = int(units.isin(labels["unit_id"]).sum())
        else:
            places = labels[["lon", "lat"]].to_numpy(float).T
            regions = len(np.unique(context.regions.locate(*places)))
        return labels, coverage.finish(matched=len(labels), regions=regions)


def _from_tags(context: BuildContext, name: str, task: LabelTask) -> tuple[pd.DataFrame, Coverage]:
    """The values of one tag of the entities in a region that tell a type, or a number."""
    entities: Any = context.recipe.entities[name]
    path, tag = context.data / entities.file, task.column
    table, _ = entities.placed(context, entities.kind)
    if not len(table):
        hint = f"take the labels of {name} out of the recipe, or name another extract"
        problem = f"there are no {name} in it that could have labels"
        raise InputError(problem, source=path, hint=hint)
    values = tag_values(table["tags"], tag)
    if values.isna().all():
        keys = {key for one in table["tags"].unique() for key in json.loads(one)}
        problem = f"of the {len(table):,} {name} none has the tag {tag!r}"
        raise InputError(problem, source=path, hint=f"correct `column`: {closest(tag, keys)}")
    coverage = Coverage(rows=len(table), of_regions=len(context.regions))
    wanted = {
        "in no region": table["region_id"].notna().to_numpy(),
        f"without a type in {tag}": typed(values),
    }
    if task.kind == "regression":
        values = pd.to_numeric(values, errors="coerce")
        wanted[f"whose {tag} is no number"] = np.isfinite(values.to_numpy(float))
    known = np.ones(len(table), dtype=bool)
    for reason, fine in wanted.items():
        coverage.drop(reason, int(np.sum(known & ~fine)))
        known &= fine
    if not known.any():
        problem = f"of the {name} none in a region has a tag {tag} with a label in it"
        hint = "name another tag as `column`, or take the task out of the recipe's `labels`"
        raise InputError(problem, source=path, hint=hint)
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
        hint = f"the values of {task.column!r} are {listing(table['value'].unique())}"
        problem = f"no label in a region is of class {listing(absent)}"
        raise InputError(problem, source=source, hint=hint)
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
