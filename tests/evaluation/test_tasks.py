import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation import Task


def task(values, index=None, **settings):
    table = pd.DataFrame({"value": values}, index=index)
    return Task("t", settings.pop("level", "region"), "grid", table, **settings)


def test_unknown_values_are_left_out_and_the_rest_transformed():
    given = task([0.0, np.nan, np.e - 1], index=list("abc"), transform="log1p")
    assert given.known().index.tolist() == ["a", "c"]
    np.testing.assert_allclose(given.target(), [0, 1])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (task([np.nan]), "no value is known"),
        (task([1.0, 2.0], index=["a", "a"]), "'a' has more than one value"),
        (task([1.0, np.inf]), "infinite"),
        (task([1.0, -1.0], transform="log1p"), "above -1, found -1"),
        (task([1.0], transform="log"), "did you mean 'log1p'"),
        (task([1.0], level="point"), "lack lon, lat; they have value"),
    ],
)
def test_bad_labels_are_refused(broken, message):
    with pytest.raises(InputError, match=message):
        broken.target()


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["a", "b"], "regression", "no numbers, found for instance 'a'"),
        (["a", "a"], "classification", "all its labels are 'a'"),
        ([1.0, 2.0], "classifiction", "did you mean 'classification'"),
    ],
)
def test_labels_have_to_be_of_their_kind(values, kind, message):
    table = pd.DataFrame({"value": values}, index=["x", "y"])
    with pytest.raises(InputError, match=message):
        Task("t", "region", "grid", table, kind=kind).target()
