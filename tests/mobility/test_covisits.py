from collections import defaultdict
from datetime import datetime, timedelta
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.mobility import co_visit_edges, co_visit_snapshots

VISITS = st.lists(
    st.tuples(
        st.sampled_from(["x", "y", "z"]),
        st.datetimes(datetime(1969, 12, 1), datetime(1970, 2, 1)),
        st.sampled_from(["d", "c", "b", "a"]),
    ),
    max_size=40,
)


def frame(rows):
    visits = pd.DataFrame(rows, columns=["user", "time", "region_id"])
    return visits.astype({"time": "datetime64[us]"})


def one_by_one(rows):
    seen = defaultdict(set)
    for user, time, region in rows:
        year, week, _ = time.isocalendar()
        seen[user, year, week].add(region)
    counts = defaultdict(float)
    for regions in seen.values():
        for pair in combinations(sorted(regions), 2):
            counts[pair] += 1
    return [(*pair, count) for pair, count in sorted(counts.items())]


@given(VISITS)
@settings(deadline=None)
def test_equals_counting_pairs_one_by_one(rows):
    edges = co_visit_edges(frame(rows))
    assert list(edges.itertuples(index=False, name=None)) == one_by_one(rows)


def test_a_week_runs_from_monday_to_sunday_across_the_new_year():
    monday = datetime(2024, 12, 30)
    rows = [
        ("x", monday, "a"),
        ("x", monday + timedelta(days=6, hours=23), "b"),
        ("x", monday + timedelta(days=7), "c"),
    ]
    assert co_visit_edges(frame(rows)).to_numpy().tolist() == [["a", "b", 1.0]]


def test_weeks_change_at_midnight_of_the_times_own_zone():
    rows = [("x", datetime(2024, 1, 7, 23), "a"), ("x", datetime(2024, 1, 8, 1), "b")]
    visits = frame(rows)
    visits["time"] = visits["time"].dt.tz_localize("America/New_York")
    assert co_visit_edges(visits).empty
    visits["time"] = visits["time"].dt.tz_convert("UTC")
    assert len(co_visit_edges(visits)) == 1


def test_what_is_missing_is_named():
    visits = frame([("x", datetime(2024, 1, 1), "a"), ("x", datetime(2024, 1, 1), None)])
    with pytest.raises(InputError, match=r"'region_id' of the visits is empty in row 1"):
        co_visit_edges(visits)
    with pytest.raises(InputError, match="no column 'time'"):
        co_visit_edges(visits.drop(columns="time"))
    with pytest.raises(InputError, match="expected times"):
        co_visit_edges(visits.dropna().assign(time="monday"))
    with pytest.raises(InputError, match="window 'day' is unknown"):
        co_visit_edges(visits.dropna(), window="day")


@given(VISITS)
@settings(deadline=None)
def test_snapshots_add_up_to_the_whole(rows):
    weeks = co_visit_snapshots(frame(rows))
    assert weeks.columns.tolist() == ["source", "target", "weight", "time"]
    assert weeks["time"].is_monotonic_increasing
    added = weeks.groupby(["source", "target"])["weight"].sum().reset_index()
    assert list(added.itertuples(index=False, name=None)) == one_by_one(rows)


def test_a_snapshot_is_named_by_its_monday():
    rows = [("x", datetime(2024, 1, 3), "a"), ("x", datetime(2024, 1, 7, 23), "b")]
    assert co_visit_snapshots(frame(rows))["time"].tolist() == ["2024-01-01"]
