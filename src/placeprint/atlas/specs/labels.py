"""Labels: what is to be predicted about regions, units, points or entities."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from placeprint.atlas.specs.base import Name, Spec

__all__ = ["LabelSpec", "LabelTask", "TaskSpec"]


class TaskSpec(Spec):
    """One label column: its kind, measure and transform, and the modalities it leaks into."""

    column: str
    kind: Literal["regression", "classification"] = "regression"
    unit: str = ""
    scale: Literal["grid", "point", "county", "city"] = "grid"
    transform: Literal["none", "log1p"] = "none"
    leaks: list[str] = Field(default_factory=list)
    description: str = ""


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
        listed = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
        return {name: [name] for name in classes} if listed else classes

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


class LabelSpec(Spec):
    """Labels from a ``file`` about regions, units or points, or from the tags of ``entities``."""

    file: str | None = None
    entities: Name | None = None
    region: str | None = None
    level: str | None = None
    unit: str | None = None
    lon: str | None = None
    lat: str | None = None
    tasks: dict[Name, LabelTask] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_key(self) -> LabelSpec:
        if (self.file is None) == (self.entities is None):
            raise ValueError("name either a `file` or `entities` that the labels come from")
        keys = [
            self.region is not None,
            self.level is not None and self.unit is not None,
            self.lon is not None and self.lat is not None,
        ]
        if self.entities is not None and any(self.keys()):
            raise ValueError("labels from `entities` are about them: no other key is needed")
        if self.entities is None and sum(keys) != 1:
            raise ValueError("name either `region`, or `level` and `unit`, or `lon` and `lat`")
        for name, task in self.tasks.items():
            given = [key for key in ("keeps", "hides") if getattr(task, key)]
            if given and self.entities is None:
                raise ValueError(f"task {name!r} has `{given[0]}`: only for labels from `entities`")
        return self

    def keys(self) -> list[str]:
        """The columns of the file that say what a label is about."""
        return [key for key in (self.region, self.unit, self.lon, self.lat) if key is not None]
