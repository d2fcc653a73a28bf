import math

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, LeaveOneOut

from placeprint.errors import InputError
from placeprint.evaluation.probes import SpatialPrior, neighbours
from placeprint.mobility.distance import haversine_km

KS, POWERS = (1, 3, 8), (0.0, 1.0, 2.5)


def weighted_mean(X, Y, row, k, power):
    """One prediction, by the formula, from all distances."""
    distance = haversine_km(X[:, 0], X[:, 1], *(np.full(len(X), each) for each in row))
    nearest = sorted(range(len(X)), key=lambda i: distance[i])[:k]
    exact = [i for i in nearest if distance[i] < 1e-6]
    if exact and power > 0:
        return np.mean([Y[i] for i in exact], axis=0)
    weights = [1 / distance[i] ** power if power else 1.0 for i in nearest]
    return sum(w * Y[i] for w, i in zip(weights, nearest)) / math.fsum(weights)


def predict(X, Y, rows, k, power):
    return np.array([weighted_mean(X, Y, row, k, power) for row in rows])


@pytest.fixture(params=["country", "antimeridian", "pole"])
def problem(request):
    rng = np.random.default_rng(0)
    west, south, east, north = {
        "country": (5, 45, 15, 55),
        "antimeridian": (175, -20, 185, -10),
        "pole": (-180, 80, 180, 90),
    }[request.param]
    X = rng.uniform([west, south], [east, north], (60, 2))
    field = np.sin(40 * np.radians(X[:, 1])) + np.cos(np.radians(X[:, 0]))
    X[:, 0] = (X[:, 0] + 180) % 360 - 180
    Y = np.column_stack([field, field + rng.normal(size=60), rng.normal(size=60)])
    return X[:45], Y[:45], X[45:]


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("k", [1, 4, 45, 99])
def test_it_equals_the_formula(problem, k, power):
    X, Y, X_test = problem
    found = SpatialPrior([k], [power]).fit(X, Y).predict(X_test)
    np.testing.assert_allclose(found, predict(X, Y, X_test, k, power), rtol=1e-8)


@pytest.mark.parametrize("grouped", [False, True])
def test_it_chooses_what_a_plain_search_chooses(problem, grouped):
    X, Y, X_test = problem
    groups = np.arange(45) // 5 if grouped else None
    splitter = GroupKFold(5) if grouped else LeaveOneOut()
    errors = {
        (power, k): sum(
            np.square(Y[b] - predict(X[a], Y[a], X[b], k, power)).sum(axis=0)
            for a, b in splitter.split(X, groups=groups)
        )
        for power in POWERS
        for k in KS
    }
    prior = SpatialPrior(KS, POWERS).fit(X, Y, groups)
    for target in range(3):
        best = min(errors, key=lambda setting: errors[setting][target])
        assert (prior.power_[target], prior.k_[target]) == best
        expected = predict(X, Y[:, target], X_test, best[1], best[0])
        np.testing.assert_allclose(prior.predict(X_test)[:, target], expected, rtol=1e-8)


def test_labels_at_the_very_place_stand_alone():
    X = np.array([[5.0, 50.0], [5.0, 50.0], [5.1, 50.0], [9.0, 50.0]])
    Y = np.array([[1.0], [3.0], [100.0], [200.0]])
    there = X[:1]
    for power in (1.0, 3.0):
        assert SpatialPrior([4], [power]).fit(X, Y).predict(there) == 2.0
    assert SpatialPrior([4], [0.0]).fit(X, Y).predict(there) == 76.0


def test_without_a_position_the_mean_label_is_predicted():
    X = np.array([[5.0, 50.0], [6.0, 50.0], [np.nan, np.nan], [5.5, np.nan]])
    Y = np.array([[1.0], [3.0], [8.0], [8.0]])
    prior = SpatialPrior([1], [1.0]).fit(X, Y)
    np.testing.assert_allclose(prior.predict(X), [[1.0], [3.0], [5.0], [5.0]])
    nowhere = SpatialPrior().fit(np.full((4, 2), np.nan), Y, np.arange(4))
    np.testing.assert_allclose(nowhere.predict(X), 5.0)
    alone = SpatialPrior().fit(X[1:], Y[1:])
    np.testing.assert_allclose(alone.predict(X[:1]), 3.0)


@pytest.mark.parametrize("groups", [None, np.arange(45) // 5])
def test_rows_in_chunks_and_one_target_at_a_time_equal_all_at_once(problem, monkeypatch, groups):
    X, Y, X_test = problem
    whole = SpatialPrior().fit(X, Y, groups).predict(X_test)
    monkeypatch.setattr(neighbours, "_CHUNK", 7)
    np.testing.assert_allclose(SpatialPrior().fit(X, Y, groups).predict(X_test), whole)
    for target in range(3):
        alone = SpatialPrior().fit(X, Y[:, [target]], groups).predict(X_test)
        np.testing.assert_allclose(alone[:, 0], whole[:, target])


def test_groups_tune_for_places_that_were_not_trained_on():
    """Within a group labels agree, beyond it they do not: then more neighbours are better."""
    rng = np.random.default_rng(0)
    groups = np.arange(400) // 10
    X = rng.uniform(0, 40, (40, 2))[groups] + rng.normal(0, 0.1, (400, 2))
    Y = rng.normal(size=(40, 1))[groups] + 0.1 * rng.normal(size=(400, 1))
    assert SpatialPrior(powers=[0.0]).fit(X, Y).k_ <= 10
    assert SpatialPrior(powers=[0.0]).fit(X, Y, groups).k_ == 50


def test_what_cannot_be_used_is_refused():
    X, Y = np.zeros((3, 2)), np.zeros((3, 1))
    with pytest.raises(InputError, match="whole numbers of 1 or more"):
        SpatialPrior([0]).fit(X, Y)
    for powers in ([], [-1.0], [np.nan]):
        with pytest.raises(InputError, match="expected 0 or more"):
            SpatialPrior(powers=powers).fit(X, Y)
    with pytest.raises(InputError, match=r"shape \(3, 5\)"):
        SpatialPrior().fit(np.zeros((3, 5)), Y)
