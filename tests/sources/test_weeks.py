from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.sources.weeks import NO_WEEK, mondays_of_times, mondays_of_weeks

MOMENTS = st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)), min_size=1)


def monday(day: date) -> int:
    """Days from 1970-01-01 to the Monday of a week, by the calendar of the standard library."""
    return (day - timedelta(days=day.isoweekday() - 1)).toordinal() - 719163


def times(array):
    return mondays_of_times(array, "time", "visits.csv").tolist()


def weeks(array):
    return mondays_of_weeks(array, "week", "visits.csv").tolist()


@given(MOMENTS)
@settings(deadline=None)
def test_mondays_are_those_of_the_calendar(moments) -> None:
    expected = [monday(moment.date()) for moment in moments]
    assert times(pa.array(moments, pa.timestamp("us"))) == expected
    assert times(pa.array([moment.date() for moment in moments])) == expected
    assert times(pa.array([moment.isoformat() for moment in moments])) == expected
    assert weeks(pa.array([moment.date() for moment in moments])) == expected
    iso = [moment.isocalendar() for moment in moments]
    assert weeks(pa.array([f"{year:04}-W{week:02}" for year, week, _ in iso])) == expected
    assert weeks(pa.array([year * 100 + week for year, week, _ in iso])) == expected
    assert weeks(pa.array([f"{year:04}{week:02}" for year, week, _ in iso])) == expected


def test_times_with_a_zone_are_of_utc() -> None:
    evening = pd.Timestamp("2024-01-07 23:30", tz="America/New_York")
    assert times(pa.array([evening])) == [monday(date(2024, 1, 8))]
    assert times(pa.array([evening.isoformat()])) == [monday(date(2024, 1, 8))]
    assert times(pa.array(["2024-01-07 23:30"])) == [monday(date(2024, 1, 1))]


def test_what_pandas_reads_is_read() -> None:
    assert times(pa.array(["3 January 2024", None])) == [monday(date(2024, 1, 1)), NO_WEEK]


def test_missing_is_missing() -> None:
    assert times(pa.array([None, datetime(2024, 1, 1)], pa.timestamp("us")))[0] == NO_WEEK
    assert weeks(pa.array([None, "2024-W01"])) == [NO_WEEK, monday(date(2024, 1, 1))]
    assert weeks(pa.array([None], pa.string())) == [NO_WEEK]
    assert mondays_of_weeks(pa.array([], pa.string()), "week", "a.csv").dtype == np.int32


@pytest.mark.parametrize(
    ("read", "array", "message"),
    [
        (times, pa.array([1_700_000_000]), r"'time' holds no times \(int64\).*told their unit"),
        (times, pa.array(["noon-ish"]), "'time' holds no times"),
        (weeks, pa.array(["2023-W53"]), "holds 2023-W53, which is no week"),
        (weeks, pa.array([7]), "'week' holds no times"),
        (weeks, pa.array([7.5]), r"'week' holds no times \(double\)"),
    ],
)
def test_what_is_no_week_is_refused(read, array, message) -> None:
    with pytest.raises(InputError, match=message):
        read(array)
