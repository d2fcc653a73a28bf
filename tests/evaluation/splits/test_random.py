import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from placeprint.errors import InputError
from placeprint.evaluation.splits import RandomSplits


@given(n=st.integers(2, 300), seed=st.integers(0, 50))
def test_they_are_those_of_train_test_split(n, seed):
    rows = np.arange(n)
    for s, (train, test) in enumerate(RandomSplits(3, seed=seed).split(rows)):
        expected = train_test_split(rows, test_size=0.2, random_state=seed + s)
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])


def test_one_row_is_refused():
    with pytest.raises(InputError, match="1 rows"):
        next(RandomSplits().split(np.zeros(1)))
