from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import column_names, match_columns, read_rows


@pytest.fixture(params=["csv", "parquet"])
def table(request, tmp_path):
    frame = pd.DataFrame({"id": ["01", "02", "03"], "kind": ["x", "y", "x"], "v": [1.0, 2.0, 3.0]})
    path = tmp_path / f"t.{request.param}"
    frame.to_csv(path, index=False) if request.param == "csv" else frame.to_parquet(path)
    return path


def test_reads_the_rows_that_meet_the_conditions(table) -> None:
    rows = read_rows(table, ["id", "v"], {"kind": "x"}, text=["id"])
    assert rows["id"].tolist() == ["01", "03"]
    assert rows.columns.tolist() == ["id", "v"]


def test_missing_column_suggests(table) -> None:
    with pytest.raises(InputError, match=r"no column 'knd'.*did you mean 'kind'"):
        read_rows(table, ["knd"])


def test_condition_that_nothing_meets_shows_what_is_there(table) -> None:
    with pytest.raises(InputError, match=r"no row has kind = z.*the column holds x, y"):
        read_rows(table, ["v"], {"kind": "z"})


def test_patterns(table) -> None:
    assert match_columns(table, ["k*", "v"]) == ["kind", "v"]
    with pytest.raises(InputError, match=r"no column matches 'male_\*'"):
        match_columns(table, ["male_*"])


def test_unknown_type_and_missing_file(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        column_names(tmp_path / "t.csv")
    (tmp_path / "t.xlsx").touch()
    with pytest.raises(InputError, match="give a Parquet or CSV file"):
        column_names(tmp_path / "t.xlsx")


def test_truncated_parquet(tmp_path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": range(1000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(InputError, match="truncated"):
        column_names(path)
