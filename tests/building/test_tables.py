from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.building.layers.labels import UnitSpec
from placeprint.building.layers.tables import TableFeatures
from placeprint.errors import InputError


def write(tmp_path, **columns):
    path = tmp_path / "t.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture
def features(read):
    """Reads numbers as they are; a table and its coverage."""

    def reader(path, **settings):
        return read(TableFeatures, path, encoder="none", **settings)

    return reader


def test_absent_stays_absent(tmp_path, features) -> None:
    path = write(tmp_path, region_id=["a", "b", "d"], m=[1, np.nan, 2], f=[3, np.nan, 4])
    table, coverage = features(path, columns=["m", "f"])
    assert table.index.tolist() == ["a"]
    assert coverage.dropped == {"outside the study area": 1, "without values": 1}


def test_a_suppressed_cell_leaves_its_row_out_or_takes_the_mean(tmp_path, features) -> None:
    path = write(tmp_path, region_id=["a", "b", "c"], m=[1, 1, 2], f=["-", 4, 6])
    table, coverage = features(path, columns=["m", "f"])
    assert table.index.tolist() == ["b", "c"]
    assert coverage.dropped == {"with some values missing": 1}
    assert any("1 mark" in note for note in coverage.notes)
    table, coverage = features(path, columns=["m", "f"], missing="mean")
    assert table["f"].tolist() == [5, 4, 6]
    assert any("mean" in note for note in coverage.notes)


def test_all_columns_with_bad_values_are_told_at_once(tmp_path, features) -> None:
    path = write(tmp_path, region_id=["a", "b"], m=["many", 1], f=[2, "few"])
    with pytest.raises(InputError, match=r"(?s)2 problems.*'many' in row 1.*'few' in row 2"):
        features(path, columns=["m", "f"])


def test_a_region_that_occurs_twice_is_refused(tmp_path, features) -> None:
    path = write(tmp_path, region_id=["a", "a"], m=[1, 2])
    with pytest.raises(InputError, match="regions occur more than once: a"):
        features(path, columns=["m"])


def test_units(tmp_path, read) -> None:
    path = write(tmp_path, region_id=["b", "a", "d"], state=[7, 8, 9])
    units, coverage = read(UnitSpec, path, region="region_id", unit="state")
    assert units.to_dict("list") == {"region_id": ["a", "b"], "unit_id": ["8", "7"]}
    assert coverage.regions == 2


def test_rows_about_unknown_regions_are_dropped_if_asked(tmp_path, features) -> None:
    path = write(tmp_path, region_id=["a", "zz"], m=[1, 2])
    table, coverage = features(path, columns=["m"], unknown="drop")
    assert table["m"].tolist() == [1]
    assert coverage.dropped == {"about regions that are not known": 1}


def test_the_column_that_does_name_regions_is_named(tmp_path, features, read) -> None:
    path = write(tmp_path, id=[1, 2, 3], geoid=["A", "b", "c"], code=["a", "x", "y"], m=[1, 2, 3])
    message = r"column 'id' names no region, but column 'geoid' does: 3 of 3.*`region: geoid`"
    with pytest.raises(InputError, match=message):
        features(path, region="id", columns=["m"])
    with pytest.raises(InputError, match=message):
        read(UnitSpec, path, region="id", unit="m")
    with pytest.raises(InputError, match="column 'code' names regions that do not exist: x, y"):
        features(path, region="code", columns=["m"])  # some of them do, so no other is meant
