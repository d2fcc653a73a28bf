from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.building import Recipe
from placeprint.building.layers.labels import LabelSpec
from placeprint.errors import InputError


def write(tmp_path, **columns):
    path = tmp_path / "labels.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture
def labels(read):
    """Reads the labels in column y; a table and its coverage."""

    def reader(path, *, kind="regression", **keys):
        tasks = {"y": {"column": "y", "kind": kind}}
        return read(LabelSpec, path, "y", tasks=tasks, **keys)

    return reader


def with_units(context, units) -> None:
    """Write which unit each region is in."""
    units.to_csv(context.data / "units.csv", index=False)
    regions = {"kind": "table", "file": "x", "region": "x"}
    level = {"file": "units.csv", "unit": "unit_id"}
    recipe = {"name": "a", "regions": regions, "units": {"unit": level}}
    context.recipe = Recipe.model_validate(recipe)


def test_region_labels(tmp_path, labels) -> None:
    path = write(tmp_path, id=["c", "a", "b"], y=[3.0, 1.0, np.nan])
    table, coverage = labels(path, region="id")
    assert table.to_dict("list") == {"region_id": ["a", "c"], "value": [1.0, 3.0]}
    assert coverage.dropped == {"without a value": 1}


def test_unit_labels(tmp_path, labels, context) -> None:
    with_units(context, pd.DataFrame({"region_id": list("abc"), "unit_id": ["1", "1", "2"]}))
    path = write(tmp_path, unit=[2, 1, 3], y=[20, 10, 30])
    table, coverage = labels(path, level="unit", unit="unit")
    assert table.to_dict("list") == {"unit_id": ["1", "2"], "value": [10.0, 20.0]}
    assert coverage.regions == 3


def test_point_labels(tmp_path, labels) -> None:
    path = write(tmp_path, lon=[0.5, 9.0, 1.5], lat=[50.5, 50.5, 50.5], y=[1.0, 2.0, 3.0])
    table, coverage = labels(path, lon="lon", lat="lat")
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
def test_bad_labels(tmp_path, labels, values, message) -> None:
    path = write(tmp_path, id=["a", "b"], y=values)
    with pytest.raises(InputError, match=message):
        labels(path, region="id")


def test_two_labels_of_one_region(tmp_path, labels) -> None:
    path = write(tmp_path, id=["a", "a"], y=[1.0, 2.0])
    with pytest.raises(InputError, match="'a' has more than one label"):
        labels(path, region="id")


def test_names_of_classes_are_strings(tmp_path, labels, context) -> None:
    path = write(tmp_path, id=["c", "a", "b"], y=["01", "2", None], lon=[2.5, 0.5, 1.5], lat=50.5)
    table, coverage = labels(path, region="id", kind="classification")
    assert table.to_dict("list") == {"region_id": ["a", "c"], "value": ["2", "01"]}
    assert coverage.dropped == {"without a value": 1}
    with_units(context, pd.DataFrame({"region_id": list("abc"), "unit_id": list("abc")}))
    table, _ = labels(path, level="unit", unit="id", kind="classification")
    assert table["value"].tolist() == ["2", "01"]
    table, _ = labels(path, lon="lon", lat="lat", kind="classification")
    assert table["value"].tolist() == ["2", "01"]


def test_numbers_of_classes_are_whole(tmp_path, labels) -> None:
    path = tmp_path / "labels.parquet"
    pd.DataFrame({"id": ["a", "b"], "y": [1.0, np.nan]}).to_parquet(path)
    table, _ = labels(path, region="id", kind="classification")
    assert table["value"].tolist() == ["1"]


def test_the_column_that_does_name_regions_is_named(tmp_path, labels) -> None:
    path = write(tmp_path, id=[1, 2], geoid=["a", "b"], y=[1.0, 2.0])
    with pytest.raises(InputError, match=r"but column 'geoid' does: 2 of 2.*`region: geoid`"):
        labels(path, region="id")


def test_labels_of_unknown_regions_are_dropped_if_asked(tmp_path, labels) -> None:
    path = write(tmp_path, id=["a", "zz"], y=[1.0, 2.0])
    table, coverage = labels(path, region="id", unknown="drop")
    assert table["value"].tolist() == [1.0]
    assert coverage.dropped == {"about regions that are not known": 1}
