import numpy as np
import pytest
from scipy.linalg import lstsq
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.errors import InputError
from placeprint.evaluation.probes import RidgeProbe, columns
from placeprint.evaluation.probes.inner import inner_folds
from placeprint.evaluation.probes.moments import gather
from placeprint.evaluation.probes.penalties import pooled_errors, refitted_errors
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


@pytest.mark.parametrize(("n", "d"), [(60, 4), (60, 50), (30, 100)])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_inner_folds_equal_a_plain_search(n, d, grouped, missing):
    X, Y, X_test = problem(n, d, missing=missing)
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


@pytest.mark.parametrize("d", [6, 70])
@pytest.mark.parametrize("tuning", ["loo", "folds"])
@pytest.mark.parametrize("standardise", [True, False])
def test_rows_in_chunks_equal_rows_at_once(monkeypatch, d, tuning, standardise):
    X, Y, X_test = problem(50, d, missing=0.1)
    probe = RidgeProbe(tuning=tuning, standardise=standardise)
    whole = probe.fit(X, Y).predict(X_test)
    monkeypatch.setattr(columns, "_CHUNK", 7)
    np.testing.assert_allclose(probe.fit(X, Y).predict(X_test), whole, rtol=1e-8)


@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_unscaled_with_penalty_one_it_is_the_ridge_of_scikit_learn(n, d):
    X, Y, X_test = problem(n, d)
    probe = RidgeProbe(alphas=(1.0,), standardise=False).fit(X, Y)
    reference = Ridge(alpha=1.0).fit(X, Y)
    np.testing.assert_allclose(probe.predict(X_test), reference.predict(X_test), rtol=1e-8)


@pytest.mark.parametrize("n", [80, 20])
def test_unscaled_columns_may_differ_by_many_orders_of_magnitude(n):
    """Head counts beside shares; the reference is least squares of rows and √α I stacked."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 30)) * np.logspace(-3, 7, 30)
    Y = (X / np.logspace(-3, 7, 30)) @ rng.normal(size=(30, 2)) + rng.normal(size=(n, 2))
    rows = np.vstack([X - X.mean(axis=0), np.eye(30)])
    targets = np.vstack([Y - Y.mean(axis=0), np.zeros((30, 2))])
    weights = lstsq(rows, targets, lapack_driver="gelsy")[0]
    expected = (X - X.mean(axis=0)) @ weights + Y.mean(axis=0)
    probe = RidgeProbe(alphas=(1.0,), standardise=False).fit(X, Y)
    np.testing.assert_allclose(probe.predict(X), expected, atol=1e-7)


def test_unscaled_penalties_are_tuned_too():
    X, Y, _ = problem(60, 4)
    groups = np.repeat(np.arange(10), 6)
    folds = GroupKFold(5)
    alphas = [0.1, 10.0, 1000.0]
    probe = RidgeProbe(alphas, standardise=False).fit(X, Y, groups)
    for target in range(3):
        search = GridSearchCV(
            Ridge(), {"alpha": alphas}, scoring="neg_mean_squared_error", cv=folds
        ).fit(X, Y[:, target], groups=groups)
        assert probe.alpha_[target] == search.best_params_["alpha"]


def awkward(missing):
    """Far from the origin, nearly collinear, in one group only, constant, dummy columns."""
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(12), 15)
    X = rng.normal(size=(180, 9)) * np.logspace(-3, 3, 9) + 1e4
    X[rng.random(X.shape) < missing] = np.nan
    one_group = np.where(groups == 4, rng.normal(size=180), 0.1)
    most_in_one = np.where(groups == 7, 1e6, 1.0) * rng.normal(size=180)
    twin = X[:, 4] * (1 + 1e-9 * rng.normal(size=180))
    only_known_in_one = np.where(groups == 2, rng.normal(size=180), np.nan)
    more = [one_group, most_in_one, twin, np.full(180, 0.3), groups == 3]
    X = np.column_stack([X, *more, *([only_known_in_one] if missing else [])])
    Y = np.column_stack([np.nan_to_num(X[:, :9] - 1e4) @ rng.normal(size=9), one_group + 1e3])
    return X, Y + rng.normal(size=Y.shape) * [1, 0.1], groups


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("grouped", [True, False])
def test_folds_from_sums_equal_folds_refitted(missing, grouped):
    X, Y, groups = awkward(missing)
    folds = inner_folds(len(X), groups if grouped else None)
    alphas = np.array(ALPHAS)
    parts = [gather(X[folds == fold], Y[folds == fold]) for fold in range(5)]
    np.testing.assert_allclose(
        pooled_errors(parts, alphas),
        refitted_errors(X, Y, folds, alphas),
        rtol=1e-8,
    )


def test_groups_tune_for_places_that_were_not_trained_on():
    """Rows of a group share a feature that means nothing elsewhere."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 10)
    X = np.column_stack([rng.normal(size=300), rng.normal(size=(30, 20))[groups]])
    Y = X[:, :1] + rng.normal(size=(30, 1))[groups]
    auto = RidgeProbe().fit(X, Y, groups)
    assert auto.alpha_ == RidgeProbe(tuning="folds").fit(X, Y, groups).alpha_
    assert auto.alpha_ > RidgeProbe(tuning="loo").fit(X, Y, groups).alpha_
    alone = RidgeProbe().fit(X, Y, np.zeros(300))
    assert alone.alpha_ == RidgeProbe(tuning="loo").fit(X, Y).alpha_


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


def test_a_misspelt_tuning_is_refused():
    with pytest.raises(InputError, match="did you mean 'folds'"):
        RidgeProbe(tuning="fold").fit(np.eye(3), np.eye(3))
