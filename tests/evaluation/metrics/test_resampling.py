import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.metrics.resampling import block_weights


def test_each_resample_draws_as_many_blocks_as_there_are():
    weights = block_weights(7, resamples=50)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (weights == np.floor(weights)).all()
    assert (weights >= 0).all()


def test_blocks_are_drawn_with_replacement_and_evenly():
    weights = block_weights(20, resamples=4000)
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.06)
    # A block is left out of a resample with probability (1 − 1/n)^n.
    assert (weights == 0).mean() == pytest.approx(0.95**20, abs=0.01)


def test_a_seed_gives_the_same_draws():
    np.testing.assert_array_equal(block_weights(5, 10, seed=0), block_weights(5, 10, seed=0))
    assert (block_weights(5, 10, seed=0) != block_weights(5, 10, seed=1)).any()


def test_one_block_is_drawn_once():
    assert block_weights(1, 3).tolist() == [[1.0], [1.0], [1.0]]


def test_no_blocks_are_refused():
    with pytest.raises(InputError, match="0 blocks"):
        block_weights(0)
