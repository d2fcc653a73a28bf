"""What is needed meanwhile: for one process, and only as long as it is of use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pandas as pd
import pytest

from placeprint.errors import InputError, PlaceprintError
from placeprint.mobility.covisits import CoVisitRules, Engine, co_visit_graph, counting
from placeprint.mobility.covisits import work_folder as module
from placeprint.mobility.covisits.spilling import memory_exceeded
from placeprint.mobility.covisits.user_partitions import WEEKS, week_day
from placeprint.mobility.covisits.work_folder import at_work, clear_folder
from placeprint.sources import EveryCell, visit_columns


@pytest.fixture
def visits(tmp_path):
    rows = {"user": [1, 1], "time": "2024-01-01", "lon": [24.9, 25.5], "lat": [60.1, 60.2]}
    pd.DataFrame(rows).to_csv(tmp_path / "visits.csv", index=False)
    return tmp_path / "visits.csv"


def count(visits, rules=None, engine="duckdb", **options):
    out = visits.with_name("g.parquet")
    chosen = Engine(engine)
    return co_visit_graph([visits], EveryCell(6), out, rules=rules, engine=chosen, **options)


def hidden(visits):
    return [path.name for path in visits.parent.glob(".*")]


def test_nothing_stays_after_an_error_of_the_input(visits) -> None:
    with pytest.raises(InputError, match="tied by 3 people"):
        count(visits, CoVisitRules(min_users=3))
    assert hidden(visits) == []
    strict = CoVisitRules(most_regions=2, most_weeks=1, epsilon=1.0)
    with pytest.raises(InputError, match="reaches the threshold"):
        count(visits, strict)
    assert hidden(visits) == []
    with pytest.raises(InputError, match="no noise gives"):
        count(visits, CoVisitRules(most_regions=2, most_weeks=1, epsilon=1e9))
    assert hidden(visits) == []
    visits.write_text("person,time,lon,lat\n1,2024-01-01,24.9,60.1\n")
    with pytest.raises(InputError, match="no column 'user'"):
        count(visits)
    assert hidden(visits) == []


@pytest.mark.parametrize(
    "error", [PlaceprintError("the disk is full"), memory_exceeded("takes", 2e6, 1e6)]
)
def test_an_error_that_keeps_the_folder_names_it(visits, monkeypatch, error) -> None:
    def fail(*_given, **_options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(counting, "joined_co_visits", fail)
        with pytest.raises(PlaceprintError, match=r"is kept in .*\.g\.parquet\.work, with"):
            count(visits)
    assert hidden(visits) == [".g.parquet.work"]
    assert count(visits).edges == 1
    assert hidden(visits) == []


def test_whoever_stops_it_is_told_as_well(tmp_path, capsys) -> None:
    with pytest.raises(KeyboardInterrupt), at_work(tmp_path / "work"):
        raise KeyboardInterrupt
    assert f"is kept in {tmp_path / 'work'}" in capsys.readouterr().err.replace("\n", "")


def test_a_second_process_is_refused(visits, monkeypatch) -> None:
    work = visits.with_name(".g.parquet.work")
    with at_work(work):
        (work / "spilled").write_text("of the first")
        with pytest.raises(InputError, match=f"process {os.getpid()} is at work on the same"):
            count(visits)
        assert (work / "spilled").read_text() == "of the first"
        clear_folder(work)
        assert [path.name for path in work.iterdir()] == [module.LOCK]
    assert count(visits).edges == 1


def test_the_lock_of_a_killed_process_is_void(visits) -> None:
    work = visits.with_name(".g.parquet.work")
    code = (
        "import sys, time; from pathlib import Path; "
        "from placeprint.mobility.covisits.work_folder import at_work\n"
        f"with at_work(Path({str(work)!r})): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match=f"process {process.pid} is at work"):
            count(visits)
        process.send_signal(signal.SIGKILL)
    assert count(visits).edges == 1


def test_what_a_killed_process_wrote_is_removed(visits, monkeypatch) -> None:
    left = visits.with_name(".g.parquet.123.part")
    other = visits.with_name(".gg.parquet.123.part")
    for path in (left, other):
        path.write_text("half of a graph")
    with pytest.raises(InputError):  # also where no graph is made
        count(visits, CoVisitRules(min_users=3))
    assert hidden(visits) == [other.name]
    located = EveryCell(6)
    counted = counting.count_visits([visits], located, visits.with_name(".work"), {})
    left.write_text("half of a graph")
    counted.write(visits.with_name("g.parquet"))  # as a recipe does
    counted.remove()
    assert hidden(visits) == [other.name]


def test_a_delta_that_is_large_for_so_many_people_is_told(visits, capsys) -> None:
    rules = CoVisitRules(most_regions=2, most_weeks=1, epsilon=1.0, delta=0.4)
    rows = pd.concat([pd.read_csv(visits).assign(user=user) for user in range(60)])
    rows.to_csv(visits, index=False)
    account = count(visits, rules)
    assert "delta 0.4 is not below one over the number of people (60)" in capsys.readouterr().err
    published = account.published()
    del published["edges"], published["trips"]  # with their noise they may be any number, 60 too
    assert "60" not in str(published)
    count(visits, CoVisitRules(2, 1, 1, 1.0, 1e-3), overwrite=True)
    assert "delta" not in capsys.readouterr().err


def test_years_that_are_read_are_those_that_fit() -> None:
    assert week_day(0) <= visit_columns.FIRST_DAY < week_day(1)
    assert week_day(WEEKS - 1) + 6 == visit_columns.LAST_DAY
