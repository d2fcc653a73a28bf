"""What a suite file declares: its tasks, where their labels come from, what was published."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from placeprint.atlas.spec import Name, Spec, TaskSpec

__all__ = ["LabelSource", "SuiteDeclaration", "TaskDeclaration"]


class LabelSource(Spec):
    """Where labels come from.

    Attributes:
        provider: Who published them.
        obtain: Where to get them, and how they have to be written.
        licence: The terms they are published under.
    """

    provider: str
    obtain: str
    licence: str = "not stated"


class TaskDeclaration(TaskSpec):
    """One task: a label column as in a recipe, and all that is needed to judge a score on it.

    Attributes:
        title: A name for people.
        kind: Whether numbers or classes are predicted.
        metric: The metric that the task is judged by.
        level: ``region``, ``point``, or the level of units that has values.
        file: The file expected in the folder of labels.
        id_column: Its column of region or unit ids; points have coordinates instead.
        public: Whether anybody can get the labels.
        source: Where from.
        published: For each metric the published value of each model. The F1 score of one class is
            the metric ``f1_CLASS``.
    """

    title: str
    kind: Literal["regression", "classification"] = "regression"
    metric: Literal["r2", "rmse", "mae", "macro_f1", "accuracy"] = "r2"
    level: Name
    file: str
    id_column: str | None = None
    public: bool
    source: LabelSource
    published: dict[Name, dict[str, float]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agrees(self) -> TaskDeclaration:
        if (self.level == "point") != (self.id_column is None):
            raise ValueError("give `id_column`, unless `level` is point: points have coordinates")
        if (self.kind == "classification") != (self.metric in {"macro_f1", "accuracy"}):
            raise ValueError(f"`metric` {self.metric} is not one of a {self.kind}")
        if self.kind == "classification" and self.transform != "none":
            raise ValueError("classes have no `transform`")
        return self


class SuiteDeclaration(Spec):
    """The content of a suite file.

    Example:
        >>> SuiteDeclaration.model_validate({"name": "a", "title": "A", "tasks": {}}).paper
        ''
    """

    name: Name
    title: str
    paper: str = ""
    code: str = ""
    protocol: str = ""
    tasks: dict[Name, TaskDeclaration]
