import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import sparse

from placeprint.errors import InputError
from placeprint.regions import pool
from placeprint.regions.pooling import _COLUMNS, POOLINGS

VALUES = npst.arrays(np.float32, (6, 3), elements=st.sampled_from([np.nan, -2, 0, 1, 5, 1e3]))
WEIGHTS = npst.arrays(float, (4, 6), elements=st.sampled_from([0, 0, 1, 2.5]))


def slowly(values, weights, how):
    pooled = np.full((len(weights), values.shape[1]), np.nan)
    for unit, row in enumerate(weights):
        for column in range(values.shape[1]):
            kept = (row > 0) & ~np.isnan(values[:, column])
            x, w = values[kept, column].astype(float), row[kept]
            if not kept.any():
                continue
            mean = (w * x).sum() / w.sum()
            pooled[unit, column] = {
                "mean": mean,
                "min": x.min(),
                "max": x.max(),
                "std": np.sqrt((w * (x - mean) ** 2).sum() / w.sum()),
            }[how]
    return pooled


@pytest.mark.parametrize("how", POOLINGS[:4])
@given(values=VALUES, weights=WEIGHTS)
def test_pooling_equals_a_plain_loop(how, values, weights):
    found = pool(values, sparse.csr_array(weights), how)
    np.testing.assert_allclose(found, slowly(values, weights, how), rtol=1e-5, atol=1e-4)


def test_statistics_are_the_four_side_by_side_at_any_width():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 2 * _COLUMNS + 3)).astype(np.float32)
    membership = sparse.csr_array(rng.random((7, 50)) < 0.2).astype(float)
    expected = np.concatenate([pool(values, membership, how) for how in POOLINGS[:4]], axis=1)
    np.testing.assert_array_equal(pool(values, membership, "statistics"), expected)


def test_a_small_spread_beside_a_large_mean_is_kept():
    values = np.array([[1e6], [1e6 + 1]], dtype=np.float32)
    assert pool(values, sparse.csr_array(np.ones((1, 2))), "std").item() == pytest.approx(0.5)


def test_an_unknown_pooling_is_refused():
    with pytest.raises(InputError, match="did you mean 'mean'"):
        pool(np.ones((1, 1)), sparse.csr_array(np.ones((1, 1))), "maen")
