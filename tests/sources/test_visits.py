from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placeprint.errors import InputError
from placeprint.sources import EveryCell, KnownRegions, VisitColumns, locate_visits, visit_files
from placeprint.sources import visits as module

MONDAY = 19723
"""2024-01-01"""


def rows(located):
    return [row for batch in located.batches() for row in zip(*(c.tolist() for c in batch))]


def write(path, **columns):
    table = pd.DataFrame(columns)
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    return path


def some(n, seed=0):
    rng = np.random.default_rng(seed)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 30 * 86400, n), "s")
    place = {"lon": rng.uniform(-0.5, 3.5, n), "lat": rng.uniform(50, 51, n)}
    return {"user": rng.integers(0, 9, n), "time": times, **place}


def test_rows_are_located_or_counted(tmp_path, regions) -> None:
    path = write(
        tmp_path / "visits.csv",
        user=["x", "y", None, "x", "z", "z"],
        time=["2024-01-03", None, "2024-01-01", "2024-01-08", "2024-01-01", "2024-01-01"],
        lon=[0.5, 0.5, 0.5, 2.5, 9.0, None],
        lat=50.5,
    )
    located = locate_visits([path], KnownRegions(regions), tmp_path / "parts", of_regions=3)
    users, weeks, places = zip(*rows(located))
    assert users[0] == users[1]
    assert (weeks, places) == ((MONDAY, MONDAY + 7), (0, 2))
    coverage = located.coverage
    assert (coverage.rows, coverage.matched) == (6, 2)
    assert coverage.dropped == {
        "without user or time": 2,
        "without coordinates": 1,
        "outside the study area": 1,
    }


