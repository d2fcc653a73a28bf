"""Visits: who was where, in which week; any number of files, located batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from placeprint.errors import InputError, listing
from placeprint.files import read_metadata, replacing
from placeprint.progress import track
from placeprint.sources import visit_columns as read
from placeprint.sources.ids import OUTSIDE, Coverage, match_points
from placeprint.sources.table import Table
from placeprint.sources.values import degrees, row_name
from placeprint.sources.visit_columns import Column, KnownRegions, Localities
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["LocatedVisits", "VisitColumns", "locate_visits", "visit_files"]

ROWS_OF_A_PART: Final = 1 << 22
SCHEMA: Final = pa.schema({"user": pa.int64(), "week": pa.int32(), "region": pa.int64()})


class LocatedVisits:
    """Visits of which person, week and region are known, in Parquet files.

    Each file says how far it reaches, so that work which was stopped can go on after the last.

    Args:
        folder: Where the files are: columns user (int64), week (int32, the Monday in days from
            1970-01-01) and region (int64, see ``places``).
        coverage: What became of the rows; goes on where the last file left it.
        places: What the numbers of the regions mean.

    Attributes:
        folder: As given.
        coverage: As given.
        places: As given.
        until: The file, and the rows of it, up to which all is written.
    """

    def __init__(self, folder: Path, coverage: Coverage, places: Localities) -> None:
        self.folder, self.coverage, self.places = folder, coverage, places
        self.until = (0, 0)
        self._waiting: list[pa.RecordBatch] = []
        for footer in map(read_metadata, self.files()):
            self.until = tuple(json.loads(footer["until"]))
            for name, value in json.loads(footer["coverage"]).items():
                setattr(coverage, name, value)

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

    def add(self, located: pa.RecordBatch, until: tuple[int, int]) -> None:
        """Add some visits that reach to a row of a file."""
        self._waiting.append(located)
        if sum(batch.num_rows for batch in self._waiting) >= ROWS_OF_A_PART:
            self.write(until)

    def write(self, until: tuple[int, int]) -> None:
        """Write what is waiting, unless the files said before that they reach so far."""
        if until <= self.until:
            return
        footer = {"until": json.dumps(until), "coverage": json.dumps(self.coverage.to_dict())}
        table = pa.Table.from_batches(self._waiting, SCHEMA.with_metadata(footer))
        with replacing(self.folder / f"visits-{len(self.files()):05d}.parquet") as temporary:
            pq.write_table(table, temporary, compression="zstd", use_dictionary=["week", "region"])
        self.until, self._waiting = until, []


@dataclass(frozen=True)
class VisitColumns:
    """What the columns of the files are called.

    Attributes:
        user: The person, any identifier.
        time: The time; not read where there is a week.
        lon: Longitudes in degrees; not read where there is a region.
        lat: Latitudes in degrees; not read where there is a region.
        week: The week, if the files tell it instead of the time.
        region: The region id, if the files tell it instead of coordinates.
    """

    user: str = "user"
    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    week: str | None = None
    region: str | None = None

    @property
    def needed(self) -> list[str]:
        """The columns that are read."""
        place = [self.region] if self.region else [self.lon, self.lat]
        return [self.user, self.week or self.time, *place]


def visit_files(patterns: Iterable[PathLike], folder: PathLike = ".") -> list[Path]:
    """The files that names or patterns such as ``visits/*.parquet`` stand for, in order.

    Raises:
        InputError: If there is no such file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as raw:
        ...     for name in ("b.csv", "a.csv"):
        ...         (Path(raw) / name).touch()
        ...     [path.name for path in visit_files(["*.csv"], raw)]
        ['a.csv', 'b.csv']
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(folder) / pattern
        root = Path(path.anchor)
        matches = [path] if path.exists() else sorted(root.glob(str(path.relative_to(root))))
        if not matches:
            raise InputError("there is no such file", source=path)
        found |= dict.fromkeys(matches)
    return [*found]


def locate_visits(
    files: Sequence[PathLike],
    places: Localities,
    folder: PathLike,
    columns: VisitColumns | None = None,
    *,
    of_regions: int = 0,
) -> LocatedVisits:
    """Find the person, the week and the region of each visit, and write them in parts.

    What is in the folder already is kept: work that was interrupted goes on after its last part.
    The caller sees to it that the folder belongs to these files.

    Args:
        files: Parquet or CSV files, one row a visit.
        places: The regions, or every H3 cell.
        folder: Where the parts go.
        columns: What the columns are called.
        of_regions: How many regions the study area has; 0 if there is none.

    Returns:
        The visits and the account of the rows. Rows without person, time or coordinates, and
        those outside the study area, are left out and counted.

    Raises:
        InputError: If a column is missing or holds something else, or no visit is left.

    Example:
        >>> import pandas as pd, tempfile
        >>> from placeprint.sources import EveryCell
        >>> folder = Path(tempfile.mkdtemp())
        >>> row = {"user": ["x"], "time": ["2024-01-03"], "lon": [24.94], "lat": [60.17]}
        >>> pd.DataFrame(row).to_csv(folder / "visits.csv", index=False)
        >>> located = locate_visits([folder / "visits.csv"], EveryCell(6), folder / "located")
        >>> [week.tolist() for _, week, _ in located.batches()]
        [[19723]]
    """
    columns = columns or VisitColumns()
    paths = [Path(path) for path in files]
    tables = [Table.open(path) for path in paths]
    for table in tables:
        table.check(columns.needed)
    people = [table.types[columns.user] for table in tables]
    located = LocatedVisits(Path(folder), Coverage(0, of_regions), places)
    reader = _Reader(places, columns, read.are_numbers(people), located.coverage)
    sizes = [path.stat().st_size >> 20 for path in paths]
    with track("locating visits", total=sum(sizes)) as tracker:
        for number, (table, size) in enumerate(zip(tables, sizes, strict=True)):
            first = shown = 0  # rows, and megabytes
            done = (number + 1, 0) <= located.until
            for batch, share in () if done else table.batches(columns.needed):
                stop = first + batch.num_rows
                if (number, stop) > located.until:
                    located.add(reader.located(batch, table, first), (number, stop))
                first = stop
                tracker.advance(int(share * size) - shown, note=f"{located.coverage.rows:,} visits")
                shown = int(share * size)
            tracker.advance(size - shown)
    located.write((len(paths), 0))
    if located.coverage.matched == 0:
        reader.explain_nothing(listing(paths, limit=3))
    return located


@dataclass
class _Reader:
    """Turns the rows of a batch into person, week and region."""

    places: Localities
    columns: VisitColumns
    numbers: bool
    coverage: Coverage
    outside: tuple[FloatArray, FloatArray] | None = None

    def located(self, batch: pa.RecordBatch, table: Table, first: int) -> pa.RecordBatch:
        """The visits of a batch that have all three; so many rows of the file come before it."""
        names = self.columns
        self.coverage.rows += batch.num_rows
        user, when = (Column(name, table.path, first) for name in names.needed[:2])
        users, known = read.numbered_people(batch[user.name], user, numbers=self.numbers)
        mondays = read.mondays_of_weeks if names.week else read.mondays_of_times
        weeks = mondays(batch[when.name], when)
        known &= weeks != read.NO_WEEK
        self.coverage.drop("without user or time", int((~known).sum()))
        find = self._matched if names.region else self._contained
        regions = find(batch, known, table, first)
        inside = regions >= 0
        self.coverage.drop(OUTSIDE, int((~inside).sum()))
        self.coverage.matched += int(inside.sum())
        found = np.flatnonzero(known)[inside]
        arrays = map(pa.array, (users[found], weeks[found], regions[inside]))
        return pa.record_batch([*arrays], schema=SCHEMA)

    def _matched(self, batch: pa.RecordBatch, known: AnyArray, table: Table, _: int) -> AnyArray:
        """The region that each known visit names, −1 outside; those without one become unknown."""
        given = batch[self.columns.region]
        self._leave_out(known, np.asarray(given.is_null()), "without a region")
        distinct = given.filter(pa.array(known)).dictionary_encode()
        ids = distinct.dictionary.to_pandas().rename(self.columns.region)
        places = self.places.match(ids, table.path) if len(ids) else np.empty(0, dtype=np.int64)
        return np.asarray(places[np.asarray(distinct.indices)])

    def _contained(
        self, batch: pa.RecordBatch, known: AnyArray, table: Table, first: int
    ) -> AnyArray:
        """The region that each known visit is in, −1 outside; those without a place, as above."""
        names = self.columns
        frame = batch.select([*{names.lon, names.lat}]).to_pandas()
        frame.index += first  # the row in the file
        lon = degrees(frame[names.lon], "EW", table.path, table.say).to_numpy()
        lat = degrees(frame[names.lat], "NS", table.path, table.say).to_numpy()
        self._leave_out(known, np.isnan(lon) | np.isnan(lat), "without coordinates")
        for row in np.flatnonzero(known & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))).tolist():
            place = f"{lon[row]} and {lat[row]} in {row_name(first + row)}"
            problem = f"columns {names.lon!r} and {names.lat!r} hold {place}"
            problem = f"{problem}, expected degrees within ±180 and ±90"
            hint = "correct or drop the row, or transform the coordinates to EPSG:4326"
            if ((np.abs(lat) <= 180) & (np.abs(lon) <= 90))[known].all():
                hint = "swap the two column names: longitude and latitude look swapped"
            raise InputError(problem, source=table.path, hint=hint)
        lon, lat = lon[known], lat[known]
        if self.outside is None and len(lon):
            self.outside = lon, lat
        return self.places.locate(lon, lat, table.path)

    def _leave_out(self, known: AnyArray, missing: AnyArray, reason: str) -> None:
        self.coverage.drop(reason, int((known & missing).sum()))
        known &= ~missing

    def explain_nothing(self, source: PathLike) -> None:
        """Say why no visit is left."""
        problem = f"no visit is left: {self.coverage.describe()}"
        hint = "look at the columns that the reasons name"
        if not self.coverage.rows:
            problem, hint = "there are no rows, only the names of columns", "give files with visits"
        elif self.outside is not None and isinstance(self.places, KnownRegions):
            match_points(*self.outside, self.places.regions, Coverage(0, 0), source)
        raise InputError(problem, source=source, hint=hint)
