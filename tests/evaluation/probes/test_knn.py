import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, GroupKFold, LeaveOneOut
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from placeprint.errors import InputError
from placeprint.evaluation.probes import KNNProbe, neighbours

KS = [1, 2, 5, 20]


def problem(n=50, d=4, missing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + 15, d)) * rng.uniform(0.1, 10, d)
    Y = np.column_stack([np.sin(X[:, 0]), X[:, 1], rng.normal(size=n + 15)])
    X[rng.random(X.shape) < missing] = np.nan
    return X[:n], Y[:n] + 0.1 * rng.normal(size=(n, 3)), X[n:]


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_it_equals_a_plain_search_for_k(missing, grouped, metric):
    X, Y, X_test = problem(missing=missing)
    groups = np.arange(50) // 5 if grouped else None
    folds = GroupKFold(5) if grouped else LeaveOneOut()
    steps = [SimpleImputer(), StandardScaler(), *([Normalizer()] if metric == "cosine" else [])]
    scaling = make_pipeline(*steps).fit(X)
    probe = KNNProbe(KS, metric).fit(X, Y, groups)
    for target in range(3):
        reference = GridSearchCV(
            KNeighborsRegressor(algorithm="brute"),
            {"n_neighbors": KS},
            scoring="neg_mean_squared_error",
            cv=folds,
        ).fit(scaling.transform(X), Y[:, target], groups=groups)
        assert probe.k_[target] == reference.best_params_["n_neighbors"]
        np.testing.assert_allclose(
            probe.predict(X_test)[:, target],
            reference.predict(scaling.transform(X_test)),
            rtol=1e-9,
        )
    assert len(set(probe.k_)) > 1


def test_columns_of_classes_are_voted_on():
    X, Y, X_test = problem()
    labels = np.digitize(Y[:, 1], [-3, 3])
    votes = KNNProbe([5]).fit(X, np.eye(3)[labels]).predict(X_test)
    scaling = StandardScaler().fit(X)
    reference = KNeighborsClassifier(5, algorithm="brute").fit(scaling.transform(X), labels)
    np.testing.assert_allclose(votes, reference.predict_proba(scaling.transform(X_test)))


@pytest.mark.parametrize("groups", [None, np.arange(50) // 5])
def test_rows_in_chunks_and_one_target_at_a_time_equal_all_at_once(monkeypatch, groups):
    X, Y, X_test = problem()
    whole = KNNProbe(KS).fit(X, Y, groups).predict(X_test)
    monkeypatch.setattr(neighbours, "_CHUNK", 7)
    np.testing.assert_allclose(KNNProbe(KS).fit(X, Y, groups).predict(X_test), whole)
    for target in range(3):
        alone = KNNProbe(KS).fit(X, Y[:, [target]], groups).predict(X_test)
        np.testing.assert_allclose(alone[:, 0], whole[:, target])


def test_a_row_is_never_its_own_neighbour():
    """Noise has no near and far: the more neighbours the better, if none is the row itself."""
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(150, 3)), rng.normal(size=(150, 1))
    assert KNNProbe().fit(X, Y).k_ >= 50
    doubled = KNNProbe().fit(np.repeat(X[:, :1], 2, axis=0), np.repeat(Y, 2, axis=0))
    assert doubled.k_ == 1
    held_out = KNNProbe().fit(
        np.repeat(X[:, :1], 2, axis=0), np.repeat(Y, 2, axis=0), np.repeat(np.arange(150), 2)
    )
    assert held_out.k_ >= 50


def test_many_rows_in_one_spot_are_neighbours():
    X, Y = np.zeros((30, 2)), np.arange(30.0)[:, None]
    probe = KNNProbe([1, 29]).fit(X, Y)
    assert probe.k_ == 29
    assert np.isfinite(probe.predict(X)).all()


def test_more_neighbours_than_rows_are_all_rows():
    X, Y = np.array([[0.0], [1.0]]), np.array([[1.0], [3.0]])
    np.testing.assert_allclose(KNNProbe([9]).fit(X, Y).predict(X), 2.0)
    assert KNNProbe([5, 9]).fit(X, Y).k_ == 5


@pytest.mark.parametrize("ks", [[], [0, 1], [1.5]])
def test_no_neighbours_are_refused(ks):
    with pytest.raises(InputError, match="whole numbers of 1 or more"):
        KNNProbe(ks).fit(np.eye(3), np.eye(3))


def test_a_misspelt_metric_is_refused():
    with pytest.raises(InputError, match="did you mean 'cosine'"):
        KNNProbe(metric="cosin").fit(np.eye(3), np.eye(3))
