"""The definition run by an engine that joins: from visits in Parquet to sorted edges in Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import narwhals as nw
import numpy as np
import pyarrow.parquet as pq

from placeprint.files import fingerprint, read_json, write_json
from placeprint.mobility.covisits.definition import kept_visits, tied_pairs
from placeprint.mobility.covisits.duckdb_engine import DuckDBSession, duckdb_session
from placeprint.mobility.covisits.edge_counts import Counted
from placeprint.mobility.covisits.edge_parts import (
    ACCOUNT,
    EdgeParts,
    check_request,
    part_path,
    part_totals,
    write_part,
)
from placeprint.mobility.covisits.engines import Engine
from placeprint.mobility.covisits.polars_engine import polars_session
from placeprint.mobility.covisits.rules import CoVisitRules
from placeprint.mobility.covisits.spark_engine import spark_session
from placeprint.progress import track
from placeprint.typing import IntArray, PathLike

__all__ = ["joined_co_visits"]

KEY: Final = ["user", "week", "region"]


class Session(Protocol):
    """An engine at work."""

    def scan(self, files: Sequence[Path]) -> nw.LazyFrame[Any]:
        """A table of Parquet files, read when it is needed."""

    def write(self, frame: nw.LazyFrame[Any], folder: Path) -> None:
        """Compute a table and write it as Parquet into a new folder."""


def joined_co_visits(
    files: Sequence[Path],
    numbers: IntArray,
    folder: PathLike,
    *,
    rules: CoVisitRules,
    snapshots: bool,
    engine: Engine,
    inputs: object = None,
) -> EdgeParts:
    """Count co-visits by joining visits with themselves; continues what was interrupted.

    The engine writes the visits that the caps keep, then all tied pairs; DuckDB sorts these, and
    the floor is applied on the way. Each step is done once, and kept until the last is done.

    Args:
        files: Visits in Parquet: columns user, week and region, all whole numbers.
        numbers: (n,) the numbers that regions have there, ascending; edges have positions in it.
        folder: Where the edges go, and what is written meanwhile.
        rules: The caps and the floor; noise is not added here.
        snapshots: Keep each week a graph of its own.
        engine: Which engine joins.
        inputs: What the visits come from: whatever JSON can say.

    Returns:
        The edges on disk and the account of them, as
        :func:`~placeprint.mobility.covisits.compiled.compiled_co_visits` gives them.

    Raises:
        InputError: If the folder holds other work.
        MissingExtraError: If the engine is not installed.
        PlaceprintError: If the memory, the disk or the engine is not up to it.
    """
    home, work = Path(folder), Path(folder) / ".join"
    caps = [rules.most_regions, rules.most_weeks, rules.min_users]
    request = fingerprint([len(numbers), caps, snapshots, engine.name, inputs])
    if (home / ACCOUNT).exists():
        done = EdgeParts.open(home)
        check_request(done.request, request, home)
        return done
    if (work / "request.json").exists():
        check_request(read_json(work / "request.json")["request"], request, home)
    work.mkdir(parents=True, exist_ok=True)
    write_json(work / "request.json", {"request": request})
    with track(f"joining visits by {engine.name}", total=3) as tracker:
        with _session(engine, work) as session:
            dropped = _keep(session, files, rules, work)
            tracker.advance(note="pairs of regions")
            kept = session.scan(_parquet(work / "kept"))
            pairs = tied_pairs(kept, snapshots=snapshots, of_users=rules.min_users > 1)
            _once(work / "pairs", lambda path: session.write(pairs, path))
            tracker.advance(note="sorting")
        with duckdb_session(engine.budget, work / "spill") as duck:
            edges = _sorted(duck, _parquet(work / "pairs"), numbers, rules.min_users, snapshots)
            write_part(part_path(home, 0), edges, snapshots)
        tracker.advance()
    parts = EdgeParts(
        folder=home,
        parts=(part_path(home, 0).name,),
        regions=len(numbers),
        snapshots=snapshots,
        visits=sum(pq.read_metadata(file).num_rows for file in files),
        dropped_visits=dropped,
        request=request,
        **part_totals(part_path(home, 0)),
    )
    parts.save()
    shutil.rmtree(work)
    return parts


@contextmanager
def _session(engine: Engine, work: Path) -> Iterator[Session]:
    if engine.name == "spark":
        with spark_session(engine.master, engine.memory) as spark:
            yield spark
    elif engine.name == "polars":
        with polars_session(work) as polars:
            yield polars
    else:
        with duckdb_session(engine.budget, work / "spill") as duck:
            yield duck


def _once(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder that is not there yet; it appears when it is complete."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    write(unfinished)
    unfinished.rename(folder)


def _keep(session: Session, files: Sequence[Path], rules: CoVisitRules, work: Path) -> int:
    """Write the visits that the caps keep; how many regions of a person and week they drop."""
    visits = session.scan(files)
    _once(work / "kept", lambda path: session.write(kept_visits(visits, rules), path))
    if rules.most_regions is None and rules.most_weeks is None:
        return 0
    distinct = visits.select(KEY).unique(KEY).select(rows=nw.len()).collect()
    kept = sum(pq.read_metadata(file).num_rows for file in _parquet(work / "kept"))
    return int(distinct.item()) - int(kept)


def _parquet(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _sorted(
    duck: DuckDBSession, files: Sequence[Path], numbers: IntArray, min_users: int, snapshots: bool
) -> Iterator[Counted]:
    """Edges in order, those below the floor dropped and counted."""
    if not files:  # Spark writes nothing where there is nothing
        return
    for batch in duck.ordered(files, [*(["week"] if snapshots else []), "source", "target"]):
        columns = {name: batch[name].to_numpy() for name in batch.schema.names}
        weight = columns["weight"]
        strong = columns.get("users", weight) >= min_users
        ends = (np.searchsorted(numbers, columns[end][strong]) for end in ("source", "target"))
        source, target = (end.astype(np.int32) for end in ends)
        week = columns["week"][strong].astype(np.int32) if snapshots else None
        lost = weight[~strong]
        yield Counted(source, target, weight[strong], week, len(lost), int(lost.sum()))
