"""Co-visits counted in bounded memory: located, counted by an engine, and written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import numpy as np

from placeprint.errors import InputError, listing
from placeprint.files import fingerprint, read_json, replacing, write_json
from placeprint.mobility.covisits.account import CoVisitAccount
from placeprint.mobility.covisits.compiled import compiled_co_visits
from placeprint.mobility.covisits.duckdb_engine import duckdb_session
from placeprint.mobility.covisits.edge_parts import EdgeParts
from placeprint.mobility.covisits.engines import Engine
from placeprint.mobility.covisits.graph_file import write_edges
from placeprint.mobility.covisits.joining import joined_co_visits
from placeprint.mobility.covisits.privacy import NoisyRelease
from placeprint.mobility.covisits.releasing import Release
from placeprint.mobility.covisits.rules import CoVisitRules
from placeprint.mobility.covisits.work_folder import at_work, clear_folder, remove_unfinished
from placeprint.progress import console
from placeprint.sources import Localities, LocatedVisits, VisitColumns, locate_visits
from placeprint.typing import IntArray, PathLike

__all__ = ["CountedVisits", "count_visits"]

LEAST_OF_DUCKDB: Final = 500_000_000
"""Bytes that counting distinct people may take, where the compiled engine is content with less."""


@dataclass(frozen=True)
class CountedVisits:
    """Co-visits that are counted and wait on disk to be written.

    Attributes:
        located: The visits.
        edges: The edges that pass the floor.
        numbers: (n,) the numbers of the regions that were visited.
        users: People with a visit.
        weeks: Weeks with a visit.
        rules: The rules.
        engine: Which engine counted.
        work: The folder of all that is needed meanwhile.
    """

    located: LocatedVisits
    edges: EdgeParts
    numbers: IntArray
    users: int
    weeks: int
    rules: CoVisitRules
    engine: str
    work: Path

    def write(self, path: PathLike) -> CoVisitAccount:
        """Write the graph, with noise if the rules ask for it, and give the account.

        Raises:
            InputError: If the threshold of the noise leaves no edge, or another process is at
                work in the folder.
        """
        with at_work(self.work):
            remove_unfinished(path)
            return self._write(path)

    def _write(self, path: PathLike) -> CoVisitAccount:
        edges, places = self.edges, self.located.places
        noise = None
        if self.rules.epsilon is not None:
            noise = NoisyRelease(self.rules, places.count, snapshots=edges.snapshots)
        release = Release(edges, noise)
        with replacing(path) as temporary:
            names = places.names(self.numbers)
            writer = write_edges(temporary, release.parts(), names, snapshots=edges.snapshots)
            account = self._account(release)
            footer = json.dumps(account.published(), sort_keys=True)
            writer.add_key_value_metadata({"placeprint:covisits": footer})
            writer.close()
        return account

    def _account(self, release: Release) -> CoVisitAccount:
        edges, noise = self.edges, release.noise
        if noise is not None and release.edges == 0:
            raise InputError(
                f"none of the {edges.edges:,} edges reaches the threshold of {noise.threshold:,} "
                f"that epsilon {self.rules.epsilon} asks for",
                hint="lower most_regions and most_weeks, allow a larger epsilon, or choose "
                "larger regions",
            )
        return CoVisitAccount(
            visits=self.located.coverage,
            users=self.users,
            weeks=self.weeks,
            capped=edges.dropped_visits,
            edges=release.edges,
            trips=release.trips,
            dropped_edges=edges.dropped_edges + edges.edges - release.edges,
            dropped_trips=edges.dropped_weight + edges.weight - release.true_trips,
            times=release.times,
            rules=self.rules,
            engine=self.engine,
            noise=None if noise is None else noise.describe(),
        )

    def remove(self) -> None:
        """Remove what was needed meanwhile."""
        shutil.rmtree(self.work)


def count_visits(
    files: Sequence[PathLike],
    places: Localities,
    work: PathLike,
    request: dict[str, Any],
    *,
    columns: VisitColumns | None = None,
    rules: CoVisitRules | None = None,
    snapshots: bool = False,
    engine: Engine | None = None,
) -> CountedVisits:
    """Locate visits and count the edges between their regions.

    Args:
        files: Parquet or CSV files, one row a visit.
        places: The regions of a study area, or every H3 cell.
        work: A folder for what is needed meanwhile, which one process at a time may use. If it
            holds the beginnings of the same request, work goes on there; of another one, they
            are removed.
        request: What tells these visits from others, as JSON-like values.
        columns: What the columns are called.
        rules: The caps, the floor and the noise.
        snapshots: Keep each week a graph of its own.
        engine: Which engine counts.

    Raises:
        InputError: If the files hold something else, no edge is left, or another process is at
            work in the folder.
        PlaceprintError: If memory or disk do not suffice.
    """
    rules, engine = rules or CoVisitRules(), engine or Engine()
    folder = Path(work)
    versions = [version("placeprint"), version("pandas")]  # the latter's hash numbers people
    asked = [request, rules, snapshots, engine.name, versions]
    if rules.epsilon is not None:  # a wrong epsilon is told before work starts
        NoisyRelease(rules, places.count, snapshots=snapshots)
    with at_work(folder):
        _begin(folder, fingerprint(asked))
        located = locate_visits(files, places, folder / "located", columns, of_regions=places.count)
        with duckdb_session(max(engine.budget, LEAST_OF_DUCKDB), folder / "spill") as duck:
            visits = duck.scan(located.files())
            users = visits.select("user").unique("user").select(people=nw.len()).collect().item()
            weeks = visits.select("week").unique("week").collect()["week"].to_numpy()
            numbers = np.sort(
                visits.select("region").unique("region").collect()["region"].to_numpy()
            )
        located.coverage.regions = len(numbers)
        _judge_delta(rules, int(users))
        counting = rules.exact() if rules.epsilon is not None else rules
        if engine.name == "compiled":
            batches = (
                (users, weeks, np.searchsorted(numbers, regions).astype(np.int32))
                for users, weeks, regions in located.batches()
            )
            edges = compiled_co_visits(
                batches,
                len(numbers),
                folder / "edges",
                rules=counting,
                snapshots=snapshots,
                memory_bytes=engine.budget,
                resume=True,
            )
        else:
            edges = joined_co_visits(
                located.files(),
                numbers,
                folder / "edges",
                rules=counting,
                snapshots=snapshots,
                engine=engine,
            )
        _refuse_nothing(edges, rules, files)
        return CountedVisits(
            located, edges, numbers, int(users), len(weeks), rules, engine.name, folder
        )


def _begin(folder: Path, request: str) -> None:
    """Go on in a folder that belongs to the request; else empty it."""
    note = folder / "request.json"
    if note.exists() and read_json(note).get("request") == request:
        console.print(f"going on with what an earlier run left in {folder}", highlight=False)
        return
    clear_folder(folder)
    write_json(note, {"request": request})


def _judge_delta(rules: CoVisitRules, users: int) -> None:
    """Tell whoever runs this, and nobody else, that δ is large for so many people.

    How many there are is exact and so a secret of the visits: it is written nowhere, and δ is not
    changed by it.
    """
    if rules.epsilon is not None and rules.delta * users >= 1:
        console.print(
            f"delta {rules.delta:g} is not below one over the number of people ({users:,}): so "
            "large a δ may give single people away. Choose one well below one over the number of "
            "people that is publicly known, such as the inhabitants of the area; this count is "
            "for you alone.",
            highlight=False,
            soft_wrap=True,
        )


def _refuse_nothing(edges: EdgeParts, rules: CoVisitRules, files: Sequence[PathLike]) -> None:
    if edges.edges:
        return
    source = listing(files, limit=3)
    if edges.dropped_edges:
        raise InputError(
            f"none of the {edges.dropped_edges:,} edges is tied by {rules.min_users} people",
            source=source,
            hint="lower min_users, or choose larger regions",
        )
    raise InputError(
        "no two regions are visited by one person within one week",
        source=source,
    )