def test_weeks_and_regions_may_be_given(tmp_path, regions) -> None:
    path = tmp_path / "visits.parquet"
    table = pa.table(
        {
            "person": [1, 2, 3, 4, None],
            "week": ["2024-W01", "2024-W02", None, "2024-W01", "2024-W01"],
            "cell": pa.array(["a", "c", "a", None, "d"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    columns = VisitColumns("person", week="week", region="cell")
    located = locate_visits([path], KnownRegions(regions), tmp_path / "parts", columns)
    assert rows(located) == [(1, MONDAY, 0), (2, MONDAY + 7, 2)]
    assert located.coverage.dropped == {"without user or time": 2, "without a region": 1}


def test_parquet_and_csv_say_the_same(tmp_path, regions, monkeypatch) -> None:
    monkeypatch.setattr("placeprint.sources.formats.ROWS_AT_ONCE", 64)
    monkeypatch.setattr("placeprint.sources.formats.BLOCK_BYTES", 2000)
    visits = some(500)
    visits["user"] = visits["user"].astype(str)
    places = KnownRegions(regions)
    found = [
        locate_visits([write(tmp_path / name, **visits)], places, tmp_path / f"{name}.parts")
        for name in ("visits.csv", "visits.parquet")
    ]
    assert rows(found[0]) == rows(found[1])
    assert found[0].coverage == found[1].coverage
    positions = regions.locate(visits["lon"], visits["lat"])
    assert [row[2] for row in rows(found[0])] == positions[positions >= 0].tolist()


def test_people_are_the_same_in_all_files(tmp_path) -> None:
    place = {"time": ["2024-01-01"], "lon": [5.0], "lat": [60.0]}
    number = write(tmp_path / "a.parquet", user=[7], **place)
    text = write(tmp_path / "b.csv", user=["7"], **place)
    located = locate_visits([number, text], EveryCell(5), tmp_path / "parts")
    assert len({row[0] for row in rows(located)}) == 1
    alone = locate_visits([number], EveryCell(5), tmp_path / "alone")
    assert rows(alone)[0][0] == 7


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_interrupted_work_goes_on(tmp_path, regions, monkeypatch, stopped_after) -> None:
    monkeypatch.setattr("placeprint.sources.formats.ROWS_AT_ONCE", 50)
    monkeypatch.setattr(module, "ROWS_OF_A_PART", 120)
    files = [write(tmp_path / f"{n}.parquet", **some(300, n)) for n in range(3)]
    places = KnownRegions(regions)
    whole = locate_visits(files, places, tmp_path / "whole")
    left = iter(range(stopped_after))
    real = module.pq.write_table

    def failing(*given, **options):
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(*given, **options)

    monkeypatch.setattr(module.pq, "write_table", failing)
    with pytest.raises(KeyboardInterrupt):
        locate_visits(files, places, tmp_path / "parts")
    monkeypatch.setattr(module.pq, "write_table", real)
    assert len(list((tmp_path / "parts").glob("*.parquet"))) == stopped_after
    resumed = locate_visits(files, places, tmp_path / "parts")
    assert rows(resumed) == rows(whole)
    assert resumed.coverage == whole.coverage
    again = locate_visits(files, places, tmp_path / "parts")
    assert again.coverage == whole.coverage


def test_patterns_stand_for_files(tmp_path, monkeypatch) -> None:
    (tmp_path / "raw").mkdir()
    for name in ("b.csv", "a.csv", "c.parquet"):
        (tmp_path / "raw" / name).touch()
    found = visit_files(["*.csv", "c.parquet", "a.csv"], tmp_path / "raw")
    assert [path.name for path in found] == ["a.csv", "b.csv", "c.parquet"]
    assert visit_files([str(tmp_path / "raw" / "?.parquet")])[0].name == "c.parquet"
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in visit_files(["raw/*.csv"])] == ["a.csv", "b.csv"]
    with pytest.raises(InputError, match=r"\*.tsv: there is no such file"):
        visit_files(["*.tsv"], tmp_path / "raw")


def test_what_cannot_be_read_is_named(tmp_path, regions) -> None:
    places = KnownRegions(regions)

    def locate(name, **columns):
        visits = {"user": [1], "time": ["2024-01-01"], "lon": [0.5], "lat": [50.5], **columns}
        path = write(tmp_path / name, **{k: v for k, v in visits.items() if v is not None})
        locate_visits([path], places, tmp_path / f"{name}.parts")

    with pytest.raises(InputError, match=r"a\.csv: no column 'time'"):
        locate("a.csv", time=None)
    with pytest.raises(InputError, match=r"'time' holds 'noon-ish' in row 1 "):
        locate("b.csv", time=["noon-ish"])
    with pytest.raises(InputError, match=r"c.csv: column 'lat' holds 'north' in row 1"):
        locate("c.csv", lat=["north"])
    with pytest.raises(InputError, match=r"'lat' holds 'north' in row 1"):
        locate("d.parquet", lat=["north"])
    with pytest.raises(InputError, match="with longitude and latitude swapped"):
        locate("e.csv", lon=[50.5], lat=[0.5])
    with pytest.raises(InputError, match="points reach from 100, 10 to 100, 10"):
        locate("f.csv", lon=[100.0], lat=[10.0])
    with pytest.raises(InputError, match="no visit is left: 0 of 1 rows"):
        locate("g.csv", user=[None])
    with pytest.raises(InputError, match=r"i\.csv: there are no rows"):
        locate("i.csv", user=[], time=[], lon=[], lat=[])
    (tmp_path / "h.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="cannot be read, it may be truncated"):
        locate_visits([tmp_path / "h.parquet"], places, tmp_path / "h")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_row_that_cannot_be_used_is_named(tmp_path, monkeypatch, ending) -> None:
    monkeypatch.setattr("placeprint.sources.formats.ROWS_AT_ONCE", 64)
    monkeypatch.setattr("placeprint.sources.formats.BLOCK_BYTES", 2000)

    def locate(**wrong):
        visits = some(500)
        visits["user"][:] = 1
        visits = {name: pd.Series(column).astype(object) for name, column in visits.items()}
        visits["time"] = visits["time"].astype(str)
        visits["user"][3] = None  # rows that are left out count as well
        for name, value in wrong.items():
            visits[name][299] = value
        visits = {n: c.astype(float) if n in ("lon", "lat") else c for n, c in visits.items()}
        path = write(tmp_path / f"v.{ending}", **visits)
        locate_visits([path], EveryCell(5), tmp_path / "parts")

    with pytest.raises(InputError, match=r"'time' holds '13/01/2024' in row 300 \(counted from 1"):
        locate(time="13/01/2024")
    with pytest.raises(InputError, match=r"'time' holds 9999-12-31 in row 300 .*1813 to 2126"):
        locate(time="9999-12-31")
    with pytest.raises(InputError, match=r"hold .* and 95.0 in row 300 .*within ±180 and ±90"):
        locate(lat=95.0)


def test_people_whose_numbers_have_a_point_in_one_file_are_the_same(tmp_path) -> None:
    place = {"time": "2024-01-01", "lon": 5.0, "lat": 60.0}
    whole = write(tmp_path / "a.csv", user=[7, 8], **place)
    points = write(tmp_path / "b.csv", user=[7, None], **place)
    assert "7.0" in points.read_text()
    found = locate_visits([whole, points], EveryCell(5), tmp_path / "parts")
    assert len(rows(found)) == 3
    assert len({row[0] for row in rows(found)}) == 2
