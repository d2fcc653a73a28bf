from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.regions import as_ids


def test_integers_floats_and_strings_agree() -> None:
    expected = ["1", "20"]
    assert as_ids(pd.Series([1, 20])).tolist() == expected
    assert as_ids(pd.Series([1.0, 20.0])).tolist() == expected
    assert as_ids(pd.Series(["1", "20"])).tolist() == expected
    assert as_ids(pd.Series(["1.0", "20.0"])).tolist() == expected
    assert as_ids(pd.Series(["1.0", "2b"])).tolist() == ["1.0", "2b"]


def test_leading_zeros_are_kept() -> None:
    assert as_ids(pd.Series(["01001"])).tolist() == ["01001"]


def test_missing_and_fractional_ids_are_refused() -> None:
    with pytest.raises(InputError, match="no identifier in row 2"):
        as_ids(pd.Series([1.0, np.nan], name="region"))
    with pytest.raises(InputError, match=r"holds 1\.5 in row 1"):
        as_ids(pd.Series([1.5], name="region"))
