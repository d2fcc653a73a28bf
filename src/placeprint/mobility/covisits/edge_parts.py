"""Edges written in parts, in order, and the account of what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np

from placeprint.errors import InputError
from placeprint.files import read_json, replacing, write_json
from placeprint.machine_code import compiled
from placeprint.mobility.covisits.edge_counts import Counted
from placeprint.typing import IntArray, PathLike

__all__ = [
    "ACCOUNT",
    "EdgePart",
    "EdgeParts",
    "check_request",
    "part_path",
    "part_totals",
    "write_part",
]

ACCOUNT: Final = "edges.json"
EDGES_AT_ONCE: Final = 1 << 20
TOTALS: Final = ("edges", "weight", "dropped_edges", "dropped_weight")
_TRAILER: Final = 8 * len(TOTALS)


class EdgePart(NamedTuple):
    """Some edges, sorted by (week,) source and target.

    Attributes:
        source: (e,) int32, the lower region.
        target: (e,) int32, the higher region.
        weight: (e,) int64, users (and weeks) that tie them.
        week: (e,) int32, the Monday in days since 1970-01-01; None if weeks are added up.
    """

    source: IntArray
    target: IntArray
    weight: IntArray
    week: IntArray | None


@dataclass(frozen=True)
class EdgeParts:
    """A co-visit graph on disk, in compressed rows, in files that follow one another.

    Iterating gives :class:`EdgePart` after part, each small, in the order of the whole.

    Attributes:
        folder: Where they are.
        parts: The names of the files, in order.
        regions: n; sources and targets are numbered from 0 to n, exclusively.
        snapshots: Whether each week is a graph of its own.
        visits: Visits that were read.
        edges: Edges written.
        weight: Their weight.
        dropped_edges: Edges tied by too few users.
        dropped_weight: Their weight.
        dropped_visits: Regions of a user and week that the caps took away.
        request: The digest of what was asked for.
    """

    folder: Path
    parts: tuple[str, ...]
    regions: int
    snapshots: bool
    visits: int
    edges: int
    weight: int
    dropped_edges: int
    dropped_weight: int
    dropped_visits: int
    request: str

    @classmethod
    def open(cls, folder: PathLike) -> EdgeParts:
        """Open a graph that :func:`compiled_co_visits` has finished.

        Raises:
            InputError: If there is none.
        """
        path = Path(folder) / ACCOUNT
        found = read_json(path)
        try:
            return cls(**{**found, "folder": Path(folder), "parts": tuple(found["parts"])})
        except (KeyError, TypeError) as error:
            raise InputError(f"is no account of a co-visit graph ({error})", source=path) from None

    def save(self) -> None:
        """Write the account; a folder that holds it is complete."""
        account = asdict(self)
        del account["folder"]
        write_json(self.folder / ACCOUNT, account)

    def paths(self) -> list[Path]:
        """The files, in order."""
        return [self.folder / part for part in self.parts]

    def __iter__(self) -> Iterator[EdgePart]:
        for path in self.paths():
            end = path.stat().st_size - _TRAILER
            with path.open("rb") as handle:
                while handle.tell() < end:
                    rows, target, weight = (np.load(handle, allow_pickle=False) for _ in range(3))
                    week, source = (np.repeat(rows[:, column], rows[:, 2]) for column in (0, 1))
                    yield EdgePart(
                        source, target, weight.astype(np.int64), week if self.snapshots else None
                    )


def check_request(found: str, wanted: str, folder: Path) -> None:
    """Refuse a folder whose work was asked for otherwise.

    Args:
        found: The digest that the folder holds.
        wanted: The digest of what is asked for.
        folder: The folder.

    Raises:
        InputError: If they differ.
    """
    if found != wanted:
        raise InputError(
            "holds co-visits counted from other visits or by other rules",
            source=folder,
            hint="choose another folder, or remove this one",
        )


def part_path(folder: Path, bucket: int) -> Path:
    """The file of the edges that begin in a bucket."""
    return folder / f"edges-{bucket:05d}.rows"


def part_totals(path: Path) -> dict[str, int]:
    """The edges, weight, dropped edges and dropped weight of a part, as its last 32 bytes state.

    Raises:
        InputError: If the file is shorter.
    """
    with path.open("rb") as handle:
        if handle.seek(0, 2) < _TRAILER:
            raise InputError("is no part of a co-visit graph", source=path)
        handle.seek(-_TRAILER, 2)
        found = np.frombuffer(handle.read(), dtype="<i8")
    return dict(zip(TOTALS, found.tolist(), strict=True))


def write_part(path: Path, chunks: Iterable[Counted], snapshots: bool) -> None:
    """Write edges, atomically, in compressed rows with the totals behind them.

    A million edges at a time, three arrays follow one another in NumPy's format: (r, 3) int32,
    the week, the source and the number of edges of each row; (e,) int32, the targets; and (e,)
    the weights in the narrowest unsigned type that holds them. That is five bytes for an edge.

    Args:
        path: The file.
        chunks: Edges in order.
        snapshots: Whether edges have weeks.
    """
    totals = np.zeros(len(TOTALS), dtype="<i8")
    with replacing(path) as temporary, temporary.open("wb") as handle:
        for chunk in chunks:
            for start in range(0, len(chunk.source), EDGES_AT_ONCE):
                some = slice(start, start + EDGES_AT_ONCE)
                week = chunk.week[some] if snapshots and chunk.week is not None else None
                _write_rows(
                    handle, chunk.source[some], chunk.target[some], chunk.weight[some], week
                )
            totals += (
                len(chunk.source),
                chunk.weight.sum(),
                chunk.dropped_edges,
                chunk.dropped_weight,
            )
        handle.write(totals.tobytes())


def _write_rows(
    handle: BinaryIO, source: IntArray, target: IntArray, weight: IntArray, week: IntArray | None
) -> None:
    same = np.broadcast_to(np.int32(0), source.shape) if week is None else week
    rows = np.empty((len(source), 3), dtype=np.int32)
    rows = rows[: _rows(same, source, rows)]
    narrow = np.min_scalar_type(int(weight.max()))
    for array in (rows, target.astype(np.int32, copy=False), weight.astype(narrow)):
        np.save(handle, array)


@compiled()
def _rows(week: IntArray, source: IntArray, rows: IntArray) -> int:
    found = 0
    for edge in range(len(source)):
        if edge == 0 or source[edge] != source[edge - 1] or week[edge] != week[edge - 1]:
            rows[found, 0] = week[edge]
            rows[found, 1] = source[edge]
            rows[found, 2] = 0
            found += 1
        rows[found - 1, 2] += 1
    return found
