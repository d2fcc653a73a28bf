"""One definition on DuckDB and on Polars: both count as one counts by hand."""

from __future__ import annotations

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.mobility.covisits import CoVisitRules, co_visits

VISITS = st.lists(
    st.tuples(
        st.integers(-3, 3), st.sampled_from([-10, -3, 4, 11]), st.sampled_from([2, 3, 50, 9, 7])
    ),
    min_size=1,
    max_size=60,
)
RULES = st.builds(
    CoVisitRules,
    most_regions=st.none() | st.integers(2, 4),
    min_users=st.integers(1, 3),
    most_weeks=st.none() | st.integers(1, 3),
)


def table(rows):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    week = pa.array(columns[1].astype(np.int32))
    return pa.table({"user": columns[0], "week": week, "region": columns[2]})


def duckdb_frame(rows):
    visits = table(rows)  # noqa: F841  (DuckDB finds it by its name)
    return nw.from_native(duckdb.sql("SELECT * FROM visits"))


def polars_frame(rows):
    return nw.from_native(pl.from_arrow(table(rows)).lazy())


@pytest.mark.parametrize("frame", [duckdb_frame, polars_frame])
@given(VISITS, RULES, st.booleans())
@settings(max_examples=25, deadline=None)
def test_equals_counting_one_by_one(one_by_one, frame, rows, rules, snapshots) -> None:
    edges = co_visits(frame(rows), rules, snapshots=snapshots).collect("pyarrow").to_native()
    names = [*(["week"] if snapshots else []), "source", "target", "weight"]
    assert set(edges.column_names) == set(names)
    found = zip(*[edges[name].to_pylist() for name in names], strict=True)
    assert sorted(found) == one_by_one(rows, rules, snapshots)


def test_ties_of_a_cap_go_to_the_lower_region() -> None:
    rows = [(1, 4, region) for region in (9, 3, 7, 5, 7)]
    edges = co_visits(polars_frame(rows), CoVisitRules(most_regions=2), snapshots=False)
    assert edges.collect().rows() == [(3, 7, 1)]


def test_a_floor_of_the_sum_counts_a_person_once() -> None:
    rows = [(1, week, region) for week in (4, 11, 18) for region in (1, 2)]
    floor = CoVisitRules(min_users=2)
    assert co_visits(polars_frame(rows), floor, snapshots=False).collect().is_empty()
    rows += [(2, 4, 1), (2, 4, 2)]
    assert co_visits(polars_frame(rows), floor, snapshots=False).collect().rows() == [(1, 2, 4)]
    weekly = co_visits(polars_frame(rows), floor, snapshots=True).collect()
    assert weekly.select("week", "weight").rows() == [(4, 2)]
