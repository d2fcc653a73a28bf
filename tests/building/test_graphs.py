from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.building.layers.graphs import FlowGraph, MatrixGraph
from placeprint.errors import InputError


def flows(tmp_path, rows):
    path = tmp_path / "flows.csv"
    pd.DataFrame(rows, columns=["origin", "destination", "weight"]).to_csv(path, index=False)
    return path


def test_repeated_pairs_add_up_and_everything_is_accounted_for(tmp_path, read) -> None:
    path = flows(
        tmp_path, [("a", "b", 1), ("a", "b", 2), ("b", "a", 5), ("a", "d", 9), ("c", "a", 0)]
    )
    edges, coverage = read(FlowGraph, path)
    assert edges.to_dict("list") == {
        "source": ["a", "b"],
        "target": ["b", "a"],
        "weight": [3.0, 5.0],
    }
    assert coverage.rows == 5
    assert coverage.matched == 3
    assert coverage.dropped == {"with an end outside the study area": 1, "with weight zero": 1}
    assert coverage.regions == 2
    assert coverage.rows == coverage.matched + sum(coverage.dropped.values())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "b", -1)], r"flows\.csv: column 'weight' holds '-1' in row 1 .*of 0 or more"),
        ([("a", "b", 1), ("a", "b", np.nan)], "1 weights are missing, the first in row 2"),
        ([("a", "b", np.inf)], "column 'weight' holds 'inf' in row 1"),
        ([("a", "zz", 1)], "names regions that do not exist: zz; region ids look like a, b, c"),
        ([("d", "d", 1)], "no row of column 'origin' is about a region"),
        ([("a", "d", 1), ("d", "a", 1)], "no flow between two regions of the study area is left"),
        ([], "no flow between two regions"),
    ],
)
def test_bad_flows_are_refused(tmp_path, read, rows, message) -> None:
    with pytest.raises(InputError, match=message):
        read(FlowGraph, flows(tmp_path, rows))


def test_missing_column(tmp_path, read) -> None:
    with pytest.raises(InputError, match=r"no column 'wieght'.*did you mean 'weight'"):
        read(FlowGraph, flows(tmp_path, [("a", "b", 1)]), weight="wieght")


def test_weights_that_are_words(tmp_path, read) -> None:
    with pytest.raises(InputError, match=r"holds 'many' in row 1 .*, expected a number"):
        read(FlowGraph, flows(tmp_path, [("a", "b", "many")]))


@pytest.mark.parametrize(
    ("times", "names"),
    [
        ([10, 9, 10, 9], ["9", "10"]),
        ([2020.0, 2019.0, 2020.0, 2019.0], ["2019", "2020"]),
        (["b", "a", "b", "a"], ["a", "b"]),
        (pd.to_datetime(["2024-02-01", "2024-01-01"] * 2), ["2024-01-01", "2024-02-01"]),
        (
            pd.to_datetime(["2024-01-01 13:00", "2024-01-01 00:00"] * 2),
            ["2024-01-01", "2024-01-01T13:00:00"],
        ),
    ],
)
def test_snapshots_keep_their_order(tmp_path, read, times, names) -> None:
    path = tmp_path / "flows.parquet"
    pd.DataFrame(
        {
            "origin": ["a", "a", "b", "a"],
            "destination": ["b", "b", "a", "c"],
            "weight": [1, 2, 4, 8],
            "month": times,
        }
    ).to_parquet(path)
    edges, _ = read(FlowGraph, path, time="month")
    assert edges.columns.tolist() == ["source", "target", "weight", "time"]
    early, late = names
    assert edges.astype({"time": str}).to_numpy().tolist() == [
        ["a", "b", 2.0, early],
        ["a", "c", 8.0, early],
        ["a", "b", 1.0, late],
        ["b", "a", 4.0, late],
    ]
    assert edges["time"].drop_duplicates().astype(str).tolist() == names
    whole, _ = read(FlowGraph, path)
    added = edges.groupby(["source", "target"])["weight"].sum().reset_index()
    pd.testing.assert_frame_equal(added, whole)


def test_flows_without_a_time_are_left_out_and_counted(tmp_path, read) -> None:
    path = tmp_path / "flows.csv"
    rows = [("a", "b", 1, 2019), ("a", "b", 2, None), ("a", "d", 3, 2021)]
    pd.DataFrame(rows, columns=["origin", "destination", "weight", "year"]).to_csv(
        path, index=False
    )
    edges, coverage = read(FlowGraph, path, time="year")
    assert edges["time"].tolist() == ["2019"]
    assert coverage.dropped == {"with an end outside the study area": 1, "without a time": 1}
    assert coverage.matched == 1


def test_flows_within_a_region_and_of_unknown_ones_are_dropped_if_asked(tmp_path, read) -> None:
    path = flows(tmp_path, [("a", "a", 1), ("a", "b", 2), ("a", "zz", 4)])
    edges, coverage = read(FlowGraph, path, unknown="drop")
    assert edges["target"].tolist() == ["a", "b"]
    edges, coverage = read(FlowGraph, path, unknown="drop", self_loops="drop")
    assert edges.to_numpy().tolist() == [["a", "b", 2.0]]
    assert coverage.dropped == {
        "with an end outside the study area": 1,
        "from a region to itself": 1,
    }


def test_without_a_weight_each_row_counts_one(tmp_path, read) -> None:
    edges, _ = read(FlowGraph, flows(tmp_path, [("a", "b", 7), ("a", "b", 8)]), weight=None)
    assert edges.to_numpy().tolist() == [["a", "b", 2.0]]


def test_a_wide_matrix_is_the_graph_of_its_cells(tmp_path, read) -> None:
    path = tmp_path / "od.csv"
    path.write_text("from,a,b,d,total\na,1,2,9,12\nb,,0.5,9,9\n")
    edges, coverage = read(MatrixGraph, path, origin="from", destinations=["?"], self_loops="drop")
    assert edges.to_numpy().tolist() == [["a", "b", 2.0]]
    assert coverage.rows == coverage.matched + sum(coverage.dropped.values()) == 6
    with pytest.raises(
        InputError, match=r"column '\(header\)' names regions that do not exist: total"
    ):
        read(MatrixGraph, path, origin="from")
    with pytest.raises(InputError, match=r"no column matches 'zones_\*'"):
        read(MatrixGraph, path, origin="from", destinations=["zones_*"])


def test_the_column_that_does_name_regions_is_named(tmp_path, read) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("origin,destination,home,weight\nx,b,a,1\ny,a,b,1\nz,a,c,1\n")
    message = r"'origin' names no region, but column 'home' does: 3 of 3.*`origin: home`"
    with pytest.raises(InputError, match=message):
        read(FlowGraph, path)
    path.write_text("code,from,a,b\nx,b,1,1\ny,a,1,1\n")
    with pytest.raises(InputError, match=r"'code' names no region.*`origin: from`"):
        read(MatrixGraph, path, origin="code", destinations=["a", "b"])


def test_all_that_is_wrong_with_flows_is_told_at_once(tmp_path, read) -> None:
    path = flows(tmp_path, [("a", "b", "many"), ("a", "yy", 1), ("zz", "b", 1)])
    with pytest.raises(InputError, match=r"(?s)3 problems.*'many' in row 1.* zz;.* yy;") as caught:
        read(FlowGraph, path)
    assert len(caught.value.parts) == 3
