"""From files to the file of a graph: every engine, every rule, and after every interruption."""

from __future__ import annotations

import json
from filecmp import cmp
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.files import read_metadata
from placeprint.mobility.covisits import (
    CoVisitRules,
    Engine,
    co_visit_graph,
    counting,
    graph_file,
    joining,
)
from placeprint.sources import EveryCell, VisitColumns

CELLS = EveryCell(7)
COLUMNS = VisitColumns(week="week", region="cell")
ENGINES = ("compiled", "duckdb", "polars")
FLOOR = CoVisitRules(most_regions=6, min_users=2, most_weeks=2)
RULES = (CoVisitRules(), CoVisitRules(min_users=3), FLOOR)


@pytest.fixture(scope="module")
def visits() -> list[tuple[int, int, int]]:
    """User, week and cell of 3,000 visits in forty cells."""
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(24, 25, 40), rng.uniform(60, 61, 40)
    cells = CELLS.locate(lon, lat, "")
    skew = cells[rng.zipf(1.4, 3000) % 40]
    weeks = 19723 + 7 * rng.integers(0, 4, 3000)
    return list(zip(rng.integers(0, 60, 3000).tolist(), weeks.tolist(), skew.tolist()))


@pytest.fixture
def files(tmp_path, visits) -> list[Path]:
    """The same in two files; weeks are dates, cells are text."""
    parts = []
    for number, rows in enumerate((visits[:1000], visits[1000:])):
        user, week, cell = (np.array(column) for column in zip(*rows))
        dates = pa.array(week.astype("datetime64[D]"))
        table = pa.table({"user": user, "week": dates, "cell": CELLS.names(cell)})
        parts.append(tmp_path / f"visits-{number}.parquet")
        pq.write_table(table, parts[-1])
    return parts


def count(files, out, rules=RULES[0], *, engine="compiled", **options):
    chosen = Engine(engine, memory=None if engine == "polars" else 200_000_000)
    return co_visit_graph(files, CELLS, out, columns=COLUMNS, rules=rules, engine=chosen, **options)


@pytest.mark.parametrize("snapshots", [False, True])
@pytest.mark.parametrize("rules", RULES)
def test_every_engine_writes_the_same_file(
    tmp_path, files, visits, one_by_one, rules, snapshots
) -> None:
    accounts = {
        name: count(files, tmp_path / f"{name}.parquet", rules, engine=name, snapshots=snapshots)
        for name in ENGINES
    }
    expected = one_by_one(visits, rules, snapshots)
    edges = pd.read_parquet(tmp_path / "compiled.parquet")
    names = ["source", "target", "weight", *(["time"] if snapshots else [])]
    assert edges.columns.tolist() == names
    assert edges["weight"].dtype == float
    ends = [CELLS.names(np.array(column)).tolist() for column in list(zip(*expected))[-3:-1]]
    assert edges["source"].tolist() == ends[0]
    assert edges["target"].tolist() == ends[1]
    assert edges["weight"].tolist() == [row[-1] for row in expected]
    if snapshots:
        mondays = np.array([row[0] for row in expected]).astype("datetime64[D]")
        assert edges["time"].tolist() == mondays.astype(str).tolist()
    all_edges = one_by_one(visits, rules.exact(), snapshots)
    for name, account in accounts.items():
        path = tmp_path / f"{name}.parquet"
        assert cmp(path, tmp_path / "compiled.parquet", shallow=False)
        assert (account.edges, account.trips) == (len(expected), sum(r[-1] for r in expected))
        assert account.dropped_edges == len(all_edges) - len(expected)
        assert account.dropped_trips == sum(r[-1] for r in all_edges) - account.trips
        assert (account.users, account.weeks) == (60, 4)
        assert account.times == (sorted(set(edges["time"])) if snapshots else [])
        assert account.capped == accounts["compiled"].capped
        assert (account.capped > 0) == (rules is FLOOR)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in ENGINES), *(file.name for file in files)]
    )


def test_the_footer_holds_the_account(tmp_path, files) -> None:
    account = count(files, tmp_path / "g.parquet", FLOOR)
    stated = json.loads(read_metadata(tmp_path / "g.parquet")["placeprint:covisits"])
    assert stated["dropped_edges"] == account.dropped_edges > 0
    assert stated["visits"]["rows"] == 3000
    assert stated["rules"]["min_users"] == 2


def test_nothing_is_overwritten_unasked(tmp_path, files) -> None:
    out = tmp_path / "g.parquet"
    out.write_text("mine")
    with pytest.raises(OutputExistsError):
        count(files, out)
    assert out.read_text() == "mine"
    assert count(files, out, overwrite=True).edges > 0
    with pytest.raises(InputError, match=r"end it in \.parquet"):
        count(files, tmp_path / "g.csv")


class Killed(BaseException):
    """What no code catches."""


def failing(monkeypatch, module, name):
    """Make a function of a module die when it is called."""

    def die(*_given, **_options):
        raise Killed

    monkeypatch.setattr(module, name, die)


