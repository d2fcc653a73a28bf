from __future__ import annotations

from datetime import date, datetime, timedelta

import h3
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.visit_columns import (
    NO_WEEK,
    Column,
    EveryCell,
    KnownRegions,
    are_numbers,
    mondays_of_times,
    mondays_of_weeks,
    numbered_people,
)

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


def test_known_regions_are_numbered_by_position(regions) -> None:
    places = KnownRegions(regions)
    lon, lat = np.array([2.5, 0.5, 9.0]), np.full(3, 50.5)
    assert places.locate(lon, lat, "v.csv").tolist() == [2, 0, -1]
    assert places.match(pd.Series(["c", "d", "a"], name="cell"), "v.csv").tolist() == [2, -1, 0]
    assert places.names(np.array([0, 2])).tolist() == ["a", "c"]
    assert places.count == 3
    with pytest.raises(InputError, match=r"'cell' names regions that do not exist: x; .* a, b, c"):
        places.match(pd.Series(["a", "x"], name="cell"), "v.csv")


def test_regions_elsewhere_have_another_fingerprint(regions) -> None:
    moved = Regions.from_polygons(
        regions.ids, shapely.box([0, 1, 2], 51.0, [1, 2, 3], 52.0), frozenset("d")
    )
    assert KnownRegions(regions).fingerprint == KnownRegions(regions).fingerprint
    assert KnownRegions(regions).fingerprint != KnownRegions(moved).fingerprint


def test_cells_may_be_text_or_numbers() -> None:
    known = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
    numbers = pd.Series([int(cell, 16) for cell in known.ids[:3]], name="cell")
    for places in (KnownRegions(known), EveryCell(5)):
        texts = places.match(pd.Series(known.ids[:3], name="cell"), "v.csv")
        assert places.match(numbers, "v.csv").tolist() == texts.tolist()
        assert places.names(texts).tolist() == known.ids[:3].tolist()
        assert places.match(numbers.astype(str), "v.csv").tolist() == texts.tolist()
        for longer in ("8" * 18, "8" * 40):
            with pytest.raises(InputError, match="'cell' names regions that do not exist"):
                places.match(pd.Series([longer], name="cell"), "v.csv")
    far = pd.Series([h3.latlng_to_cell(0, 0, 5)], name="cell")
    assert KnownRegions(known).match(far, "v.csv").tolist() == [-1]


def test_every_cell_keeps_the_order_of_ids() -> None:
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-89, 89, 500)
    places = EveryCell(7)
    found = places.locate(lon, lat, "v.csv")
    names = [h3.latlng_to_cell(y, x, 7) for x, y in zip(lon, lat)]
    assert places.names(found).tolist() == names
    assert places.names(np.sort(found)).tolist() == sorted(names)
    assert EveryCell(0).count == len(h3.get_res0_cells()) == 122
    assert EveryCell(7).fingerprint != EveryCell(6).fingerprint


def test_cells_of_another_resolution_are_refused() -> None:
    with pytest.raises(InputError, match="'cell' names regions that do not exist"):
        EveryCell(6).match(pd.Series([h3.latlng_to_cell(60, 5, 7)], name="cell"), "v.csv")
    with pytest.raises(InputError, match="H3 has no resolution 16"):
        EveryCell(16)


def numbers(array, whole):
    return numbered_people(array, Column("user", "visits.csv"), numbers=whole)


def test_numbers_stay_what_they_are() -> None:
    found, present = numbers(pa.array([-3, 2**40, None]), True)
    assert found[:2].tolist() == [-3, 2**40]
    assert present.tolist() == [True, True, False]
    found, present = numbers(pa.array([7.0, None, float("nan")]), True)
    assert (found[0], present.tolist()) == (7, [True, False, False])
    large, _ = numbers(pa.array([2**64 - 1, 0], pa.uint64()), True)
    assert len(np.unique(large)) == 2


def test_text_is_hashed_the_same_in_every_batch() -> None:
    first, _ = numbers(pa.array(["anna", "bo", None, "anna"]), False)
    second, _ = numbers(pa.array(["bo", "anna"]), False)
    assert first[0] == first[3] == second[1]
    assert first[1] == second[0] != first[0]
    many, _ = numbers(pa.array([f"user {i}" for i in range(50_000)]), False)
    assert len(np.unique(many)) == 50_000


def test_a_number_in_one_file_is_its_text_in_another() -> None:
    assert not are_numbers([pa.int64(), pa.string()])
    assert are_numbers([pa.int64(), pa.float64()])
    number, _ = numbers(pa.array([7, 8]), False)
    text, _ = numbers(pa.array(["8", "7"]), False)
    whole, _ = numbers(pa.array([7.0, None]), False)
    assert number.tolist() == text[::-1].tolist()
    assert whole[0] == number[0]


def test_a_fraction_is_no_identifier() -> None:
    with pytest.raises(InputError, match=r"'user' holds 7.5 in row 3 \(.*not fractions"):
        numbers(pa.array([1.0, None, 7.5]), True)


def test_a_whole_number_that_pandas_wrote_with_a_point_is_that_number() -> None:
    found, _ = numbers(pa.array(["7", "7.0", "-7", "-7.00", "7.5", "x7.0"]), False)
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len(set(found.tolist())) == 4


def test_raw_bytes_are_refused() -> None:
    with pytest.raises(InputError, match=r"'user' holds binary that is no text.*hexadecimal"):
        numbers(pa.array([b"\xff\x00", b"a"]), False)
    text, _ = numbers(pa.array([b"a"]), False)
    assert text.tolist() == numbers(pa.array(["a"]), False)[0].tolist()


@pytest.mark.parametrize("text", ["123456789012345600.0", "1.23457E+17"])
def test_people_whose_digits_are_lost_are_refused(text) -> None:
    with pytest.raises(InputError, match=r"row 2 .*last digits are lost"):
        numbered_people(pa.array(["7", text]), Column("user", "a.csv"), numbers=False)
