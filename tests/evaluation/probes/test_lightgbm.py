import numpy as np
import pytest
from lightgbm import LGBMRegressor

from placeprint.evaluation.probes import LightGBMProbe


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(250, 3)).astype(np.float32)
    Y = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1] * X[:, 2]]) + 0.1 * rng.normal(size=(250, 2))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X[:200], Y[:200], X[200:]


@pytest.mark.parametrize(("scale", "leaves", "child"), [("grid", 63, 30), ("county", 31, 50)])
def test_it_equals_the_published_regressor(problem, scale, leaves, child):
    X, Y, X_test = problem
    predicted = LightGBMProbe(scale).fit(X, Y).predict(X_test)
    for target in range(Y.shape[1]):
        reference = LGBMRegressor(
            learning_rate=0.05,
            max_depth=7,
            n_estimators=1000,
            num_leaves=leaves,
            min_child_samples=child,
            n_jobs=1,
            verbosity=-1,
        ).fit(X, Y[:, target])
        np.testing.assert_allclose(
            predicted[:, target], np.asarray(reference.predict(X_test)), rtol=1e-6, atol=1e-9
        )


def test_it_gives_the_same_result_again(problem):
    X, Y, X_test = problem
    first, second = (LightGBMProbe("grid").fit(X, Y[:, :1]).predict(X_test) for _ in range(2))
    assert first.tobytes() == second.tobytes()
