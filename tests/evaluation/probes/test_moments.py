import numpy as np
import pytest

from placeprint.evaluation.probes import columns
from placeprint.evaluation.probes.moments import gather, pool


def rows_of(n, d, missing, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 100 * rng.normal(size=d)
    X[rng.random(X.shape) < missing] = np.nan
    return X, rng.normal(size=(n, 2)) + 5


def obvious(X, Y, centre, mean):
    W = np.where(np.isnan(X), 0, X - centre)
    return W.T @ W, W.T @ (Y - mean), np.square(Y - mean).sum(axis=0)


@pytest.mark.parametrize("missing", [0.0, 0.2, 1.0])
def test_moving_the_centre_equals_sums_about_it(missing, monkeypatch):
    monkeypatch.setattr(columns, "_CHUNK", 7)
    X, Y = rows_of(40, 5, missing)
    centre, mean = np.arange(5.0), np.array([1.0, -1.0])
    for found, expected in zip(gather(X, Y).about(centre, mean), obvious(X, Y, centre, mean)):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.9])
def test_parts_together_are_the_whole(missing):
    X, Y = rows_of(60, 4, missing)
    X[20:40, 1] = np.nan
    whole = gather(X, Y)
    parts = pool([gather(X[i : i + 20], Y[i : i + 20]) for i in (0, 20, 40)])
    for name in ("n", "known", "centre", "mean", "gram", "cross", "squares"):
        np.testing.assert_allclose(
            getattr(parts, name), getattr(whole, name), rtol=1e-11, atol=1e-9
        )


def test_a_column_that_is_constant_in_a_union_of_parts_has_no_spread_there():
    """Differences of sums would leave rounding in place of zero."""
    X, Y = rows_of(60, 3, 0.0)
    X[:40, 0], X[40:, 0] = 0.1, np.linspace(0, 1e6, 20)
    training = pool([gather(X[:20], Y[:20]), gather(X[20:40], Y[20:40])])
    assert training.gram[0, 0] < 1e-28
