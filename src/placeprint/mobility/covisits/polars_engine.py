"""Polars: the definition run by its streaming engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw

from placeprint.errors import optional_import
from placeprint.files import disk_full
from placeprint.mobility.covisits.duckdb_engine import no_room

__all__ = ["PolarsSession", "polars_session"]


class PolarsSession:
    """Reads and writes Parquet by Polars.

    Raises:
        MissingExtraError: If Polars is not installed.
    """

    def __init__(self) -> None:
        self._polars = optional_import("polars", "polars")

    def scan(self, files: Sequence[Path]) -> nw.LazyFrame[Any]:
        """A table of Parquet files, read when it is needed."""
        frame: nw.LazyFrame[Any] = nw.from_native(self._polars.scan_parquet(list(files)))
        return frame

    def write(self, frame: nw.LazyFrame[Any], folder: Path) -> None:
        """Compute a table and write it as Parquet into a new folder."""
        folder.mkdir()
        native: Any = frame.to_native()
        native.sink_parquet(folder / "part.parquet")


@contextmanager
def polars_session(folder: Path) -> Iterator[PolarsSession]:
    """Polars at work on what it writes below a folder.

    Raises:
        MissingExtraError: If Polars is not installed.
        PlaceprintError: If the disk is full.
    """
    session = PolarsSession()
    try:
        yield session
    except Exception as error:  # Polars has several kinds for a disk that is full
        why = disk_full(error, folder)
        if not why:
            raise
        raise no_room(why, folder) from error