@pytest.mark.parametrize(
    ("engine", "stage"),
    [
        ("compiled", "counting"),
        ("compiled", "writing"),
        *((engine, stage) for engine in ("duckdb", "polars") for stage in ("joining", "sorting")),
    ],
)
def test_interrupted_work_goes_on(tmp_path, files, monkeypatch, engine, stage) -> None:
    at = {
        "counting": (counting, "compiled_co_visits"),
        "joining": (joining, "tied_pairs"),
        "sorting": (joining, "write_part"),
        "writing": (counting, "write_edges"),
    }
    count(files, tmp_path / "whole.parquet", FLOOR, engine=engine)
    with monkeypatch.context() as patch:
        failing(patch, *at[stage])
        with pytest.raises(Killed):
            count(files, tmp_path / "g.parquet", FLOOR, engine=engine)
        assert not (tmp_path / "g.parquet").exists()
    with monkeypatch.context() as patch:  # what was located is not located again
        patch.setattr("placeprint.sources.Table.batches", None)
        count(files, tmp_path / "g.parquet", FLOOR, engine=engine)
    assert cmp(tmp_path / "g.parquet", tmp_path / "whole.parquet", shallow=False)
    assert not list(tmp_path.glob(".*"))


def test_the_beginnings_of_other_work_are_not_gone_on_with(tmp_path, files, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, counting, "write_edges")
        with pytest.raises(Killed):
            count(files, tmp_path / "g.parquet", FLOOR)
    account = count(files, tmp_path / "g.parquet", RULES[0])
    assert account == count(files, tmp_path / "h.parquet", RULES[0])


@pytest.mark.parametrize("engine", ["compiled", "duckdb"])
def test_a_noisy_release(tmp_path, files, visits, one_by_one, engine) -> None:
    rules = CoVisitRules(most_regions=2, most_weeks=2, epsilon=40.0, min_users=2)
    account = count(files, tmp_path / "g.parquet", rules, engine=engine)
    true = {
        tuple(CELLS.names(np.array(row[:2]))): row[2]
        for row in one_by_one(visits, rules.exact(), False)
    }
    edges = pd.read_parquet(tmp_path / "g.parquet")
    weights = [true[pair] for pair in zip(edges["source"], edges["target"])]
    assert account.noise is not None
    assert account.noise["threshold"] >= 4  # two people, two weeks
    assert np.abs(edges["weight"] - weights).max() <= 12 * account.noise["scale"] + 1
    assert edges["weight"].min() >= account.noise["threshold"]
    assert account.edges == len(edges) < len(true)
    assert account.dropped_edges == len(true) - len(edges)
    assert account.dropped_trips == sum(true.values()) - sum(weights)
    stated = json.loads(read_metadata(tmp_path / "g.parquet")["placeprint:covisits"])
    assert set(stated) == {"edges", "trips", "rules", "noise"}  # no exact count
    assert stated["noise"]["epsilon"] == 40.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_graph_without_edges_is_refused(tmp_path, files, engine) -> None:
    with pytest.raises(InputError, match=r"none of the [\d,]+ edges is tied by 61 people"):
        count(files, tmp_path / "g.parquet", CoVisitRules(min_users=61), engine=engine)
    strict = CoVisitRules(most_regions=20, most_weeks=2, epsilon=0.1)
    with pytest.raises(InputError, match=r"reaches the threshold of [\d,]+ that epsilon 0.1"):
        count(files, tmp_path / "g.parquet", strict, engine=engine)
    table = pq.read_table(files[0])
    pq.write_table(table.slice(0, 1), files[0])
    with pytest.raises(InputError, match="no two regions are visited by one person"):
        count(files[:1], tmp_path / "g.parquet", engine=engine)
    assert not (tmp_path / "g.parquet").exists()


def test_row_groups_do_not_depend_on_the_parts(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(graph_file, "EDGES_AT_ONCE", 100)
    rng = np.random.default_rng(0)
    source, target, weight = rng.integers(0, 50, (3, 730)).astype(np.int32)
    week = np.sort(rng.integers(0, 3, 730)).astype(np.int32) * 7 + 4
    names = np.array([f"r{number}" for number in range(50)], dtype=object)

    def write(name, *cuts):
        columns = (np.split(column, cuts) for column in (source, target, weight, week))
        parts = [graph_file.EdgePart(*part) for part in zip(*columns)]
        with graph_file.write_edges(tmp_path / name, parts, names, snapshots=True):
            pass
        return (tmp_path / name).read_bytes()

    assert write("a.parquet") == write("b.parquet", 1, 30, 30, 99, 400, 401)
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 8
    read = pd.read_parquet(tmp_path / "a.parquet")
    assert read["source"].tolist() == names[source].tolist()
    assert read["target"].tolist() == names[target].tolist()
    assert read["time"].unique().tolist() == ["1970-01-05", "1970-01-12", "1970-01-19"]
