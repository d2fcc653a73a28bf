import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from placeprint.errors import InputError
from placeprint.evaluation.splits import FoldSplits


@given(n=st.integers(5, 200), folds=st.integers(2, 5), seed=st.integers(0, 50))
def test_each_run_equals_kfold_and_tests_every_row_once(n, folds, seed):
    splits = FoldSplits(folds, n_repeats=3, seed=seed)
    found = list(splits.split(np.zeros((n, 2))))
    assert len(found) == splits.get_n_splits() == 3 * folds
    assert splits.folds_per_seed == folds
    for run in range(3):
        of_run = found[run * folds : (run + 1) * folds]
        expected = KFold(folds, shuffle=True, random_state=seed + run).split(np.zeros(n))
        for (train, test), (expected_train, expected_test) in zip(of_run, expected):
            np.testing.assert_array_equal(train, expected_train)
            np.testing.assert_array_equal(test, expected_test)
        tested = np.concatenate([test for _, test in of_run])
        assert sorted(tested.tolist()) == list(range(n))


def test_more_folds_than_rows_are_refused():
    with pytest.raises(InputError, match="4 rows cannot be put into 5 folds"):
        next(FoldSplits().split(np.zeros((4, 2))))
    with pytest.raises(InputError, match="into 1 folds"):
        next(FoldSplits(1).split(np.zeros((4, 2))))
