"""A co-visit graph as a file: source, target, weight, and of snapshots time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from placeprint.mobility.covisits.edge_parts import EdgePart
from placeprint.typing import AnyArray, IntArray, PathLike

__all__ = ["mondays", "write_edges"]

EDGES_AT_ONCE: Final = 1 << 20


def write_edges(
    path: PathLike, parts: Iterable[EdgePart], names: AnyArray, *, snapshots: bool
) -> pq.ParquetWriter:
    """Write edges part by part; memory is bounded by a part.

    Args:
        path: Where to.
        parts: Edges in order.
        names: (n,) the region ids that sources and targets are positions of.
        snapshots: Whether there is a column time, the Monday of the week.

    Returns:
        The writer, still open, so that the account may be added to the footer.
    """
    text = pa.dictionary(pa.int32(), pa.string())
    types = {"source": text, "target": text, "weight": pa.float64()}
    schema = pa.schema({**types, "time": text} if snapshots else types)
    # Without Arrow's own schema in the footer, columns are text to the reader, not dictionaries.
    writer = pq.ParquetWriter(path, schema, compression="zstd", store_schema=False)
    for part in _gathered(parts):
        columns = [_named(part.source, names), _named(part.target, names)]
        columns.append(pa.array(part.weight.astype(np.float64)))
        if part.week is not None:
            weeks, codes = np.unique(part.week, return_inverse=True)
            columns.append(pa.DictionaryArray.from_arrays(codes.astype(np.int32), mondays(weeks)))
        batch = pa.record_batch(columns, schema.names)
        writer.write_table(pa.Table.from_batches([batch]), row_group_size=EDGES_AT_ONCE)
    return writer


def mondays(weeks: IntArray) -> list[str]:
    """Days from 1970-01-01 as dates.

    Example:
        >>> mondays(np.array([19723]))
        ['2024-01-01']
    """
    days: list[str] = weeks.astype("datetime64[D]").astype(str).tolist()
    return days


def _named(codes: IntArray, names: AnyArray) -> pa.DictionaryArray:
    """Region ids by position, of those alone that occur."""
    occurs = np.zeros(len(names), dtype=bool)
    occurs[codes] = True
    places = np.cumsum(occurs, dtype=np.int32) - 1
    return pa.DictionaryArray.from_arrays(places[codes], pa.array(names[occurs], pa.string()))


def _gathered(parts: Iterable[EdgePart]) -> Iterator[EdgePart]:
    """The same edges in parts of one size, so that the file does not depend on the given ones."""
    waiting: list[EdgePart] = []
    rows = 0
    for part in parts:
        waiting.append(part)
        rows += len(part.source)
        while rows >= EDGES_AT_ONCE:
            whole = _joined(waiting)
            yield _cut(whole, slice(EDGES_AT_ONCE))
            waiting = [_cut(whole, slice(EDGES_AT_ONCE, None))]
            rows -= EDGES_AT_ONCE
    if rows:
        yield _joined(waiting)


def _joined(parts: list[EdgePart]) -> EdgePart:
    weeks = [part.week for part in parts if part.week is not None]
    return EdgePart(
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate(weeks) if weeks else None,
    )


def _cut(part: EdgePart, rows: slice) -> EdgePart:
    week = None if part.week is None else part.week[rows]
    return EdgePart(part.source[rows], part.target[rows], part.weight[rows], week)
