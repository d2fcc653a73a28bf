"""The edges of a graph as positions in the list of regions: no id is held twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placeprint.errors import InputError, listing
from placeprint.files import parquet_columns
from placeprint.typing import FloatArray, IntArray, PathLike

__all__ = ["Links", "count_pairs", "read_links"]

BATCH: Final = 2**21
"""Edges read at a time."""


@dataclass(frozen=True, eq=False)
class Links:
    """The edges of a graph between n regions.

    Attributes:
        source: (m,) int32 position of the region that each edge leaves.
        target: (m,) int32 position of the region that it reaches.
        weight: (m,) float64.
        directed: Whether an edge says nothing about the other direction; else it stands for both.
        repeated: Whether a pair may occur more than once, for one snapshot each.
    """

    source: IntArray
    target: IntArray
    weight: FloatArray
    directed: bool
    repeated: bool = False

    def __len__(self) -> int:
        return len(self.source)


def read_links(
    path: PathLike,
    region_ids: pd.Index,
    *,
    directed: bool,
    times: Sequence[str] | None = None,
    repeated: bool = False,
) -> Links:
    """Read the edges of a graph from Parquet, some at a time.

    Ids are read as the file's dictionary of them, so that each is looked up once a batch.

    Args:
        path: A file of columns source, target, weight and perhaps time.
        region_ids: The n regions.
        directed: As in :class:`Links`.
        times: Which snapshots; None: all edges.
        repeated: As in :class:`Links`.

    Raises:
        InputError: If an edge names an unknown region, or the file lacks a column.
    """
    wanted = ["source", "target", "weight", *(["time"] if times is not None else [])]
    missing = set(wanted) - set(parquet_columns(path))
    if missing:
        raise InputError(f"no column {sorted(missing)[0]!r}", source=path)
    known = pa.array(region_ids.to_numpy(dtype=object), pa.string())
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    with pq.ParquetFile(path, read_dictionary=["source", "target"]) as file:
        for batch in file.iter_batches(BATCH, columns=wanted):
            chosen = batch if times is None else batch.filter(_within(batch, times))
            ends = (_positions(chosen.column(end), known, path) for end in wanted[:2])
            weight = chosen.column("weight").cast(pa.float64()).to_numpy(zero_copy_only=False)
            parts.append((*ends, weight))
    empty = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    source, target, weight = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
    return Links(source, target, weight, directed, repeated)


def count_pairs(path: PathLike, times: Sequence[str] | None = None) -> tuple[int, int]:
    """How many edges some snapshots have, and about how many pairs they tie, in bounded memory.

    Args:
        path: A file of columns source, target and time.
        times: Which snapshots; None: all.

    Source:
        HyperLogLog (Flajolet et al. 2007), as DuckDB has it: some percent off.
    """
    import duckdb

    among = "" if times is None else "WHERE list_contains($times, CAST(time AS VARCHAR))"
    asked = {"file": str(path)} | ({} if times is None else {"times": list(times)})
    counts = "count(*), approx_count_distinct(hash(source, target))"
    question = f"SELECT {counts} FROM read_parquet($file) {among}"
    with duckdb.connect() as connection:
        edges, pairs = connection.execute(question, asked).fetchall()[0]
    return int(edges), min(int(pairs), int(edges))


def _within(batch: pa.RecordBatch, times: Sequence[str]) -> pa.Array:
    return pc.is_in(batch.column("time").cast(pa.string()), value_set=pa.array(times, pa.string()))


def _positions(ends: pa.Array, known: pa.Array, path: PathLike) -> IntArray:
    coded = ends if pa.types.is_dictionary(ends.type) else ends.dictionary_encode()
    found = pc.index_in(coded.dictionary.cast(pa.string()), value_set=known)
    if found.null_count:
        used = pc.unique(coded.indices)
        unknown = used.filter(pc.is_null(found.take(used)))
        if len(unknown):
            names = listing(coded.dictionary.take(unknown).to_pylist(), limit=5)
            problem = f"its edges name regions that the atlas does not have: {names}"
            raise InputError(problem, source=path, hint="build the atlas again")
    positions: IntArray = found.take(coded.indices).to_numpy(zero_copy_only=False)
    return positions.astype(np.int32, copy=False)
