"""Graphs between regions: flows, wide matrices, visits, adjacency; with snapshots or without."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
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
    suggest_column,
)
from placeprint.errors import InputError, Problems, listing
from placeprint.mobility.covisits import CoVisitRules
from placeprint.sources import EveryCell, KnownRegions, Localities, Table, VisitColumns, visit_files

__all__ = ["AdjacencyGraph", "FlowGraph", "MatrixGraph", "VisitGraph", "read_places"]


class _Flows(FileSpec):
    """What graphs of flows share: directed, one edge a pair and snapshot, weights added up."""

    section: ClassVar[str] = "graphs"
    self_loops: Literal["keep", "drop"] = "keep"
    unknown: Unknown = "refuse"

    def between(
        self, context: BuildContext, table: Table, edges: pd.DataFrame, names: tuple[str, str]
    ) -> Any:
        """The flows between two regions of the study area.

        Args:
            context: What layers are made with.
            table: Where they come from, for messages.
            edges: Columns source, target, weight, perhaps time; the index is the row in the file.
            names: The columns in which source and target are.
        """
        coverage, ends = context.coverage(table, edges), context.coverage(table, edges)
        missing = edges.index[edges["weight"].isna()]
        if len(missing):
            problem = f"{len(missing)} weights are missing, the first in row {missing[0] + 1}"
            raise InputError(problem, source=table.path, hint="fill them in, or drop these rows")
        inside, problems = np.ones(len(edges), dtype=bool), Problems()
        for end, name in zip(("source", "target"), names, strict=True):
            with problems.collecting():
                edges[end], known = self.match(context, table, edges[end].rename(name), ends)
                inside &= known.to_numpy()
        problems.check()
        wanted: dict[str, Any] = {
            "with an end outside the study area": inside,
            "with weight zero": edges["weight"] > 0,
        }
        if self.self_loops == "drop":
            wanted["from a region to itself"] = edges["source"] != edges["target"]
        if "time" in edges:
            wanted["without a time"] = edges["time"].notna()
        kept = np.ones(len(edges), dtype=bool)
        for reason, fine in wanted.items():
            coverage.drop(reason, int((kept & ~fine).sum()))
            kept &= np.asarray(fine)
        edges, keys = edges[kept].astype({"weight": float}), ["source", "target"]
        if edges.empty:
            problem = "no flow between two regions of the study area is left"
            raise InputError(problem, source=table.path)
        coverage.finish(len(edges), regions=len({*edges["source"], *edges["target"]}))
        account: dict[str, Any] = {"directed": True}
        if "time" in edges:
            edges["time"], keys = snapshot_names(edges["time"]), ["time", *keys]
            account["times"] = [*edges["time"].cat.categories]
        edges = edges.groupby(keys, observed=True).sum().reset_index()
        edges = edges[["source", "target", "weight", *keys[:-2]]]
        return edges.astype(dict.fromkeys(keys[:-2], str)), coverage, account


class FlowGraph(_Flows):
    """A directed graph from flows of people, one row a pair; repeated pairs are added up.

    Rows with an end outside the study area, with weight zero, or without a time are left out and
    counted. Read, it is columns source, target, weight and, with snapshots, time, sorted by
    snapshot, source and target.

    Attributes:
        origin: Column of the region that a flow starts from.
        destination: Column of the region that it goes to.
        weight: Column of its size: people, trips, …; not negative. None: each row counts one.
        time: Column that tells the snapshots apart: a month, a year, an hour of the day; None if
            there are none.
        where: Conditions on rows, such as the kind of flow.
        self_loops: Whether flows from a region to itself are to ``keep`` or to ``drop``.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Raises:
        InputError: If a column is missing, a weight is missing or negative, an id is unknown, or
            no flow is left.

    Example:
        >>> FlowGraph(kind="flows", file="trips.csv", weight=None).columns(Path("raw"))
        {'trips.csv': ['origin', 'destination']}
    """

    keys: ClassVar[tuple[str, ...]] = ("origin", "destination", "weight", "time")
    kind: Literal["flows"]
    origin: str = "origin"
    destination: str = "destination"
    weight: str | None = "weight"
    time: str | None = None
    where: Where = Field(default_factory=dict)

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the flows."""
        table, ends = self.table(context.data), (self.origin, self.destination)
        more = [column for column in (self.weight, self.time) if column]
        rows = table.read([*ends, *more], self.where, as_text=ends)
        edges = rows[[*ends]].set_axis(["source", "target"], axis=1)
        edges["weight"], problems, found = 1.0, Problems(), None
        if self.weight is not None:
            with problems.collecting():
                edges["weight"] = table.numbers(rows[self.weight], minimum=0)
        if self.time is not None:
            with problems.collecting():
                edges["time"] = table.inferred(rows[self.time])
        with problems.collecting():
            found = self.between(context, table, edges, ends)
        problems.check()
        return found


