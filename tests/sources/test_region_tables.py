from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_region_table, read_units


def write(tmp_path, **columns):
    path = tmp_path / "t.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_absent_stays_absent(tmp_path, regions) -> None:
    path = write(tmp_path, region_id=["a", "b", "d"], m=[1, np.nan, 2], f=[3, np.nan, 4])
    table, coverage = read_region_table(path, regions, columns=["m", "f"])
    assert table.index.tolist() == ["a"]
    assert coverage.dropped == {"outside the study area": 1, "without values": 1}


def test_a_suppressed_cell_leaves_its_row_out_or_takes_the_mean(tmp_path, regions) -> None:
    path = write(tmp_path, region_id=["a", "b", "c"], m=[1, 1, 2], f=["-", 4, 6])
    table, coverage = read_region_table(path, regions, columns=["m", "f"])
    assert table.index.tolist() == ["b", "c"]
    assert coverage.dropped == {"with some values missing": 1}
    assert any("1 mark" in note for note in coverage.notes)
    table, coverage = read_region_table(path, regions, columns=["m", "f"], missing="mean")
    assert table["f"].tolist() == [5, 4, 6]
    assert any("mean" in note for note in coverage.notes)


def test_all_columns_with_bad_values_are_told_at_once(tmp_path, regions) -> None:
    path = write(tmp_path, region_id=["a", "b"], m=["many", 1], f=[2, "few"])
    with pytest.raises(InputError, match=r"(?s)2 problems.*'many' in row 1.*'few' in row 2"):
        read_region_table(path, regions, columns=["m", "f"])


def test_a_region_that_occurs_twice_is_refused(tmp_path, regions) -> None:
    path = write(tmp_path, region_id=["a", "a"], m=[1, 2])
    with pytest.raises(InputError, match="regions occur more than once: a"):
        read_region_table(path, regions, columns=["m"])


def test_units(tmp_path, regions) -> None:
    path = write(tmp_path, region_id=["b", "a", "d"], state=[7, 8, 9])
    units, coverage = read_units(path, regions, region="region_id", unit="state")
    assert units.to_dict("list") == {"region_id": ["a", "b"], "unit_id": ["8", "7"]}
    assert coverage.regions == 2
