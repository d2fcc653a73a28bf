"""Graphs between regions: flows, wide matrices, visits, adjacency; with snapshots or without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field, model_validator

from placeprint.atlas import Atlas
from placeprint.building.layer import (
    BuildContext,
    FileSpec,
    LayerSpec,
    Provenance,
    Unknown,
    Where,
    matching_files,
)
from placeprint.errors import InputError
from placeprint.mobility.covisits import CoVisitRules
from placeprint.sources import (
    Coverage,
    EveryCell,
    KnownRegions,
    Localities,
    VisitColumns,
    read_flows,
    read_matrix,
    visit_files,
)

__all__ = ["AdjacencyGraph", "FlowGraph", "MatrixGraph", "VisitGraph", "read_places"]

SelfLoops = Literal["keep", "drop"]


class FlowGraph(FileSpec):
    """A graph from flows between regions; ``time`` names the column that tells its snapshots."""

    section: ClassVar[str] = "graphs"
    kind: Literal["flows"]
    origin: str = "origin"
    destination: str = "destination"
    weight: str | None = "weight"
    time: str | None = None
    where: Where = Field(default_factory=dict)
    self_loops: SelfLoops = "keep"
    unknown: Unknown = "refuse"

    def columns(self, data: Path) -> dict[str, list[str]]:
        """Both ends, the weight, the time and what conditions are about."""
        del data
        more = [name for name in (self.weight, self.time) if name]
        return {self.file: [self.origin, self.destination, *more, *self.where]}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the flows."""
        del name
        edges, coverage = read_flows(
            self.table(context.data),
            context.regions,
            origin=self.origin,
            destination=self.destination,
            weight=self.weight,
            time=self.time,
            where=self.where,
            self_loops=self.self_loops,
            unknown=self.unknown,
        )
        return _directed(edges, coverage)


class MatrixGraph(FileSpec):
    """A graph from a wide table: a row for each origin, a column for each destination."""

    section: ClassVar[str] = "graphs"
    kind: Literal["matrix"]
    origin: str
    destinations: list[str] = Field(default=["*"], min_length=1)
    self_loops: SelfLoops = "keep"
    unknown: Unknown = "refuse"

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The origin; which columns are destinations, patterns say."""
        del data
        return {self.file: [self.origin]}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the matrix."""
        del name
        edges, coverage = read_matrix(
            self.table(context.data),
            context.regions,
            origin=self.origin,
            destinations=self.destinations,
            self_loops=self.self_loops,
            unknown=self.unknown,
        )
        return _directed(edges, coverage)


def _directed(edges: pd.DataFrame, coverage: Coverage) -> Any:
    account: dict[str, Any] = {"directed": True}
    if "time" in edges:
        account["times"] = edges["time"].drop_duplicates().astype(str).tolist()
        edges = edges.astype({"time": str})
    return edges, coverage, account


class VisitGraph(LayerSpec):
    """A graph from visits: regions that one person visits within one week are tied.

    ``file`` or ``files`` are names or patterns such as ``visits/*.parquet``. Where the rows tell
    the week or the region itself, ``week`` and ``region`` name the columns, and those of the time
    or of the coordinates are not read. The other keys are the rules of
    :class:`~placeprint.mobility.covisits.rules.CoVisitRules`.
    """

    section: ClassVar[str] = "graphs"
    quick: ClassVar[bool] = False
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

    def visit_columns(self) -> VisitColumns:
        """What the columns are called."""
        return VisitColumns(
            self.user, self.time, self.lon, self.lat, week=self.week, region=self.region
        )

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The person, the time and the place, of each file."""
        files = [file for name in self.inputs() for file in matching_files(data, name)]
        return {file: self.visit_columns().needed for file in files}

    def read(self, context: BuildContext, name: str) -> Any:
        """Count the co-visits, in a hidden folder beside the atlas."""
        from placeprint.mobility.covisits import count_visits

        places = KnownRegions(context.regions)
        request = context.request(f"graphs/{name}", self)
        return count_visits(
            visit_files(self.inputs(), context.data),
            places,
            context.out.with_name(f".{context.out.name}.{name}.work"),
            {key: request[key] for key in ("settings", "inputs")} | {"places": places.fingerprint},
            columns=self.visit_columns(),
            rules=CoVisitRules(
                most_regions=self.most_regions,
                min_users=self.min_users,
                most_weeks=self.most_weeks,
                epsilon=self.epsilon,
                delta=self.delta,
            ),
            snapshots=self.snapshots,
            engine=context.engine,
        )

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write the edges, and remove that folder."""
        del context, name
        account = found.write(path)
        found.remove()
        about = account.published()
        coverage = {"coverage": about.pop("visits")} if "visits" in about else {}
        times = {"times": account.times} if self.snapshots else {}
        return {"rows": account.edges, "directed": False, "covisits": about, **times, **coverage}


class AdjacencyGraph(LayerSpec):
    """The neighbourhood graph: regions that touch are tied."""

    section: ClassVar[str] = "graphs"
    kind: Literal["adjacency"]

    def read(self, context: BuildContext, name: str) -> Any:
        """Find which regions touch."""
        del name
        return context.regions.neighbours(), None, {"directed": False}


def read_places(text: str) -> Localities:
    """The places that a word of the command line means.

    Args:
        text: ``h3:6`` for every H3 cell of resolution 6, or the folder of an atlas.

    Raises:
        InputError: If it is neither.

    Example:
        >>> read_places("h3:6").count
        14117882
    """
    scheme, _, resolution = text.partition(":")
    if scheme != "h3":
        return KnownRegions(Atlas(text).regions)
    if not resolution.isdecimal():
        raise InputError(f"{text!r} names no resolution", hint="write it like h3:6")
    return EveryCell(int(resolution))
