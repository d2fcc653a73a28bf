import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score, train_test_split

from placeprint.errors import InputError
from placeprint.evaluation import BlockSplits, RandomSplits
from placeprint.evaluation.splits import make_splits

groupings = st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=200).filter(
    lambda groups: len(set(groups)) > 1
)


@given(n=st.integers(2, 300), seed=st.integers(0, 50))
def test_random_splits_are_those_of_train_test_split(n, seed):
    rows = np.arange(n)
    for s, (train, test) in enumerate(RandomSplits(3, seed=seed).split(rows)):
        expected = train_test_split(rows, test_size=0.2, random_state=seed + s)
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])


@given(groups=groupings, seed=st.integers(0, 1000))
def test_blocks_never_straddle(groups, seed):
    groups = np.array(groups)
    for train, test in BlockSplits(2, seed=seed).split(groups, groups=groups):
        assert len(train)
        assert len(test)
        assert not set(groups[train]) & set(groups[test])
        assert sorted([*train, *test]) == list(range(len(groups)))


@given(groups=groupings, seed=st.integers(0, 1000))
def test_no_block_more_or_less_is_nearer_to_a_fifth(groups, seed):
    """The draw stops where holding out one block fewer would be no nearer to the share."""
    groups = np.array(groups)
    _, test = next(BlockSplits(1, seed=seed).split(groups, groups=groups))
    sizes = {name: int((groups == name).sum()) for name in set(groups[test])}
    wanted = len(groups) / 5
    if len(sizes) > 1 and len(test) > wanted:
        assert len(test) - max(sizes.values()) < wanted
    assert len(test) <= max(len(groups) / 2, wanted + max(sizes.values()) / 2)


def test_many_even_blocks_hold_out_a_fifth_of_the_rows():
    groups = np.repeat(np.arange(50), np.random.default_rng(0).integers(1, 60, 50))
    shares = [len(test) / len(groups) for _, test in BlockSplits(20).split(groups, groups=groups)]
    assert max(np.abs(np.array(shares) - 0.2)) < 0.03
    assert np.mean(shares) == pytest.approx(0.2, abs=0.005)


def test_every_block_is_held_out_under_some_seed_unless_it_is_most_of_the_rows():
    groups = np.repeat(list("abcdef"), [60, 8, 8, 8, 8, 8])
    held_out = {
        name
        for _, test in BlockSplits(40).split(groups, groups=groups)
        for name in groups[test].tolist()
    }
    assert held_out == set("bcdef")


def test_a_seed_gives_the_same_split_again_and_another_a_different_one():
    groups = np.repeat(np.arange(20), 5)
    first, second = BlockSplits(2).split(groups, groups=groups)
    again = next(BlockSplits(1).split(groups, groups=groups))
    shifted = next(BlockSplits(1, seed=1).split(groups, groups=groups))
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(second[1], shifted[1])
    assert first[1].tolist() != second[1].tolist()


@pytest.mark.parametrize("splitter", [RandomSplits(4), BlockSplits(4)])
def test_scikit_learn_takes_them(splitter):
    X, groups = np.zeros((30, 1)), np.repeat(np.arange(6), 5)
    scores = cross_val_score(DummyRegressor(), X, np.arange(30.0), cv=splitter, groups=groups)
    assert len(scores) == splitter.get_n_splits() == 4


def test_what_cannot_be_split_is_refused():
    with pytest.raises(InputError, match="needs the group"):
        next(BlockSplits().split(np.zeros(5)))
    with pytest.raises(InputError, match="in one block"):
        next(BlockSplits().split(np.zeros(5), groups=list("aaaaa")))
    with pytest.raises(InputError, match="1 rows"):
        next(RandomSplits().split(np.zeros(1)))


def test_splits_by_name_or_as_they_are():
    assert list(make_splits(["random", "block"], 3)) == ["random", "block"]
    mine = RandomSplits(2)
    assert make_splits({"mine": mine}, 3)["mine"] is mine
    with pytest.raises(InputError, match="did you mean 'block'"):
        make_splits(["blocks"], 3)
