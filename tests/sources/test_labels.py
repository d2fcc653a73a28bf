from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_point_labels, read_region_labels, read_unit_labels


def write(tmp_path, **columns):
    path = tmp_path / "labels.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_region_labels(tmp_path, regions) -> None:
    path = write(tmp_path, id=["c", "a", "b"], y=[3.0, 1.0, np.nan])
    table, coverage = read_region_labels(path, regions, region="id", column="y")
    assert table.to_dict("list") == {"region_id": ["a", "c"], "value": [1.0, 3.0]}
    assert coverage.dropped == {"without a value": 1}


def test_unit_labels(tmp_path, regions) -> None:
    units = pd.DataFrame({"region_id": list("abc"), "unit_id": ["1", "1", "2"]})
    path = write(tmp_path, unit=[2, 1, 3], y=[20, 10, 30])
    table, coverage = read_unit_labels(path, units, regions, unit="unit", column="y")
    assert table.to_dict("list") == {"unit_id": ["1", "2"], "value": [10.0, 20.0]}
    assert coverage.regions == 3


def test_point_labels(tmp_path, regions) -> None:
    path = write(tmp_path, lon=[0.5, 9.0, 1.5], lat=[50.5, 50.5, 50.5], y=[1.0, 2.0, 3.0])
    table, coverage = read_point_labels(path, regions, lon="lon", lat="lat", column="y")
    assert table["value"].tolist() == [1.0, 3.0]
    assert coverage.regions == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["low", "high"], "holds 'low' in row 1 .* expected a number"),
        ([np.inf, 1.0], "holds 'inf' in row 1"),
        ([np.nan, np.nan], "no label is left"),
    ],
)
def test_bad_labels(tmp_path, regions, values, message) -> None:
    path = write(tmp_path, id=["a", "b"], y=values)
    with pytest.raises(InputError, match=message):
        read_region_labels(path, regions, region="id", column="y")


def test_two_labels_of_one_region(tmp_path, regions) -> None:
    path = write(tmp_path, id=["a", "a"], y=[1.0, 2.0])
    with pytest.raises(InputError, match="'a' has more than one label"):
        read_region_labels(path, regions, region="id", column="y")


def test_names_of_classes_are_strings(tmp_path, regions) -> None:
    path = write(tmp_path, id=["c", "a", "b"], y=["01", "2", None], lon=[2.5, 0.5, 1.5], lat=50.5)
    table, coverage = read_region_labels(path, regions, region="id", column="y", classes=True)
    assert table.to_dict("list") == {"region_id": ["a", "c"], "value": ["2", "01"]}
    assert coverage.dropped == {"without a value": 1}
    units = pd.DataFrame({"region_id": list("abc"), "unit_id": list("abc")})
    table, _ = read_unit_labels(path, units, regions, unit="id", column="y", classes=True)
    assert table["value"].tolist() == ["2", "01"]
    table, _ = read_point_labels(path, regions, lon="lon", lat="lat", column="y", classes=True)
    assert table["value"].tolist() == ["2", "01"]


def test_numbers_of_classes_are_whole(tmp_path, regions) -> None:
    path = tmp_path / "labels.parquet"
    pd.DataFrame({"id": ["a", "b"], "y": [1.0, np.nan]}).to_parquet(path)
    table, _ = read_region_labels(path, regions, region="id", column="y", classes=True)
    assert table["value"].tolist() == ["1"]
