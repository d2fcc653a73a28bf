"""DuckDB: joins larger than memory, spilled to disk within a budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa

from placeprint.errors import PlaceprintError
from placeprint.files import disk_full

__all__ = ["DuckDBSession", "duckdb_session", "no_room"]

ROWS_AT_ONCE = 1 << 20


class DuckDBSession:
    """Reads and writes Parquet by DuckDB.

    Args:
        connection: An open connection.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def scan(self, files: Sequence[Path]) -> nw.LazyFrame[Any]:
        """A table of Parquet files, read when it is needed."""
        rows = self._connection.read_parquet([str(file) for file in files])
        frame: nw.LazyFrame[Any] = nw.from_native(rows)
        return frame

    def write(self, frame: nw.LazyFrame[Any], folder: Path) -> None:
        """Compute a table and write it as Parquet into a new folder."""
        folder.mkdir()
        relation: Any = frame.to_native()
        relation.write_parquet(str(folder / "part.parquet"), compression="zstd")

    def ordered(self, files: Sequence[Path], by: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of Parquet files in order, batch by batch."""
        rows = self._connection.read_parquet([str(file) for file in files])
        yield from rows.order(", ".join(by)).to_arrow_reader(ROWS_AT_ONCE)


@contextmanager
def duckdb_session(memory: int, folder: Path) -> Iterator[DuckDBSession]:
    """A connection that takes only so much memory, and spills the rest.

    Args:
        memory: The budget in bytes.
        folder: Where it spills to.

    Raises:
        PlaceprintError: If the budget or the disk is too small.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory // 1000} kB",
        "temp_directory": str(folder),
        "preserve_insertion_order": False,
    }
    try:
        with duckdb.connect(config=settings) as connection:
            yield DuckDBSession(connection)
    except duckdb.OutOfMemoryException as error:
        full = "directory" in str(error) or "disk" in str(error)
        if full:
            raise no_room("the disk is full", folder) from error
        raise PlaceprintError(
            f"joining visits takes more than the {memory / 1e9:.3g} GB allowed. To mend it: allow "
            "more with --memory, cap the regions of a person and week (most_regions), or take "
            "the compiled engine, which needs least."
        ) from error
    except duckdb.IOException as error:
        why = disk_full(error, folder) or ("the disk is full" if "space" in str(error) else "")
        if not why:
            raise
        raise no_room(why, folder) from error


def no_room(why: str, folder: Path) -> PlaceprintError:
    """The error for an engine that finds no room to write to a folder."""
    return PlaceprintError(
        f"{folder}: {why}; what is finished is kept. To mend it: free some space and run again."
    )
