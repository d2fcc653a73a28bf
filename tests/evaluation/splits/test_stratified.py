import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from placeprint.errors import InputError
from placeprint.evaluation.splits import StratifiedSplits


@given(st.lists(st.integers(4, 30), min_size=2, max_size=6), st.integers(0, 3))
def test_every_class_is_cut_in_a_half_and_two_quarters(sizes, seed):
    classes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = next(StratifiedSplits(1, seed).parts(classes, classes))
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(classes)))
    for number, n in enumerate(sizes):
        half, quarter, test = (int((classes[part] == number).sum()) for part in parts)
        assert half == n // 2
        assert half + quarter == 3 * n // 4
        assert min(quarter, test) >= 1


def test_a_split_is_the_outer_parts():
    classes = np.repeat(["house", "school"], [40, 20])
    splitter = StratifiedSplits(3)
    for (train, test), (first, _, last) in zip(
        splitter.split(classes, classes), splitter.parts(classes, classes), strict=True
    ):
        assert np.array_equal(train, first)
        assert np.array_equal(test, last)


def test_seeds_differ_and_come_again():
    classes = np.repeat([0, 1], 40)
    one, two = (list(StratifiedSplits(2).split(classes, classes)) for _ in range(2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0][1], one[1][1])
    (second,) = StratifiedSplits(1, seed=1).split(classes, classes)
    assert np.array_equal(second[1], one[1][1])


def test_members_are_drawn_alike():
    classes = np.zeros(40, dtype=int)
    counts = np.zeros(40)
    for _, test in StratifiedSplits(400).split(classes, classes):
        counts[test] += 1
    assert counts.sum() == 400 * 10
    assert 70 < counts.min() < counts.max() < 130


def test_scikit_learn_takes_it():
    X = np.random.default_rng(0).normal(size=(60, 2))
    classes = np.where(X[:, 0] > 0, "a", "b")
    scores = cross_val_score(LogisticRegression(), X, classes, cv=StratifiedSplits(4))
    assert len(scores) == 4
    assert scores.min() > 0.8


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["house"] * 8 + ["castle"] * 3, r"too few members .* castle \(\d\); .* join them"),
        ([0.5, 1.5, 2.5, 3.5], "need the class of each row"),
        (None, "need the class of each row"),
    ],
)
def test_what_cannot_be_stratified_is_refused(classes, message):
    with pytest.raises(InputError, match=message):
        next(StratifiedSplits(1).split(np.zeros((11, 2)), classes))
