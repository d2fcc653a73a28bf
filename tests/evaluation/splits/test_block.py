import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.evaluation.blocks import cell_blocks, degree_blocks
from placeprint.evaluation.splits import BlockSplits

groupings = st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=200).filter(
    lambda groups: len(set(groups)) > 1
)


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


@pytest.mark.parametrize("settings", [{}, {"size": 7.5}, {"resolution": 1}])
def test_blocks_of_a_size_or_resolution_are_those_of_the_map(settings):
    X = np.random.default_rng(0).uniform([-180, -90], [180, 90], (300, 2))
    X[::50] = np.nan
    groups = np.arange(300) // 30
    blocks = groups
    if "size" in settings:
        blocks = degree_blocks(*X.T, 7.5)
    elif "resolution" in settings:
        blocks = cell_blocks(*X.T, 1)
    found = BlockSplits(5, **settings).split(X, groups=groups)
    for made, given_ in zip(found, BlockSplits(5).split(X, groups=blocks), strict=True):
        np.testing.assert_array_equal(made[0], given_[0])
        np.testing.assert_array_equal(made[1], given_[1])


def test_what_cannot_be_split_is_refused():
    with pytest.raises(InputError, match="needs the group"):
        next(BlockSplits().split(np.zeros((5, 2))))
    with pytest.raises(InputError, match="in one block"):
        next(BlockSplits().split(np.zeros((5, 2)), groups=list("aaaaa")))
    with pytest.raises(InputError, match="in one block"):
        next(BlockSplits(size=10).split(np.zeros((5, 2)), groups=list("abcde")))
    with pytest.raises(InputError, match="give either size or resolution"):
        next(BlockSplits(size=10, resolution=2).split(np.zeros((5, 2))))
