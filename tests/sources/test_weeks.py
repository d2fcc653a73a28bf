from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.sources.weeks import NO_WEEK, Column, mondays_of_times, mondays_of_weeks

MOMENTS = st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)), min_size=1)


def monday(day: date) -> int:
    """Days from 1970-01-01 to the Monday of a week, by the calendar of the standard library."""
    return (day - timedelta(days=day.isoweekday() - 1)).toordinal() - 719163


def times(array):
    return mondays_of_times(array, Column("time", "visits.csv")).tolist()


def weeks(array):
    return mondays_of_weeks(array, Column("week", "visits.csv")).tolist()


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


@given(MOMENTS, st.sampled_from(["", "Z", "+05:30", "-0800", " +02:00", "-11"]), st.booleans())
@settings(deadline=None)
def test_every_way_of_iso_8601_is_read(moments, zone, basic) -> None:
    way = "%Y%m%dT%H%M%S" if basic else "%Y-%m-%d %H:%M:%S,5"
    texts = [f"{moment.strftime(way)}{zone}" for moment in moments]
    expected = []
    for moment in moments:
        aware = pd.Timestamp(f"{moment:%Y-%m-%d %H:%M:%S}{zone.strip() or 'Z'}").tz_convert("UTC")
        expected.append(monday(aware.date()))
    # A time of another kind in the batch does not change how the others are read.
    assert times(pa.array([*texts, " 2024-02-29 ", "", None, "NaT"])) == [
        *expected,
        monday(date(2024, 2, 29)),
        *[NO_WEEK] * 3,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2024",
        "13.04.2024",
        "12:30",
        "2024-02-30",
        "2024-13-01",
        "2024-01",
        "2024",
        "1 April 2024",
        "1700000000",
        "2024-01-01 25:00",
        "2024-01-01T10:00:00 CET",
        "noon-ish",
    ],
)
def test_what_is_not_iso_8601_is_refused_with_its_row(text) -> None:
    many = ["2024-01-03 12:00"] * 2500
    with pytest.raises(InputError, match=r"'time' holds '.*' in row 3,501 \(.*ISO 8601") as told:
        mondays_of_times(pa.array([*many, text, *many]), Column("time", "visits.csv", 1000))
    assert text in str(told.value)


@pytest.mark.parametrize("year", [1812, 2127, 9999])
def test_years_that_do_not_fit_are_refused(year) -> None:
    far = pa.array([None, f"{year}-06-30"])
    with pytest.raises(InputError, match=rf"holds {year}-06-30 in row 2 .*years 1813 to 2126"):
        times(far)
    with pytest.raises(InputError, match=rf"holds {year}-06-30 in row 2 .*years 1813 to 2126"):
        weeks(far.cast(pa.date32()))


def test_a_missing_week_may_make_floats_of_the_others() -> None:
    expected = [monday(date(2024, 1, 29)), NO_WEEK]
    assert weeks(pa.array([202405.0, None])) == weeks(pa.array([202405.0, np.nan])) == expected
    assert weeks(pa.array(["202405.0", None])) == expected


def test_weeks_are_named_in_more_than_one_way() -> None:
    assert weeks(pa.array(["2024-W05", "2024-01-30", "202405"])) == [monday(date(2024, 1, 29))] * 3


def test_missing_is_missing() -> None:
    assert times(pa.array([None, datetime(2024, 1, 1)], pa.timestamp("us")))[0] == NO_WEEK
    assert weeks(pa.array([None, "2024-W01"])) == [NO_WEEK, monday(date(2024, 1, 1))]
    assert weeks(pa.array([None], pa.string())) == [NO_WEEK]
    assert mondays_of_weeks(pa.array([], pa.string()), Column("week", "a.csv")).dtype == np.int32


@pytest.mark.parametrize(
    ("read", "array", "message"),
    [
        (times, pa.array([1_700_000_000]), r"'time' holds no times \(int64\).*told their unit"),
        (weeks, pa.array(["2024-W01", "2023-W53"]), "holds '2023-W53' in row 2 .*the year has"),
        (weeks, pa.array([7]), "'week' holds 7 in row 1 "),
        (weeks, pa.array([7.5]), "'week' holds 7.5 in row 1 "),
        (weeks, pa.array([True]), r"'week' holds no times \(bool\)"),
    ],
)
def test_what_is_no_week_is_refused(read, array, message) -> None:
    with pytest.raises(InputError, match=message):
        read(array)
