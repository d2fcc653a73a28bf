"""Visits: who was where, in which week; any number of files, located batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placeprint.errors import InputError, listing
from placeprint.progress import Tracker, track
from placeprint.sources.coverage import Coverage
from placeprint.sources.localities import KnownRegions, Localities
from placeprint.sources.located import SCHEMA, LocatedParts, LocatedVisits
from placeprint.sources.matching import OUTSIDE, match_points
from placeprint.sources.people import are_numbers, numbered_people
from placeprint.sources.table_batches import column_types, row_name, table_batches
from placeprint.sources.weeks import NO_WEEK, mondays_of_times, mondays_of_weeks
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["VisitColumns", "locate_visits", "visit_files"]


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
        when = self.week or self.time
        return [self.user, when, *([self.region] if self.region else [self.lon, self.lat])]

    def types(self) -> dict[str, pa.DataType]:
        """The types that they have in a CSV file: coordinates are numbers, the rest is text."""
        numbers = {} if self.region else dict.fromkeys((self.lon, self.lat), pa.float64())
        return dict.fromkeys(self.needed, pa.string()) | numbers


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
    found: list[Path] = []
    for pattern in patterns:
        path = Path(folder) / pattern
        root = Path(path.anchor)
        matches = [path] if path.exists() else sorted(root.glob(str(path.relative_to(root))))
        if not matches:
            raise InputError("there is no such file", source=path)
        found.extend(matches)
    return list(dict.fromkeys(found))


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
        >>> from placeprint.sources.localities import EveryCell
        >>> folder = Path(tempfile.mkdtemp())
        >>> row = {"user": ["x"], "time": ["2024-01-03"], "lon": [24.94], "lat": [60.17]}
        >>> pd.DataFrame(row).to_csv(folder / "visits.csv", index=False)
        >>> located = locate_visits([folder / "visits.csv"], EveryCell(6), folder / "located")
        >>> [week.tolist() for _, week, _ in located.batches()]
        [[19723]]
    """
    columns = columns or VisitColumns()
    paths = [Path(path) for path in files]
    people = [column_types(path, columns.needed)[columns.user] for path in paths]
    parts = LocatedParts(Path(folder), Coverage(0, of_regions))
    reader = _Reader(places, columns, are_numbers(people), parts.coverage)
    total = sum(path.stat().st_size for path in paths) >> 20
    with track("locating visits", total=total) as tracker:
        for number, path in enumerate(paths):
            _locate_file(path, number, reader, parts, tracker)
    parts.write((len(paths), 0))
    if parts.coverage.matched == 0:
        reader.explain_nothing(listing(paths, limit=3))
    return LocatedVisits(parts.folder, parts.coverage, places)


def _locate_file(
    path: Path, number: int, reader: _Reader, parts: LocatedParts, tracker: Tracker
) -> None:
    size, first, shown = path.stat().st_size >> 20, 0, 0
    batches = iter(()) if (number + 1, 0) <= parts.until else table_batches(path, reader.types)
    for batch, share in batches:
        stop = first + batch.num_rows
        if (number, stop) > parts.until:
            parts.add(reader.located(batch, path, first), (number, stop))
        first = stop
        tracker.advance(int(share * size) - shown, note=f"{parts.coverage.rows:,} visits")
        shown = int(share * size)
    tracker.advance(size - shown)


