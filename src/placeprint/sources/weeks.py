"""Times, dates and ISO weeks → the Monday of the week."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError
from placeprint.typing import AnyArray, PathLike

__all__ = ["mondays_of_times", "mondays_of_weeks"]

MONDAY: Final = 3
"""Days from the Monday of its week to 1970-01-01, a Thursday: ISO weeks begin on Mondays."""

NO_WEEK: Final = np.iinfo(np.int32).min
ISO_WEEK: Final = re.compile(r"\d{4}-?W\d{2}|\d{6}")


def mondays_of_times(times: pa.Array, name: str, source: PathLike) -> AnyArray:
    """The Monday of the ISO week of each time, in UTC where times have a zone.

    Args:
        times: Timestamps, dates, or text that says them.
        name: The column, for messages.
        source: The file, for messages.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the time is missing.

    Raises:
        InputError: If the column holds no times.

    Example:
        >>> mondays_of_times(pa.array(["2024-01-03 12:00"]), "time", "visits.csv").tolist()
        [19723]
    """
    if pa.types.is_string(times.type) or pa.types.is_large_string(times.type):
        times = _parsed(times, name, source)
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise InputError(
            f"column {name!r} holds no times ({times.type})",
            source=source,
            hint="convert numbers with pandas.to_datetime, which has to be told their unit",
        )
    days = times.to_numpy(zero_copy_only=False).astype("datetime64[D]").astype(np.int64)
    mondays = days - (days + MONDAY) % 7
    present = times.is_valid().to_numpy(zero_copy_only=False)
    return np.where(present, mondays, NO_WEEK).astype(np.int32)


def mondays_of_weeks(weeks: pa.Array, name: str, source: PathLike) -> AnyArray:
    """The Monday of each week, which is named by any of its days or as ISO 8601 does.

    Args:
        weeks: Dates, times, text such as ``2024-01-29`` or ``2024-W05``, or numbers such as
            202405.
        name: The column, for messages.
        source: The file, for messages.

    Returns:
        (n,) int32 days from 1970-01-01; the lowest int32 where the week is missing.

    Raises:
        InputError: If the column holds no weeks.

    Example:
        >>> mondays_of_weeks(pa.array(["2024-W05"]), "week", "visits.csv").tolist()
        [19751]
    """
    distinct = weeks.dictionary_encode()
    values = distinct.dictionary
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    texts = values.to_pylist()
    if texts and all(isinstance(text, str) and ISO_WEEK.fullmatch(text) for text in texts):
        mondays = np.array([_monday(text, name, source) for text in texts], dtype=np.int32)
    else:
        mondays = mondays_of_times(values, name, source)
    codes = distinct.indices.fill_null(len(mondays)).to_numpy(zero_copy_only=False)
    found: AnyArray = np.append(mondays, np.int32(NO_WEEK)).astype(np.int32)[codes]
    return found


def _monday(text: str, name: str, source: PathLike) -> int:
    try:
        monday = date.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
    except ValueError:
        raise InputError(f"column {name!r} holds {text}, which is no week", source=source) from None
    return (monday - date(1970, 1, 1)).days


def _parsed(texts: pa.Array, name: str, source: PathLike) -> pa.Array:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return texts.cast(kind)  # ISO 8601, many times as fast as what follows
        except pa.ArrowInvalid:
            continue
    try:
        times = pd.to_datetime(texts.to_pandas(), utc=True)
    except (ValueError, TypeError) as error:
        raise InputError(f"column {name!r} holds no times ({error})", source=source) from None
    return pa.Array.from_pandas(times)
