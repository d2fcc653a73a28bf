from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_flows


def flows(tmp_path, rows):
    path = tmp_path / "flows.csv"
    pd.DataFrame(rows, columns=["origin", "destination", "weight"]).to_csv(path, index=False)
    return path


def test_repeated_pairs_add_up_and_everything_is_accounted_for(tmp_path, regions) -> None:
    path = flows(
        tmp_path, [("a", "b", 1), ("a", "b", 2), ("b", "a", 5), ("a", "d", 9), ("c", "a", 0)]
    )
    edges, coverage = read_flows(path, regions)
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
        ([("a", "b", -1)], r"flows\.csv: column 'weight' holds -1\.0 in row 0 .*of 0 or more"),
        ([("a", "b", 1), ("a", "b", np.nan)], "column 'weight' holds nan in row 1"),
        ([("a", "b", np.inf)], "column 'weight' holds inf in row 0"),
        ([("a", "zz", 1)], "names regions that do not exist: zz; region ids look like a, b, c"),
        ([("d", "d", 1)], "no row of column 'origin' is about a region"),
        ([("a", "d", 1), ("d", "a", 1)], "no flow between two regions of the study area is left"),
        ([], "no flow between two regions"),
    ],
)
def test_bad_flows_are_refused(tmp_path, regions, rows, message) -> None:
    with pytest.raises(InputError, match=message):
        read_flows(flows(tmp_path, rows), regions)


def test_missing_column(tmp_path, regions) -> None:
    with pytest.raises(InputError, match=r"no column 'wieght'.*did you mean 'weight'"):
        read_flows(flows(tmp_path, [("a", "b", 1)]), regions, weight="wieght")


def test_weights_that_are_words(tmp_path, regions) -> None:
    with pytest.raises(InputError, match=r"holds \['many'\], expected numbers"):
        read_flows(flows(tmp_path, [("a", "b", "many")]), regions)
