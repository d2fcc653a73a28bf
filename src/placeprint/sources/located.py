"""Located visits on disk: who was where, in which week, in parts that say how far they reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from placeprint.files import read_metadata, replacing
from placeprint.sources.coverage import Coverage
from placeprint.sources.localities import Localities
from placeprint.typing import AnyArray

__all__ = ["SCHEMA", "LocatedParts", "LocatedVisits"]

ROWS_OF_A_PART: Final = 1 << 22
SCHEMA: Final = pa.schema({"user": pa.int64(), "week": pa.int32(), "region": pa.int64()})


@dataclass(frozen=True)
class LocatedVisits:
    """Visits of which person, week and region are known, in Parquet files.

    Attributes:
        folder: Where the files are: columns user (int64), week (int32, the Monday in days from
            1970-01-01) and region (int64, see ``places``).
        coverage: What became of the rows.
        places: What the numbers of the regions mean.
    """

    folder: Path
    coverage: Coverage
    places: Localities

    def files(self) -> list[Path]:
        """The files, in order."""
        return sorted(self.folder.glob("visits-*.parquet"))

    def batches(self) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
        """Users, weeks and regions of some visits at a time."""
        for path in self.files():
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    user, week, region = (batch[name].to_numpy() for name in SCHEMA.names)
                    yield user, week, region


class LocatedParts:
    """Located visits gathered into files, each of which says how far it reaches.

    Args:
        folder: Where the files go; work goes on after the last that is there.
        coverage: The account of the rows, which goes on where the last file left it.

    Attributes:
        until: The file, and the rows of it, up to which all is written.
    """

    def __init__(self, folder: Path, coverage: Coverage) -> None:
        self.folder, self.coverage = folder, coverage
        self.until = (0, 0)
        self._waiting: list[pa.RecordBatch] = []
        self._number = self._rows = 0
        while self._path().exists():
            footer = read_metadata(self._path())
            self._number += 1
            self.until = tuple(json.loads(footer["until"]))
            for name, value in json.loads(footer["coverage"]).items():
                setattr(coverage, name, value)

    def _path(self) -> Path:
        return self.folder / f"visits-{self._number:05d}.parquet"

    def add(self, located: pa.RecordBatch, until: tuple[int, int]) -> None:
        """Add some visits that reach to a row of a file."""
        self._waiting.append(located)
        self._rows += located.num_rows
        if self._rows >= ROWS_OF_A_PART:
            self.write(until)

    def write(self, until: tuple[int, int]) -> None:
        """Write what is waiting, unless the files said before that they reach so far."""
        if until <= self.until:
            return
        footer = {"until": json.dumps(until), "coverage": json.dumps(self.coverage.to_dict())}
        table = pa.Table.from_batches(self._waiting, SCHEMA.with_metadata(footer))
        with replacing(self._path()) as temporary:
            pq.write_table(table, temporary, compression="zstd", use_dictionary=["week", "region"])
        self.until, self._waiting, self._rows = until, [], 0
        self._number += 1