class MatrixGraph(_Flows):
    """A directed graph from a wide table: a row for each origin, a column for each destination.

    Empty cells are no flow.

    Attributes:
        origin: Column of the region that flows start from.
        destinations: Names, or patterns such as ``zone_*``, of the columns of destinations; ids
            are found in them as :func:`~placeprint.sources.ids.match_ids` does.
        self_loops: As of :class:`FlowGraph`.
        unknown: As of :class:`FlowGraph`.

    Raises:
        InputError: As of :class:`FlowGraph`; or if an origin has several rows.
    """

    keys: ClassVar[tuple[str, ...]] = ("origin",)
    kind: Literal["matrix"]
    origin: str
    destinations: list[str] = Field(default=["*"], min_length=1)

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the matrix."""
        table = self.table(context.data)
        columns = self.matching(table, self.destinations, but=self.origin)
        rows = table.read([self.origin, *columns], as_text=[self.origin])
        twice = rows[self.origin].dropna()
        twice = twice[twice.duplicated()]
        if len(twice):
            problem = f"column {self.origin!r} has {len(twice):,} origins in several rows: "
            hint = "keep one row for each origin, or add the rows up"
            raise InputError(problem + listing(twice.unique(), 5), source=table.path, hint=hint)
        wide = pd.DataFrame({name: table.numbers(rows[name], minimum=0) for name in columns})
        ends = {
            "source": np.repeat(rows[self.origin].to_numpy(object), len(columns)),
            "target": np.tile(np.array(columns, dtype=object), len(rows)),
            "weight": wide.fillna(0.0).to_numpy(float).ravel(),
        }
        edges = pd.DataFrame(ends, index=np.repeat(rows.index.to_numpy(), len(columns)))
        return self.between(context, table, edges, (self.origin, "(header)"))


def snapshot_names(times: pd.Series) -> pd.Series:
    """Times as strings that keep their order: numbers as numbers, dates as dates.

    Args:
        times: What the column holds; may be missing.

    Returns:
        Ordered categories. Whole numbers stored as floats lose their ``.0``, and instants at
        midnight the hour.

    Example:
        >>> snapshot_names(pd.Series([10.0, 2.0, None])).cat.categories.tolist()
        ['2', '10']
    """
    if times.dtype == object:
        times = times.astype(str).where(times.notna())
    distinct = times.dropna().drop_duplicates().sort_values()
    if pd.api.types.is_float_dtype(distinct) and (distinct % 1 == 0).all():
        distinct = distinct.astype("int64")
    names = distinct.astype(str).tolist()
    if pd.api.types.is_datetime64_any_dtype(distinct):
        names = [instant.isoformat().removesuffix("T00:00:00") for instant in distinct]
    codes = pd.Index(distinct).get_indexer(times)
    named = pd.Categorical.from_codes(codes, pd.Index(names), ordered=True)
    return pd.Series(named, index=times.index)


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
        return VisitColumns(**{one.name: getattr(self, one.name) for one in fields(VisitColumns)})

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The person, the time and the place, of each file."""
        files = visit_files(self.inputs(), data)
        return {str(file.relative_to(data)): self.visit_columns().needed for file in files}

    def read(self, context: BuildContext, name: str) -> Any:
        """Count the co-visits, in a hidden folder beside the atlas."""
        from placeprint.mobility.covisits import count_visits

        places, files = KnownRegions(context.regions), visit_files(self.inputs(), context.data)
        request = context.request(f"graphs/{name}", self)
        asked = {key: request[key] for key in ("settings", "inputs")}
        rules = CoVisitRules(**{one.name: getattr(self, one.name) for one in fields(CoVisitRules)})
        try:
            return count_visits(
                files,
                places,
                context.out.with_name(f".{context.out.name}.{name}.work"),
                asked | {"places": places.fingerprint},
                columns=self.visit_columns(),
                rules=rules,
                snapshots=self.snapshots,
                engine=context.engine,
            )
        except InputError:
            if self.region:
                named = {self.region: "region", self.user: "user"}
                suggest_column(Table.open(files[0]), self.region, context.regions, named)
            raise

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write the edges, and remove that folder."""
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
