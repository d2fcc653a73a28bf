"""Visits to the weekly co-visit graph, from Parquet files to edges on disk.

    python -m benchmarks covisits [--quick]
    python -m benchmarks.covisits --visits 100000000 [--turns 1] [--snapshots] [--memory 4]
    python -m benchmarks.covisits --visits 1000000000 --streamed

The reference is the self-join in SQL, run by DuckDB with the same memory, both on one thread;
CPU seconds. Users visit six cells a week in three weeks out of eight, explore and return, and are
drawn by gravity: half of the new places lie in the user's city, three in ten in the province.
Files are by week, their rows in no order of users. DuckDB writes its edges as Parquet, in no
order (a table of its own takes it as long); ours are sorted, in compressed rows. The number of
edges and their weights are compared each time, up to 1e7 visits every edge.

A streamed run makes its visits on the way (the time that takes is left out) and has no reference.
Its 1e9 visits take 12 GB of disk for visits and 6 GB for pairs, and end as 5 GB of edges.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Row, compare, cpu_seconds, peak_megabytes
from placeprint.machine_code import compiled
from placeprint.mobility.covisits.compiled import compiled_co_visits
from placeprint.mobility.covisits.edge_parts import EdgeParts
from placeprint.mobility.covisits.records import read_records
from placeprint.mobility.covisits.rules import CoVisitRules

CELLS = 195_574
CITY = 120
PROVINCES = 31
WEEKS, ACTIVE, PER_WEEK = 8, 3, 6
VISITS = ACTIVE * PER_WEEK
MONDAY = 19_723  # 2024-01-01
USERS_AT_ONCE = 1 << 16
GIGABYTE = 1 << 30

SELF_JOIN = """
COPY (
    WITH seen AS (SELECT DISTINCT "user", week, cell FROM read_parquet('{files}'))
    SELECT {week} a.cell AS source, b.cell AS target, count(*) AS weight
    FROM seen a JOIN seen b ON a."user" = b."user" AND a.week = b.week AND a.cell < b.cell
    GROUP BY ALL
) TO '{edges}' (FORMAT parquet)
"""


def rows(quick: bool) -> Iterator[Row]:
    for visits in (1_000_000,) if quick else (1_000_000, 10_000_000, 100_000_000):
        turns = 5 if visits < 100_000_000 else 1
        yield measure(visits, turns, snapshots=False, memory=4 * GIGABYTE)
    yield measure(1_000_000, 5, snapshots=True, memory=4 * GIGABYTE)


def measure(visits: int, turns: int, *, snapshots: bool, memory: int) -> Row:
    """Ours and the self-join on the same files, in turns."""
    with tempfile.TemporaryDirectory(prefix="covisits-") as name:
        folder = Path(name)
        write_visits(folder / "visits", visits)
        found: dict[str, tuple[int, int]] = {}

        def ours() -> None:
            shutil.rmtree(folder / "ours", ignore_errors=True)
            edges = by_sorting(folder / "visits", folder / "ours", snapshots, memory)
            found["ours"] = edges.edges, edges.weight

        def reference() -> None:
            by_joining(folder / "visits", folder / "edges.parquet", snapshots, memory)

        row = compare(
            "co-visits, by week" if snapshots else "co-visits, all weeks",
            visits,
            ours,
            reference,
            turns=turns,
        )
        count, weight = duckdb.execute(
            f"SELECT count(*), sum(weight) FROM '{folder}/edges.parquet'"
        ).fetchall()[0]
        if found["ours"] != (count, int(weight)):
            raise AssertionError(f"ours {found['ours']}, the self-join {(count, weight)}")
        names = ["week"] if snapshots else []
        if visits <= 10_000_000:
            compare_edges(folder, [*names, "source", "target", "weight"])
    rate = visits / row.ours_cpu_s / 1e6
    return Row(**{**row.__dict__, "note": f"{count:,} edges, {rate:.1f} M visits per CPU second"})


def by_sorting(visits: Path, folder: Path, snapshots: bool, memory: int) -> EdgeParts:
    batches = read_records(sorted(visits.glob("*.parquet")))
    return compiled_co_visits(
        batches,
        CELLS,
        folder,
        rules=CoVisitRules(),
        snapshots=snapshots,
        memory_bytes=memory,
    )


def by_joining(visits: Path, edges: Path, snapshots: bool, memory: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET memory_limit = '{memory // 1_000_000}MB'")
        connection.execute(f"SET temp_directory = '{edges.parent}/spill'")
        week = "a.week AS week," if snapshots else ""
        connection.execute(SELF_JOIN.format(files=f"{visits}/*.parquet", edges=edges, week=week))


def compare_edges(folder: Path, columns: list[str]) -> None:
    """Every edge and weight of the one is in the other."""
    parts = [part._asdict() for part in EdgeParts.open(folder / "ours")]
    ours = pa.concat_tables(pa.table({name: part[name] for name in columns}) for part in parts)
    theirs = f"'{folder}/edges.parquet'"
    names = ", ".join(columns)
    with duckdb.connect() as connection:
        connection.register("ours", ours)
        differing = connection.execute(
            f"SELECT count(*) FROM (SELECT {names} FROM ours EXCEPT SELECT {names} FROM {theirs})"
        ).fetchall()[0][0]
    if differing:
        raise AssertionError(f"{differing} edges differ")


def streamed(visits: int, *, snapshots: bool, memory: int) -> Row:
    """Ours alone, on visits made while it runs."""
    making = [0.0]

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        made = simulate(visits)
        while True:
            start = time.process_time()
            batch = next(made, None)
            making[0] += time.process_time() - start
            if batch is None:
                return
            yield batch

    with tempfile.TemporaryDirectory(prefix="covisits-") as name:
        figures: dict[str, tuple[float, float]] = {}
        counted: list[EdgeParts] = []

        def ours() -> None:
            counted.append(
                compiled_co_visits(
                    batches(),
                    CELLS,
                    Path(name) / "ours",
                    rules=CoVisitRules(),
                    snapshots=snapshots,
                    memory_bytes=memory,
                )
            )

        def timed() -> None:
            figures["ours"] = cpu_seconds(ours)

        peak = peak_megabytes(timed)
    cpu, wall = figures["ours"]
    cpu -= making[0]
    return Row(
        "co-visits, streamed",
        visits,
        math.nan,
        cpu,
        peak,
        wall_s=wall - making[0],
        note=f"{counted[0].edges:,} edges, {visits / cpu / 1e6:.1f} M visits per CPU second",
    )


def write_visits(folder: Path, visits: int) -> None:
    """One Parquet file a week."""
    folder.mkdir(parents=True)
    schema = pa.schema([("user", pa.int64()), ("week", pa.int32()), ("cell", pa.int32())])
    writers = [pq.ParquetWriter(folder / f"week-{week}.parquet", schema) for week in range(WEEKS)]
    for users, weeks, cells in simulate(visits):
        numbers = (weeks - MONDAY) // 7
        for week, writer in enumerate(writers):
            chosen = numbers == week
            columns = [users[chosen], weeks[chosen], cells[chosen]]
            writer.write_table(pa.table(columns, schema=schema))
    for writer in writers:
        writer.close()


def simulate(visits: int, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Users, weeks and cells, about a million visits at a time, shuffled."""
    rng = np.random.default_rng(seed)
    cumulated = np.concatenate([[0.0], np.cumsum(rng.lognormal(0.0, 1.0, CELLS))])
    people = -(-visits // VISITS)
    left = visits
    for first in range(0, people, USERS_AT_ONCE):
        count = min(USERS_AT_ONCE, people - first)
        places = travel(cumulated, count, seed + 1 + first)
        users = np.repeat((np.arange(first, first + count) * 7_368_787) % people, VISITS)
        begin = np.repeat(rng.integers(0, WEEKS - ACTIVE + 1, count), VISITS)
        weeks = MONDAY + 7 * (begin + np.tile(np.repeat(np.arange(ACTIVE), PER_WEEK), count))
        order = rng.permutation(count * VISITS)[:left]
        left -= len(order)
        yield users[order], weeks[order].astype(np.int32), places.ravel()[order]


@compiled()
def travel(cumulated: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Explore with probability 0.6 S^-0.21, else return to a place as often as one was there."""
    np.random.seed(seed)
    cells = len(cumulated) - 1
    province = cells // PROVINCES + 1
    places = np.empty((count, VISITS), dtype=np.int32)
    for user in range(count):
        home = 0
        known = 0
        for step in range(VISITS):
            if step > 1 and np.random.random() >= 0.6 * known**-0.21:
                places[user, step] = places[user, np.random.randint(0, step)]
                continue
            share = np.random.random()
            low, high = 0, cells
            if step > 0 and share < 0.5:
                low, high = home // CITY * CITY, home // CITY * CITY + CITY
            elif step > 0 and share < 0.8:
                low, high = home // province * province, home // province * province + province
            high = min(high, cells)
            width = cumulated[high] - cumulated[low]
            at = cumulated[low] + np.random.random() * width
            cell = min(max(np.searchsorted(cumulated, at, side="right") - 1, low), high - 1)
            places[user, step] = cell
            known += 1
            if step == 0:
                home = cell
    return places


def main() -> None:
    from benchmarks.__main__ import HEAD, line

    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--visits", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--snapshots", action="store_true")
    parser.add_argument(
        "--streamed", action="store_true", help="ours alone, visits made on the way"
    )
    parser.add_argument("--memory", type=float, default=4.0, help="gigabytes that each may take")
    given = parser.parse_args()
    memory = int(given.memory * GIGABYTE)
    print(HEAD)
    if given.streamed:
        print(line(streamed(given.visits, snapshots=given.snapshots, memory=memory)))
        return
    print(line(measure(given.visits, given.turns, snapshots=given.snapshots, memory=memory)))


if __name__ == "__main__":
    main()
