import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from placeprint.errors import InputError
from placeprint.evaluation.probes import LogisticProbe, RidgeProbe, logistic, make_probe, probe_name
from placeprint.evaluation.probes.inner import inner_folds
from placeprint.evaluation.probes.logistic import PENALTIES


def make(n=400, d=6, shares=(0.6, 0.3, 0.1), seed=0):
    rng = np.random.default_rng(seed)
    classes = rng.choice(len(shares), size=n, p=shares)
    centres = rng.normal(0, 1.2, size=(len(shares), d))
    return centres[classes] + rng.normal(size=(n, d)), np.eye(len(shares))[classes]


@pytest.mark.parametrize("penalty", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("shares", [(0.7, 0.3), (0.6, 0.3, 0.1)])
def test_it_is_what_scikit_learn_fits(penalty, shares):
    X, Y = make(shares=shares)
    X = 100 + 7 * X
    probe = LogisticProbe([penalty]).fit(X[:300], Y[:300])
    Z = (X - X[:300].mean(axis=0)) / X[:300].std(axis=0)
    # Of two classes scikit-learn has one column of weights, with half the penalty on either.
    penalty_there = penalty / 2 if len(shares) == 2 else penalty
    reference = LogisticRegression(C=1 / penalty_there, max_iter=1000, tol=1e-8)
    reference.fit(Z[:300], Y[:300].argmax(axis=1))
    assert np.allclose(probe.predict(X[300:]), reference.predict_proba(Z[300:]), atol=5e-3)


@pytest.mark.parametrize("seed", range(3))
def test_the_penalty_is_the_best_on_held_out_rows(seed):
    X, Y = make(n=150, d=30, seed=seed)
    X[:, 4:] = np.random.default_rng(2).normal(size=(150, 26))
    Z, truth, folds = (X - X.mean(axis=0)) / X.std(axis=0), Y.argmax(axis=1), inner_folds(150, None)
    scores = []
    for penalty in PENALTIES:
        predicted = np.empty(150)
        for fold in range(5):
            train, test = folds != fold, folds == fold
            reference = LogisticRegression(C=1 / penalty, max_iter=2000, tol=1e-8)
            predicted[test] = reference.fit(Z[train], truth[train]).predict(Z[test])
        scores.append(f1_score(truth, predicted, average="macro"))
    chosen = PENALTIES.index(LogisticProbe().fit(X, Y).penalty_)
    # A row that two classes are about equally likely for may fall to either.
    assert scores[chosen] > max(scores) - 0.02


@pytest.mark.parametrize("groups", [None, np.repeat(np.arange(40), 10)])
def test_whole_groups_are_held_out_while_it_is_tuned(groups, monkeypatch):
    held_out = []

    def fitted(rows, known, penalty, start):
        held_out.append(sorted(set(range(400)) - set(rows[:, 0].round().astype(int))))
        return start

    monkeypatch.setattr(logistic, "_fitted", fitted)
    probe = LogisticProbe([10.0, 1.0])
    monkeypatch.setattr(logistic, "spread", lambda variance, *_: np.ones_like(variance))
    monkeypatch.setattr(logistic, "column_means", lambda X: np.zeros(X.shape[1]))
    probe.fit(np.arange(400.0)[:, None], np.eye(2)[np.arange(400) % 2], groups)
    *folds, last = held_out[::2]
    assert last == []
    assert sorted(row for fold in folds for row in fold) == list(range(400))
    whole = all(len(fold) == 10 * len(set(np.array(fold) // 10)) for fold in folds)
    assert whole == (groups is not None)


def test_no_more_folds_are_fitted_than_it_takes(monkeypatch):
    fits = []
    monkeypatch.setattr(logistic, "_fitted", lambda *given: fits.append(1) or given[-1])
    X, Y = make(n=5000)
    LogisticProbe([10.0, 1.0]).fit(X, Y)
    assert len(fits) == 3
    LogisticProbe([10.0, 1.0]).fit(X[:2000], Y[:2000])
    assert len(fits) == 3 + 5


def test_missing_values_are_the_mean():
    X, Y = make()
    holes = X.copy()
    holes[::7, 2] = np.nan
    filled = np.where(np.isnan(holes), np.nanmean(holes, axis=0), holes)
    of_holes, of_filled = (LogisticProbe([1.0]).fit(each, Y).predict(X) for each in (holes, filled))
    assert np.allclose(of_holes, of_filled, atol=1e-3)


def test_a_class_that_no_row_has_is_never_predicted():
    X, Y = make()
    Y = np.insert(Y, 1, 0.0, axis=1)
    predicted = LogisticProbe().fit(X, Y).predict(X)
    assert predicted.shape == (400, 4)
    assert (predicted[:, 1] == 0).all()
    assert np.allclose(predicted.sum(axis=1), 1)


def test_rare_classes_are_found_where_a_ridge_overlooks_them():
    X, Y = make(n=2000, d=4, shares=(0.9, 0.05, 0.03, 0.02), seed=5)
    X[:, 0] += 3 * Y[:, 1:].sum(axis=1)
    truth = Y[1000:].argmax(axis=1)
    found = {
        type(probe).__name__: f1_score(
            truth, probe.fit(X[:1000], Y[:1000]).predict(X[1000:]).argmax(axis=1), average="macro"
        )
        for probe in (LogisticProbe(), RidgeProbe())
    }
    assert found["LogisticProbe"] > found["RidgeProbe"] + 0.1


def test_same_rows_same_weights():
    X, Y = make()
    one, two = (LogisticProbe().fit(X, Y).weights_ for _ in range(2))
    assert np.array_equal(one, two)


def test_it_is_the_linear_probe_of_classes():
    assert probe_name("linear", "grid", "classification") == "logistic"
    assert probe_name("linear", "grid") == "ridge"
    assert isinstance(make_probe("logistic", "grid", "classification"), LogisticProbe)
    with pytest.raises(InputError, match="ask for 'linear'"):
        probe_name("logistic", "grid", "regression")
    with pytest.raises(InputError, match="above 0"):
        LogisticProbe([0.0]).fit(np.ones((2, 1)), np.eye(2))
