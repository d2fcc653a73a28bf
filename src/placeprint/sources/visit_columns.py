"""The columns of visits as numbers: who made them, where (a region or any H3 cell), and when."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, cells_of_points, check_lonlat
from placeprint.regions.cells import are_cells, to_integers
from placeprint.sources.ids import Coverage, h3_spelt, identifiers, spelt_by
from placeprint.sources.values import row_name
from placeprint.typing import AnyArray, FloatArray, IntArray, PathLike

__all__ = ["Column", "EveryCell", "KnownRegions", "Localities"]

MONDAY: Final = 3
"""Days from the Monday of its week to 1970-01-01, a Thursday: ISO weeks begin on Mondays."""

NO_WEEK: Final = np.iinfo(np.int32).min
MISSING: Final = np.iinfo(np.int64).min
UNREAD: Final = MISSING + 1
FIRST_DAY: Final = int(np.datetime64("1813-01-01").astype(np.int64))
LAST_DAY: Final = int(np.datetime64("2126-12-29").astype(np.int64))
"""The last of the days whose weeks every engine can tell apart (14 bits in the compiled one)."""

ISO_WEEK: Final = re.compile(r"\d{4}-?W\d{2}|\d{6}", re.ASCII)
ISO_TIME: Final = (
    r"^(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
    r"(?:[T ](?P<hour>[01]\d|2[0-3])"
    r"(?::?(?P<minute>[0-5]\d)(?::?[0-5]\d(?:[.,]\d+)?)?)?"
    r" ?(?:Z|(?P<east>[+-](?:[01]\d|2[0-3]))(?::?(?P<further>[0-5]\d))?)?)?$"
)
LOST: Final = r"^-?(?:\d{16,}\.0*|\d(?:\.\d+)?[eE]\+\d+)$"
"""How long numbers end up in text that were floats, or in a spreadsheet, in between."""

NOTHING: Final = ["", "nat", "nan"]
"""What pandas writes in lower case where a time is missing, beside what every reader knows."""

A_TIME: Final = "an ISO 8601 date or time such as 2024-01-31 or 2024-01-31T12:30:00+02:00"
A_WEEK: Final = "a week such as 2024-W05 or 202405 that the year has, or a date such as 2024-01-31"


class Column(NamedTuple):
    """Where some values come from, for messages.

    Attributes:
        name: The column.
        source: The file.
        first: How many rows of the file come before them.
    """

    name: str
    source: PathLike
    first: int = 0

    def wrong(self, row: int, found: object, expected: str, hint: str) -> InputError:
        """The error for a value that cannot be used."""
        place = row_name(self.first + row)
        problem = f"column {self.name!r} holds {found} in {place}, expected {expected}"
        return InputError(problem, source=self.source, hint=hint)


class KnownRegions:
    """The regions of a study area; their numbers are their positions.

    Args:
        regions: The regions.

    Attributes:
        regions: As given.
        count: How many there are, visited or not.
    """

    def __init__(self, regions: Regions) -> None:
        self.regions, self.count = regions, len(regions)

    @property
    def fingerprint(self) -> str:
        """What tells these places from others."""
        digest = hashlib.sha256("\n".join(self.regions.ids).encode())
        digest.update(b"".join(shapely.to_wkb(self.regions.geometry.to_numpy())))
        return digest.hexdigest()

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """The number of the place that each point is in, (n,) int64, −1 where there is none."""
        return self.regions.locate(lon, lat, source)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """The number of the place that each id names, (n,) int64, −1 outside the study area.

        Raises:
            InputError: If an id is neither a region nor known to lie outside.
        """
        texts = pd.Series(identifiers(ids, source), name=ids.name)
        texts = spelt_by(self.regions, texts, Coverage(0, 0))
        positions = self.regions.ids.get_indexer(pd.Index(texts))
        missed = texts[positions < 0]
        _refuse(missed[~self.regions.knows(missed)], self.regions.ids, source)
        return positions.astype(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """The ids of places, (n,) strings, sorted if their numbers are."""
        return self.regions.ids.to_numpy(dtype=object)[numbers]


class EveryCell:
    """All H3 cells of a resolution; their numbers are their indices.

    Args:
        resolution: 0 to 15.

    Attributes:
        resolution: As given.
        count: How many there are: twelve pentagons, and hexagons around them.
        fingerprint: What tells these places from others.

    Raises:
        InputError: If the resolution is out of range.

    Example:
        >>> cells = EveryCell(6)
        >>> helsinki = cells.locate(np.array([24.94]), np.array([60.17]), "visits.csv")
        >>> cells.names(helsinki).tolist()
        ['861126d37ffffff']
    """

    def __init__(self, resolution: int) -> None:
        if not 0 <= resolution <= 15:
            raise InputError(f"H3 has no resolution {resolution}", hint="choose 0 to 15")
        self.resolution, self.count = resolution, 2 + 120 * 7**resolution
        self.fingerprint = f"h3:{resolution}"

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """As of :class:`KnownRegions`."""
        check_lonlat(lon, lat, source)
        return cells_of_points(lon, lat, self.resolution).view(np.int64)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """As of :class:`KnownRegions`.

        Raises:
            InputError: If an id is no cell of the resolution.
        """
        given = pd.Series(identifiers(ids, source), name=ids.name)
        texts = pd.Series(h3_spelt(pd.Index(given))).fillna(given)
        example = cells_of_points(np.zeros(1), np.zeros(1), self.resolution)
        _refuse(given[~are_cells(texts, self.resolution)], self.names(example), source)
        return to_integers(pd.Index(texts)).view(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """As of :class:`KnownRegions`."""
        return np.array([f"{int(number):x}" for number in numbers], dtype=object)


Localities: TypeAlias = KnownRegions | EveryCell
"""The places that visits are counted in, each with a whole number that keeps their order."""


def _refuse(strange: pd.Series, known: Iterable[object], source: PathLike) -> None:
    if len(strange):
        names = f"{listing(strange.unique(), 5)}; region ids look like {listing(known, 3)}"
        problem = f"column {strange.name!r} names regions that do not exist: {names}"
        raise InputError(problem, source=source, hint="correct the ids, or drop those rows")


def are_numbers(types: Iterable[pa.DataType]) -> bool:
    """Whether a column of identifiers holds numbers in every file.

    Where one file holds text, all are read as text, so that 7 and "7" are one person.
    """
    return all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types)


def numbered_people(
    people: pa.Array, column: Column, *, numbers: bool
) -> tuple[AnyArray, AnyArray]:
    """A whole number for each person: the identifier itself, or a hash of its text.

    Among n people the chance that any two share a hash is below n² / 2⁶⁵: 3 in 10,000 for a
    hundred million. Text that says a whole number with a point, as pandas writes all numbers of a
    column where one is missing, is that number: 7.0 is 7.

    Args:
        people: Identifiers, numbers or text.
        column: Where they come from.
        numbers: Whether they are numbers in every file.

    Returns:
        (n,) int64 numbers, and (n,) a mask of those that are not missing.

    Raises:
        InputError: If a number has a fraction or lost its last digits when it became a float, or
            the column holds neither numbers nor text.

    Example:
        >>> one, _ = numbered_people(pa.array([7]), Column("user", "a.csv"), numbers=True)
        >>> one.tolist()
        [7]
    """
    if pa.types.is_floating(people.type):  # whole numbers beside a missing one
        people = pc.if_else(pc.is_nan(people), None, people)
        floats = np.asarray(people.fill_null(0.0))
        for row in np.flatnonzero((floats % 1 != 0) | (np.abs(floats) > 2**53)).tolist():
            lost = "floats of more than 15 digits, whose last are lost"
            expected = f"identifiers, not {'fractions' if floats[row] % 1 else lost}"
            hint = "write them as text or as 64-bit integers"
            raise column.wrong(row, f"{floats[row]:.17g}", expected, hint)
        people = people.cast(pa.int64())
    present = np.asarray(people.is_valid())
    if numbers:
        return np.asarray(people.fill_null(0)).astype(np.int64), present
    try:
        texts = people.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        problem = f"column {column.name!r} holds {people.type} that is no text"
        hint = "write identifiers as whole numbers or as text, raw bytes as hexadecimal digits"
        raise InputError(problem, source=column.source, hint=hint) from None
    distinct = texts.fill_null("").dictionary_encode()
    lost = pc.match_substring_regex(distinct.dictionary, LOST).index(True).as_py()
    if lost >= 0:
        text, row = distinct.dictionary[lost].as_py(), distinct.indices.index(lost).as_py()
        expected = "identifiers, not floats whose last digits are lost"
        raise column.wrong(row, text, expected, "write them as text or as whole numbers")
    plain = pc.replace_substring_regex(distinct.dictionary, r"^(-?\d+)\.0+$", r"\1")
    hashes = pd.util.hash_array(np.asarray(plain).astype(object), categorize=False)
    return hashes.view(np.int64)[np.asarray(distinct.indices)], present


def mondays_of_times(times: pa.Array, column: Column) -> AnyArray:
    """The Monday of the ISO week of each time, in UTC where times have a zone.

    Text has to be ISO 8601, a date or a date and time with or without a zone: of 03/04/2024
    nobody can tell which is the day.

    Args:
        times: Timestamps, dates, or text that says them.
        column: Where they come from.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the time is missing.

    Raises:
        InputError: If the column holds no times, or one that is not of the years 1813 to 2126.

    Example:
        >>> time = Column("time", "visits.csv")
        >>> mondays_of_times(pa.array(["2024-01-03 12:00"]), time).tolist()
        [19723]
    """
    return _mondays(_days(times, column), times, A_TIME, column)


def mondays_of_weeks(weeks: pa.Array, column: Column) -> AnyArray:
    """The Monday of each week, which is named by any of its days or as ISO 8601 does.

    Args:
        weeks: Dates, times, text such as ``2024-01-29`` or ``2024-W05``, or numbers such as
            202405, which a missing value may have turned into floats.
        column: Where they come from.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the week is missing.

    Raises:
        InputError: If the column holds no weeks, or one that is not of the years 1813 to 2126.

    Example:
        >>> mondays_of_weeks(pa.array(["2024-W05"]), Column("week", "visits.csv")).tolist()
        [19751]
    """
    distinct = weeks.dictionary_encode()
    values = distinct.dictionary
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        values = values.cast(pa.string())
    if _is_text(values):
        values = pc.replace_substring_regex(values, r"^(\d+)\.0*$", r"\1")
    days = np.append(_days(values, column), MISSING)
    for place, text in enumerate(values.to_pylist() if _is_text(values) else []):
        if ISO_WEEK.fullmatch(text):
            days[place] = _day_of_week(text)
    codes = np.asarray(distinct.indices.fill_null(len(values)))
    return _mondays(days[codes], weeks, A_WEEK, column)


def _mondays(days: IntArray, given: pa.Array, expected: str, column: Column) -> AnyArray:
    """The Mondays of days from 1970-01-01; what was given is for messages."""
    missing = days == MISSING
    for row in np.flatnonzero(~missing & ((days < FIRST_DAY) | (days > LAST_DAY))).tolist():
        if days[row] == UNREAD:
            hint = "convert the column with pandas.to_datetime, which has to be told its format"
            raise column.wrong(row, repr(given[row].as_py()), expected, hint)
        hint = "correct the row, or leave it empty where that stands for no time at all"
        raise column.wrong(row, np.datetime64(int(days[row]), "D"), "years 1813 to 2126", hint)
    return np.where(missing, NO_WEEK, days - (days + MONDAY) % 7).astype(np.int32)


def _day_of_week(text: str) -> int:
    try:
        monday = date.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
    except ValueError:
        return UNREAD
    return (monday - date(1970, 1, 1)).days


def _is_text(values: pa.Array) -> bool:
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def _days(times: pa.Array, column: Column) -> IntArray:
    """Days from 1970-01-01, ``MISSING`` and ``UNREAD``."""
    if _is_text(times):
        return _days_of_texts(times, column)
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        problem = f"column {column.name!r} holds no times ({times.type})"
        hint = "convert numbers with pandas.to_datetime, which has to be told their unit"
        raise InputError(problem, source=column.source, hint=hint)
    days = np.asarray(times).astype("datetime64[D]").astype(np.int64)
    return np.where(np.asarray(times.is_valid()), days, MISSING)


def _days_of_texts(texts: pa.Array, column: Column) -> IntArray:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return _days(texts.cast(kind), column)  # many times as fast as what follows
        except pa.ArrowInvalid:
            continue
    bare = pc.utf8_trim_whitespace(texts)
    parts = pc.extract_regex(bare, ISO_TIME)
    numbers = (pd.to_numeric(part.to_pandas(), errors="coerce") for part in parts.flatten())
    year, month, day, hour, minute, east, further = (
        number.fillna(0).to_numpy(np.int64) for number in numbers
    )
    west = np.asarray(pc.starts_with(pc.struct_field(parts, "east"), "-").fill_null(False))
    minutes = hour * 60 + minute - east * 60 - np.where(west, -further, further)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    start, end = (one.astype("datetime64[D]").astype(np.int64) for one in (months, months + 1))
    read = (month >= 1) & (month <= 12) & (day >= 1) & (day <= end - start)
    days = np.where(read, start + day - 1 + minutes // 1440, UNREAD)
    nothing = pc.is_in(pc.utf8_lower(bare), pa.array(NOTHING, bare.type))
    return np.where(np.asarray(texts.is_null()) | np.asarray(nothing), MISSING, days)
