"""Graphs between regions."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

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
    """A graph from visits: cells that one person visits within one week are tied."""

    kind: Literal["visits"]
    file: str
    user: str = "user"
    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    window: Literal["week"] = "week"
    snapshots: bool = False


class AdjacencyGraph(Spec):
    """The neighbourhood graph: regions that touch are tied."""

    kind: Literal["adjacency"]


GraphSpec: TypeAlias = Annotated[
    FlowGraph | VisitGraph | AdjacencyGraph, Field(discriminator="kind")
]
