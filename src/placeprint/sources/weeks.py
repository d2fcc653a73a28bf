"""Times, dates and ISO weeks → the Monday of the week."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from placeprint.errors import InputError
from placeprint.sources.values import row_name
from placeprint.typing import AnyArray, IntArray, PathLike

__all__ = ["Column", "mondays_of_times", "mondays_of_weeks"]

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