class _Reader:
    """Turns the rows of a batch into person, week and region."""

    def __init__(
        self, places: Localities, columns: VisitColumns, numbers: bool, coverage: Coverage
    ) -> None:
        self.places, self.columns, self.numbers, self.coverage = places, columns, numbers, coverage
        self.types = columns.types()
        self._outside: tuple[FloatArray, FloatArray] | None = None

    def located(self, batch: pa.RecordBatch, source: PathLike, first: int) -> pa.RecordBatch:
        """The visits of a batch that have all three; so many rows of the file come before it."""
        names = self.columns
        self.coverage.rows += batch.num_rows
        users, known = numbered_people(
            batch[names.user], numbers=self.numbers, name=names.user, source=source, first=first
        )
        if names.week:
            weeks = mondays_of_weeks(batch[names.week], names.week, source, first)
        else:
            weeks = mondays_of_times(batch[names.time], names.time, source, first)
        known &= weeks != NO_WEEK
        self.coverage.drop("without user or time", int((~known).sum()))
        regions = self._regions(batch, known, source, first)
        inside = regions >= 0
        self.coverage.drop(OUTSIDE, int((~inside).sum()))
        self.coverage.matched += int(inside.sum())
        found = np.flatnonzero(known)[inside]
        arrays = [pa.array(users[found]), pa.array(weeks[found]), pa.array(regions[inside])]
        return pa.record_batch(arrays, schema=SCHEMA)

    def _regions(
        self, batch: pa.RecordBatch, known: AnyArray, source: PathLike, first: int
    ) -> AnyArray:
        """The region of each known visit, −1 outside; ``known`` loses those without a place."""
        names = self.columns
        if names.region:
            given = batch[names.region]
            missing = known & given.is_null().to_numpy(zero_copy_only=False)
            self._leave_out(known, missing, "without a region")
            distinct = given.filter(pa.array(known)).dictionary_encode()
            ids = distinct.dictionary.to_pandas().rename(names.region)
            places = self.places.match(ids, source) if len(ids) else np.empty(0, dtype=np.int64)
            found: AnyArray = places[distinct.indices.to_numpy(zero_copy_only=False)]
            return found
        lon, lat = (_degrees(batch, name, source) for name in (names.lon, names.lat))
        missing = known & (np.isnan(lon) | np.isnan(lat))
        self._leave_out(known, missing, "without coordinates")
        self._check_degrees(lon, lat, known, source, first)
        lon, lat = lon[known], lat[known]
        regions = self.places.locate(lon, lat, source)
        if self._outside is None and len(lon):
            self._outside = lon, lat
        return regions

    def _check_degrees(
        self, lon: FloatArray, lat: FloatArray, known: AnyArray, source: PathLike, first: int
    ) -> None:
        """Refuse what is no longitude or latitude, naming the row of the file."""
        wrong = np.flatnonzero(known & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
        if not len(wrong):
            return
        row = int(wrong[0])
        names = self.columns
        found = f"columns {names.lon!r} and {names.lat!r} hold {lon[row]} and {lat[row]}"
        swapped = bool(((np.abs(lat) <= 180) & (np.abs(lon) <= 90))[known].all())
        raise InputError(
            f"{found} in {row_name(first + row)}, expected degrees within ±180 and ±90"
            + ("; longitude and latitude look swapped" if swapped else ""),
            source=source,
            hint="swap the two column names: longitude comes before latitude"
            if swapped
            else "correct or drop the row, or transform the coordinates to EPSG:4326",
        )

    def _leave_out(self, known: AnyArray, missing: AnyArray, reason: str) -> None:
        self.coverage.drop(reason, int(missing.sum()))
        known &= ~missing

    def explain_nothing(self, source: PathLike) -> None:
        """Say why no visit is left."""
        if not self.coverage.rows:
            raise InputError(
                "there are no rows, only the names of columns",
                source=source,
                hint="give files with visits",
            )
        if self._outside is not None and isinstance(self.places, KnownRegions):
            match_points(*self._outside, self.places.regions, Coverage(0, 0), source)
        raise InputError(
            f"no visit is left: {self.coverage.describe()}",
            source=source,
            hint="look at the columns that the reasons name",
        )


def _degrees(batch: pa.RecordBatch, name: str, source: PathLike) -> FloatArray:
    try:
        numbers = batch[name].cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"column {name!r} holds {batch[name].type}, expected degrees ({error})", source=source
        ) from None
    degrees: FloatArray = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
    return degrees
