import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import LeaveOneGroupOut

from placeprint.errors import InputError
from placeprint.evaluation.splits import UnitSplits

units = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), min_size=2, max_size=80).filter(
    lambda names: len(set(names)) > 1
)


@given(units=units)
def test_they_are_those_of_leave_one_group_out_and_test_every_row_once(units):
    units, rows = np.array(units), np.zeros((len(units), 2))
    splits = UnitSplits()
    found = list(splits.split(rows, groups=units))
    assert len(found) == splits.get_n_splits(groups=units)
    for (train, test), expected in zip(
        found, LeaveOneGroupOut().split(rows, groups=units), strict=True
    ):
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])
        assert not set(units[train]) & set(units[test])
    tested = np.concatenate([test for _, test in found])
    assert sorted(tested.tolist()) == list(range(len(units)))


def test_all_folds_are_one_run():
    assert UnitSplits.folds_per_seed is None


def test_what_cannot_be_split_is_refused():
    with pytest.raises(InputError, match="needs the unit"):
        next(UnitSplits().split(np.zeros((5, 2))))
    with pytest.raises(InputError, match="needs the unit"):
        UnitSplits().get_n_splits()
    with pytest.raises(InputError, match="in one unit"):
        next(UnitSplits().split(np.zeros((5, 2)), groups=list("aaaaa")))
