from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.serving.names import names_of

IDS = pd.Index(["01001", "01003", "02001"])


def test_a_table_of_names(tmp_path) -> None:
    table = pd.DataFrame({"fips": ["01001", "99999", "02001"], "name": ["A", "B", None]})
    table.to_csv(tmp_path / "names.csv", index=False)
    assert names_of(tmp_path / "names.csv", IDS) == {"01001": "A"}


def test_no_names() -> None:
    assert names_of(None, IDS) == {}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"fips": ["01001"], "title": ["A"]}, "expected one called 'name'"),
        ({"fips": ["x"], "name": ["A"]}, r"none of its ids \(x\) is a region \(01001, "),
        ({"fips": ["01001", "01001"], "name": ["A", "B"]}, "occur more than once"),
    ],
)
def test_tables_that_cannot_be_used(columns, said, tmp_path) -> None:
    pd.DataFrame(columns).to_csv(tmp_path / "names.csv", index=False)
    with pytest.raises(InputError, match=said):
        names_of(tmp_path / "names.csv", IDS)


def test_lost_zeros_are_told(tmp_path) -> None:
    pd.DataFrame({"fips": [1001], "name": ["A"]}).to_parquet(tmp_path / "names.parquet")
    with pytest.raises(InputError, match="1001"):
        names_of(tmp_path / "names.parquet", IDS)
