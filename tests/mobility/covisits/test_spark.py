"""The same edges by Spark, also where an executor is lost on the way."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placeprint.mobility.covisits import CoVisitRules, Engine
from placeprint.mobility.covisits.edge_parts import EdgeParts
from placeprint.mobility.covisits.joining import joined_co_visits
from placeprint.mobility.covisits.spark_engine import spark_session

pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'placeprint[spark]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not there"),
]

REGIONS = 200
RULES = (CoVisitRules(), CoVisitRules(most_regions=8, min_users=2, most_weeks=3))


@pytest.fixture(scope="module")
def visits(tmp_path_factory) -> tuple[list[Path], list[tuple[int, int, int]]]:
    rng = np.random.default_rng(0)
    user, region = rng.integers(-40, 40, 12_000) * 10**15, rng.integers(0, REGIONS, 12_000)
    week = rng.integers(0, 6, 12_000) * 7 + 4
    folder = tmp_path_factory.mktemp("visits")
    for number in range(3):
        part = {"user": user[number::3], "week": week[number::3].astype(np.int32)}
        pq.write_table(
            pa.table({**part, "region": region[number::3]}), folder / f"{number}.parquet"
        )
    return sorted(folder.iterdir()), list(zip(user.tolist(), week.tolist(), region.tolist()))


def joined(files, folder, rules, snapshots, engine) -> EdgeParts:
    return joined_co_visits(
        files, np.arange(REGIONS), folder, rules=rules, snapshots=snapshots, engine=Engine(engine)
    )


def rows(edges: EdgeParts) -> list[tuple[int, ...]]:
    found = []
    for part in edges:
        week = [part.week] if part.week is not None else []
        columns = [*week, part.source, part.target, part.weight]
        found += zip(*(column.tolist() for column in columns))
    return found


@contextmanager
def session(master: str) -> Iterator[Any]:
    """A session that the engine finds, and leaves open."""
    with spark_session(master, None) as opened:
        yield opened._session.sparkContext


def test_spark_counts_the_same(tmp_path, visits, one_by_one) -> None:
    files, given = visits
    with session("local[2]"):
        for number, rules in enumerate(RULES):
            for snapshots in (False, True):
                edges = joined(files, tmp_path / f"{number}{snapshots}", rules, snapshots, "spark")
                assert rows(edges) == one_by_one(given, rules, snapshots)


def executors() -> list[int]:
    """The processes of Spark's executors that descend from this one."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        if b"CoarseGrainedExecutorBackend" in command:
            found.append(int(folder.name))

    def ours(process: int) -> bool:
        while process > 1 and process != os.getpid():
            process = parents.get(process, 0)
        return process == os.getpid()

    return [process for process in found if ours(process)]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found by /proc")
def test_a_lost_executor_is_survived(tmp_path, visits, one_by_one) -> None:
    files, given = visits
    out = tmp_path / "edges"
    killed: list[int] = []
    with session("local-cluster[2,1,1024]") as context:
        tracker = context.statusTracker()

        def kill() -> None:
            """Kill an executor while pairs are joined, when its visits are written."""
            while not (out / ".join" / "kept").exists() or not tracker.getActiveStageIds():
                time.sleep(0.02)
            killed.append(executors()[0])
            os.kill(killed[0], signal.SIGKILL)

        assassin = threading.Thread(target=kill, daemon=True)
        assassin.start()
        edges = joined(files, out, RULES[0], False, "spark")
        assassin.join(timeout=1)
        store = context._jsc.sc().statusStore().executorList(False)
        lost = [store.apply(n).id() for n in range(store.size()) if not store.apply(n).isActive()]
    assert killed
    assert len(lost) == 1
    assert rows(edges) == one_by_one(given, RULES[0], False)
