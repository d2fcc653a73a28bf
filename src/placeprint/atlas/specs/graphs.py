"""Graphs between regions."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from placeprint.atlas.specs.base import Spec, Where

__all__ = ["AdjacencyGraph", "FlowGraph", "GraphSpec", "VisitGraph"]


class FlowGraph(Spec):
    """A graph from flows between regions; ``time`` names the column that tells its snapshots."""

    kind: Literal["flows"]
    file: str
    origin: str = "origin"
    destination: str = "destination"
    weight: str = "weight"
    time: str | None = None
    where: Where = Field(default_factory=dict)


class VisitGraph(Spec):
    """A graph from visits: regions that one person visits within one week are tied.

    ``file`` or ``files`` are names or patterns such as ``visits/*.parquet``. Where the rows tell
    the week or the region itself, ``week`` and ``region`` name the columns, and those of the time
    or of the coordinates are not read. The other keys are the rules of
    :class:`~placeprint.mobility.covisits.rules.CoVisitRules`.
    """

    kind: Literal["visits"]
    file: str | None = None
    files: list[str] = Field(default_factory=list)
    user: str = "user"
    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    week: str | None = None
    region: str | None = None
    window: Literal["week"] = "week"
    snapshots: bool = False
    most_regions: int | None = Field(default=None, ge=2)
    min_users: int = Field(default=1, ge=1)
    most_weeks: int | None = Field(default=None, ge=1)
    epsilon: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    delta: float = Field(default=1e-6, gt=0, lt=1)

    @model_validator(mode="after")
    def _agree(self) -> VisitGraph:
        if (self.file is None) == (not self.files):
            raise ValueError("visits come from `file` or from a list of `files`: give one of them")
        if self.epsilon is not None and None in (self.most_regions, self.most_weeks):
            raise ValueError(
                "`epsilon` needs a bound on what one person adds: "
                "give `most_regions` and `most_weeks` as well"
            )
        return self


class AdjacencyGraph(Spec):
    """The neighbourhood graph: regions that touch are tied."""

    kind: Literal["adjacency"]


GraphSpec: TypeAlias = Annotated[
    FlowGraph | VisitGraph | AdjacencyGraph, Field(discriminator="kind")
]
