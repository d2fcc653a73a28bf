from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from placeprint.encoders.tables import PRIOR, encode_table
from placeprint.errors import InputError

TABLE = pd.DataFrame(
    {"young": [30.0, 1.0, np.nan, 0.0], "old": [10.0, 0.0, np.nan, 0.0]}, index=list("badc")
)


def test_histogram_equals_the_formula() -> None:
    frame = encode_table(TABLE, "histogram")
    assert frame.index.tolist() == ["b", "a", "c"]
    assert frame.columns.tolist() == ["log_total", "young", "old"]
    for region, row in TABLE.dropna().iterrows():
        total = row.sum()
        shares = [(row["young"] + PRIOR * 31 / 41) / (total + PRIOR),
                  (row["old"] + PRIOR * 10 / 41) / (total + PRIOR)]  # fmt: skip
        np.testing.assert_allclose(frame.loc[region], [np.log1p(total), *shares], rtol=1e-6)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)),
                  elements=st.floats(0, 1e9)))  # fmt: skip
def test_shares_are_shares_of_whatever_is_counted(counts: np.ndarray) -> None:
    shares = encode_table(pd.DataFrame(counts)).to_numpy()[:, 1:]
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_few_counts_say_less_than_many() -> None:
    table = pd.DataFrame({"x": [0.0, 0.0, 500.0], "y": [1.0, 1000.0, 500.0]})
    few, many, _ = encode_table(table)["y"]
    nation = 1501 / 2001
    assert nation < few < many < 1
    assert few - nation < 0.1 * (many - nation) * 2


def test_plain_encoders() -> None:
    np.testing.assert_allclose(
        encode_table(TABLE, "log1p").to_numpy(), np.log1p(TABLE.dropna().to_numpy()), rtol=1e-6
    )
    signed = -TABLE
    np.testing.assert_array_equal(
        encode_table(signed, "none").to_numpy(), signed.dropna().to_numpy()
    )


@pytest.mark.parametrize("encoder", ["histogram", "log1p", "none"])
@pytest.mark.parametrize(
    ("value", "problem"), [(np.nan, "missing or infinite"), (np.inf, "missing or infinite")]
)
def test_a_hole_is_named_by_row_and_column(encoder: str, value: float, problem: str) -> None:
    bad = TABLE.copy()
    bad.loc["a", "old"] = value
    with pytest.raises(InputError, match=f"{problem}.*region 'a', column 'old'"):
        encode_table(bad, encoder)


@pytest.mark.parametrize("encoder", ["histogram", "log1p"])
def test_a_negative_count_is_named_by_row_and_column(encoder: str) -> None:
    bad = TABLE.copy()
    bad.loc["a", "old"] = -2
    with pytest.raises(InputError, match=r"negative value \(-2.0\) in region 'a', column 'old'"):
        encode_table(bad, encoder)


def test_words_and_misspelt_encoders_are_refused() -> None:
    with pytest.raises(InputError, match=r"column 'young' holds .*expected numbers"):
        encode_table(TABLE.assign(young="many"))
    with pytest.raises(InputError, match="did you mean 'histogram'"):
        encode_table(TABLE, "histgram")
