"""Times, dates and ISO weeks → the Monday of the week."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placeprint.errors import InputError
from placeprint.sources.values import row_name
from placeprint.typing import AnyArray, IntArray, PathLike

__all__ = ["mondays_of_times", "mondays_of_weeks"]

MONDAY: Final = 3
"""Days from the Monday of its week to 1970-01-01, a Thursday: ISO weeks begin on Mondays."""

NO_WEEK: Final = np.iinfo(np.int32).min
MISSING: Final = np.iinfo(np.int64).min
UNREAD: Final = MISSING + 1
FIRST_DAY: Final = int(np.datetime64("1813-01-01").astype(np.int64))
LAST_DAY: Final = int(np.datetime64("2126-12-29").astype(np.int64))
"""The last of the days whose weeks every engine can tell apart (14 bits in the compiled one)."""

ISO_WEEK: Final = r"^(?:\d{4}-?W\d{2}|\d{6})$"
ISO_TIME: Final = (
    r"^(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
    r"(?:[T ](?P<hour>[01]\d|2[0-3])"
    r"(?::?(?P<minute>[0-5]\d)(?::?[0-5]\d(?:[.,]\d+)?)?)?"
    r" ?(?:Z|(?P<sign>[+-])(?P<east>[01]\d|2[0-3])(?::?(?P<further>[0-5]\d))?)?)?$"
)
NOTHING: Final = ["", "nat", "nan"]
"""What pandas writes in lower case where a time is missing, beside what every reader knows."""

A_TIME: Final = "an ISO 8601 date or time such as 2024-01-31 or 2024-01-31T12:30:00+02:00"
A_WEEK: Final = "a week such as 2024-W05 or 202405 that the year has, or a date such as 2024-01-31"


def mondays_of_times(times: pa.Array, name: str, source: PathLike, first: int = 0) -> AnyArray:
    """The Monday of the ISO week of each time, in UTC where times have a zone.

    Text has to be ISO 8601, a date or a date and time with or without a zone: of 03/04/2024
    nobody can tell which is the day.

    Args:
        times: Timestamps, dates, or text that says them.
        name: The column, for messages.
        source: The file, for messages.
        first: Rows of the file before these, for messages.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the time is missing.

    Raises:
        InputError: If the column holds no times, or one that is not of the years 1813 to 2126.

    Example:
        >>> mondays_of_times(pa.array(["2024-01-03 12:00"]), "time", "visits.csv").tolist()
        [19723]
    """
    return _mondays(_days(times, name, source), times, A_TIME, name, source, first)


def mondays_of_weeks(weeks: pa.Array, name: str, source: PathLike, first: int = 0) -> AnyArray:
    """The Monday of each week, which is named by any of its days or as ISO 8601 does.

    Args:
        weeks: Dates, times, text such as ``2024-01-29`` or ``2024-W05``, or numbers such as
            202405, which a missing value may have turned into floats.
        name: The column, for messages.
        source: The file, for messages.
        first: Rows of the file before these, for messages.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the week is missing.

    Raises:
        InputError: If the column holds no weeks, or one that is not of the years 1813 to 2126.

    Example:
        >>> mondays_of_weeks(pa.array(["2024-W05"]), "week", "visits.csv").tolist()
        [19751]
    """
    distinct = weeks.dictionary_encode()
    values = distinct.dictionary
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        values = values.cast(pa.string())
    if _is_text(values):
        values = pc.replace_substring_regex(values, r"^(\d+)\.0*$", r"\1")
        known = pc.match_substring_regex(values, ISO_WEEK).to_numpy(zero_copy_only=False)
        known = known.astype(bool)
        days: IntArray = np.full(len(values), MISSING, dtype=np.int64)
        days[known] = [_day_of_week(text.as_py()) for text in values.filter(pa.array(known))]
        days[~known] = _days_of_texts(values.filter(pa.array(~known)))
    else:
        days = _days(values, name, source)
    codes = distinct.indices.fill_null(len(days)).to_numpy(zero_copy_only=False)
    return _mondays(np.append(days, MISSING)[codes], weeks, A_WEEK, name, source, first)


def _mondays(
    days: IntArray, given: pa.Array, expected: str, name: str, source: PathLike, first: int
) -> AnyArray:
    """The Mondays of days from 1970-01-01; what was given is for messages."""
    missing = days == MISSING
    wrong = np.flatnonzero(~missing & ((days < FIRST_DAY) | (days > LAST_DAY)))
    if len(wrong):
        row = int(wrong[0])
        day = int(days[row])
        found = repr(given[row].as_py()) if day == UNREAD else np.datetime64(day, "D")
        raise InputError(
            f"column {name!r} holds {found} in {row_name(first + row)}, expected "
            + (expected if day == UNREAD else "years 1813 to 2126"),
            source=source,
            hint="convert the column with pandas.to_datetime, which has to be told its format"
            if day == UNREAD
            else "correct the row, or leave it empty where that stands for no time at all",
        )
    return np.where(missing, NO_WEEK, days - (days + MONDAY) % 7).astype(np.int32)


def _day_of_week(text: str) -> int:
    try:
        monday = date.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
    except ValueError:
        return UNREAD
    return (monday - date(1970, 1, 1)).days


def _is_text(values: pa.Array) -> bool:
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def _days(times: pa.Array, name: str, source: PathLike) -> IntArray:
    """Days from 1970-01-01, ``MISSING`` and ``UNREAD``."""
    if _is_text(times):
        return _days_of_texts(times)
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise InputError(
            f"column {name!r} holds no times ({times.type})",
            source=source,
            hint="convert numbers with pandas.to_datetime, which has to be told their unit",
        )
    days = times.to_numpy(zero_copy_only=False).astype("datetime64[D]").astype(np.int64)
    present = times.is_valid().to_numpy(zero_copy_only=False)
    return np.where(present, days, MISSING)


def _days_of_texts(texts: pa.Array) -> IntArray:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return _days(texts.cast(kind), "", "")  # many times as fast as what follows
        except pa.ArrowInvalid:
            continue
    bare = pc.utf8_trim_whitespace(texts)
    parts = pc.extract_regex(bare, ISO_TIME)

    def number(part: str) -> IntArray:
        digits = pc.struct_field(parts, part)
        digits = pc.if_else(pc.equal(digits, ""), "0", digits).fill_null("0")
        whole: IntArray = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return whole

    month, day = number("month"), number("day")
    months = ((number("year") - 1970) * 12 + month - 1).astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - start
    west = pc.equal(pc.struct_field(parts, "sign"), "-").fill_null(False)
    offset = np.where(west.to_numpy(zero_copy_only=False), -1, 1)
    offset *= number("east") * 60 + number("further")
    minutes = number("hour") * 60 + number("minute") - offset
    read = parts.is_valid().to_numpy(zero_copy_only=False)
    read &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    days = np.where(read, start + day - 1 + minutes // 1440, UNREAD)
    nothing = pc.is_in(pc.utf8_lower(bare), pa.array(NOTHING, bare.type)).to_numpy(
        zero_copy_only=False
    )
    absent = texts.is_null().to_numpy(zero_copy_only=False) | nothing
    return np.where(absent, MISSING, days)
