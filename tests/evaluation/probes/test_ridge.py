import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.errors import InputError
from placeprint.evaluation.probes import RidgeProbe, make_probe, spectrum
from placeprint.evaluation.probes.ridge import ALPHAS

SHAPES = [(60, 4), (40, 39), (40, 40), (40, 41), (30, 200)]


def problem(n, d, t=3, missing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + 20, d)) * rng.uniform(0.1, 10, d) + rng.normal(size=d)
    signal = X @ rng.normal(size=(d, t))
    noise = np.array([0.1, 1, 10])[:t] * signal.std(axis=0) * rng.normal(size=(n + 20, t))
    X[rng.random(X.shape) < missing] = np.nan
    return X[:n], (signal + noise)[:n], X[n:]


def pipeline(ridge):
    return make_pipeline(SimpleImputer(), StandardScaler(), ridge)


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_leave_one_out_equals_ridgecv(n, d, missing):
    X, Y, X_test = problem(n, d, missing=missing)
    probe = RidgeProbe().fit(X, Y)
    for target in range(Y.shape[1]):
        reference = pipeline(RidgeCV(ALPHAS)).fit(X, Y[:, target])
        assert probe.alpha_[target] == reference[-1].alpha_
        np.testing.assert_allclose(
            probe.predict(X_test)[:, target], reference.predict(X_test), rtol=1e-6
        )


@pytest.mark.parametrize(("n", "d"), [(60, 4), (30, 100)])
@pytest.mark.parametrize("grouped", [False, True])
def test_inner_folds_equal_a_plain_search(n, d, grouped):
    X, Y, X_test = problem(n, d)
    groups = np.repeat(np.arange(6), n // 6) if grouped else None
    folds = GroupKFold(5) if grouped else KFold(5, shuffle=True, random_state=0)
    alphas = [0.1, 10.0, 1000.0]
    probe = RidgeProbe(alphas, tuning="folds").fit(X, Y, groups)
    for target in range(Y.shape[1]):
        y = Y[:, target]
        errors = [
            sum(
                np.square(y[b] - pipeline(Ridge(alpha)).fit(X[a], y[a]).predict(X[b])).sum()
                for a, b in folds.split(X, groups=groups)
            )
            for alpha in alphas
        ]
        best = alphas[int(np.argmin(errors))]
        assert probe.alpha_[target] == best
        np.testing.assert_allclose(
            probe.predict(X_test)[:, target],
            pipeline(Ridge(best)).fit(X, y).predict(X_test),
            rtol=1e-6,
        )


@pytest.mark.parametrize("tuning", ["loo", "folds"])
def test_many_targets_at_once_equal_one_at_a_time(tuning):
    X, Y, X_test = problem(50, 12)
    together = RidgeProbe(tuning=tuning).fit(X, Y).predict(X_test)
    for target in range(Y.shape[1]):
        alone = RidgeProbe(tuning=tuning).fit(X, Y[:, [target]]).predict(X_test)
        np.testing.assert_allclose(together[:, [target]], alone, rtol=1e-9)


def test_rows_in_chunks_equal_rows_at_once(monkeypatch):
    X, Y, X_test = problem(50, 6, missing=0.1)
    whole = RidgeProbe().fit(X, Y).predict(X_test)
    monkeypatch.setattr(spectrum, "_CHUNK", 7)
    np.testing.assert_allclose(RidgeProbe().fit(X, Y).predict(X_test), whole, rtol=1e-9)


def test_the_published_ridge_has_penalty_one():
    X, Y, X_test = problem(40, 8)
    probe = make_probe("ridge_published", "city").fit(X, Y)
    reference = make_pipeline(StandardScaler(), Ridge(1.0)).fit(X, Y)
    np.testing.assert_allclose(probe.predict(X_test), reference.predict(X_test), rtol=1e-9)


def test_constant_and_empty_columns_say_nothing():
    X, Y, X_test = problem(40, 3)
    dull = np.column_stack([np.full(60, 0.1, dtype=np.float32), np.full(60, np.nan)])
    wider, wider_test = np.hstack([X, dull[:40]]), np.hstack([X_test, dull[40:]])
    np.testing.assert_allclose(
        RidgeProbe().fit(wider, Y).predict(wider_test),
        RidgeProbe().fit(X, Y).predict(X_test),
        rtol=1e-9,
    )


def test_a_constant_target_is_predicted():
    X, _, X_test = problem(40, 3)
    predicted = RidgeProbe().fit(X, np.full((40, 1), 3.0)).predict(X_test)
    np.testing.assert_allclose(predicted, 3.0)


def test_two_rows_are_enough():
    assert np.isfinite(RidgeProbe().fit(np.eye(2), np.eye(2)).predict(np.eye(2))).all()


def test_a_penalty_of_zero_is_refused():
    with pytest.raises(InputError, match="above 0"):
        RidgeProbe(alphas=[0.0, 1.0]).fit(np.eye(3), np.eye(3))
