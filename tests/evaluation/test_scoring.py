from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import f1_score, r2_score
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.errors import InputError
from placeprint.evaluation import BlockSplits, Places, RandomSplits, Task, score
from placeprint.evaluation.ledger import Ledger
from placeprint.evaluation.probes import RidgeProbe
from placeprint.evaluation.probes.ridge import ALPHAS
from placeprint.evaluation.scoring import COLUMNS, predict_fold


def r2_of(scores):
    return scores[scores["metric"] == "r2"].set_index(["task", "split", "model", "seed"])["value"]


def inner_blocks(train, blocks):
    return list(GroupKFold(5).split(train, groups=blocks[train]))


def best_penalty(X, y, inner):
    """The penalty with the least squared error over left-out rows, or left-out whole blocks."""
    folds = LeaveOneOut().split(X) if inner is None else inner
    errors = np.zeros(len(ALPHAS))
    for train, test in folds:
        for i, alpha in enumerate(ALPHAS):
            scaler = StandardScaler().fit(X if inner is None else X[train])
            ridge = Ridge(alpha).fit(scaler.transform(X[train]), y[train])
            errors[i] += np.square(y[test] - ridge.predict(scaler.transform(X[test]))).sum()
    return ALPHAS[errors.argmin()]


def test_scores_equal_a_plain_loop(places, vectors, make_task):
    rng = np.random.default_rng(2)
    y = vectors.to_numpy() @ rng.normal(size=5) + rng.normal(size=77)
    scores = score({"m": vectors}, [make_task("t", y)], places, probes=["ridge"], seeds=2)
    found = r2_of(scores)
    for split, splitter in [("random", RandomSplits(2)), ("block", BlockSplits(2))]:
        for seed, (train, test) in enumerate(splitter.split(y, groups=places.blocks)):
            inner = inner_blocks(train, places.blocks) if split == "block" else None
            alpha = best_penalty(vectors.to_numpy()[train], y[train], inner)
            ridge = make_pipeline(StandardScaler(), Ridge(alpha))
            predicted = ridge.fit(vectors.iloc[train], y[train]).predict(vectors.iloc[test])
            assert found["t", split, "m", seed] == pytest.approx(r2_score(y[test], predicted))


def test_the_table_is_tidy(places, vectors, make_task):
    tasks = [make_task("b", range(77)), make_task("a", range(77))]
    scores = score({"m": vectors, "k": vectors}, tasks, places, probes=["ridge"], seeds=2)
    assert tuple(scores.columns) == COLUMNS
    assert len(scores) == 2 * 2 * 2 * 2 * 3
    keys = scores[list(COLUMNS[:6])]
    assert not keys.duplicated().any()
    pd.testing.assert_frame_equal(keys, keys.sort_values(list(keys.columns), ignore_index=True))
    assert (scores["coverage"] == 1).all()


def test_a_task_scores_the_same_beside_others(places, vectors, make_task):
    rng = np.random.default_rng(3)
    partial = np.where(np.arange(77) % 5, rng.normal(size=77), np.nan)
    tasks = [make_task("a", rng.normal(size=77)), make_task("b", partial),
             make_task("c", rng.normal(size=77))]  # fmt: skip
    together = r2_of(score({"m": vectors}, tasks, places, probes=["ridge"], seeds=2))
    for task in tasks:
        alone = r2_of(score({"m": vectors}, [task], places, probes=["ridge"], seeds=2))
        pd.testing.assert_series_equal(together[alone.index], alone, rtol=1e-9)


@pytest.mark.parametrize("probe", ["ridge", "lightgbm"])
def test_the_number_of_workers_changes_nothing(places, vectors, make_task, probe):
    task = make_task("t", np.random.default_rng(4).normal(size=77))
    one, three = (
        score({"m": vectors}, [task], places, probes=[probe], seeds=2, workers=workers)
        for workers in (1, 3)
    )
    pd.testing.assert_frame_equal(one, three, check_exact=True)


@pytest.mark.parametrize(
    ("probe", "splits"),
    [
        ("ridge", ["random", "block", "region", "folds"]),
        ("knn", ["random", "block", "region", "folds"]),
        ("lightgbm", ["random", "block"]),
    ],
)
def test_shuffled_labels_score_about_nothing(probe, splits):
    rng = np.random.default_rng(5)
    ids = pd.Index([f"{i:03d}" for i in range(300)], name="region_id")
    X = pd.DataFrame(rng.normal(size=(300, 5)).astype(np.float32), index=ids)
    lonlat = pd.DataFrame(rng.uniform([5, 45], [9, 49], (300, 2)), ids, ["lon", "lat"])
    places = replace(
        Places.from_centroids(lonlat, {}),
        blocks=np.repeat([f"{i:02d}" for i in range(30)], 10).astype(object),
    )
    y = X.to_numpy().sum(axis=1)
    tables = {name: pd.DataFrame({"value": v}, index=ids)
              for name, v in [("true", y), ("shuffled", rng.permutation(y))]}  # fmt: skip
    tasks = [Task(name, "region", "grid", table) for name, table in tables.items()]
    settings = {"probes": [probe], "splits": splits, "seeds": 2, "prior": True}
    scores = r2_of(score({"m": X}, tasks, places, **settings)).groupby(["task", "split", "model"])
    means = scores.mean()
    for split in splits:
        assert means["true", split, "m"] > 0.6
        assert means["shuffled", split, "m"] < 0.05
        assert means["shuffled", split, "spatial_prior"] < 0.05
        # The published trees are not regularised, and fit the noise.
        least = {"ridge": -0.15, "knn": -0.3, "lightgbm": -1}[probe]
        assert means["shuffled", split, "m"] > least


def test_what_a_model_does_not_cover_counts_against_it(places, vectors, make_task):
    task = make_task("t", vectors.to_numpy().sum(axis=1))
    models = {"whole": vectors, "part": vectors.iloc[::2]}
    scores = score(models, [task], places, probes=["ridge"], splits=["random"], seeds=3)
    of_model = scores[scores["metric"] == "r2"].groupby("model")
    assert of_model["coverage"].first().to_dict() == {"part": 39 / 77, "whole": 1.0}
    assert of_model["n"].unique().map(list).to_dict() == {"part": [16], "whole": [16]}
    assert of_model["value"].min()["whole"] > 0.99
    assert of_model["value"].max()["part"] < 0.9


def test_a_row_without_a_vector_is_predicted_by_the_training_mean():
    rng = np.random.default_rng(6)
    X, Y = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    X[[1, 25]] = np.nan
    train, test = np.arange(20), np.arange(20, 30)
    predicted = predict_fold(RidgeProbe(), X, Y, train, test)
    np.testing.assert_array_equal(predicted[5], Y[train].mean(axis=0))
    known = np.delete(train, 1)
    expected = RidgeProbe().fit(X[known], Y[known]).predict(X[test])
    np.testing.assert_allclose(np.delete(predicted, 5, 0), np.delete(expected, 5, 0))
    nothing = predict_fold(RidgeProbe(), np.full_like(X, np.nan), Y, train, test)
    np.testing.assert_array_equal(nothing, np.tile(Y[train].mean(axis=0), (10, 1)))


def test_the_probe_learns_of_blocks_only_where_the_fold_holds_whole_ones_out():
    seen = []

    class Spy(RidgeProbe):
        def fit(self, X, Y, groups=None):
            seen.append(groups)
            return super().fit(X, Y)

    rng = np.random.default_rng(7)
    X, Y, groups = rng.normal(size=(20, 2)), rng.normal(size=(20, 1)), np.repeat([0, 1, 2, 3], 5)
    rows = np.arange(20)
    predict_fold(Spy(), X, Y, rows[5:], rows[:5], groups=groups)
    predict_fold(Spy(), X, Y, rows[4:], rows[:4], groups=groups)
    assert seen[0].tolist() == groups[5:].tolist()
    assert seen[1] is None


def test_a_constant_label_has_no_r2_but_an_error(places, vectors, make_task):
    scores = score({"m": vectors}, [make_task("t", np.ones(77))], places, seeds=1)
    assert scores.loc[scores["metric"] == "r2", "value"].isna().all()
    np.testing.assert_allclose(scores.loc[scores["metric"] == "rmse", "value"], 0, atol=1e-12)


def test_missing_values_are_imputed_and_tiny_tests_run(places, vectors, make_task):
    holes = vectors.mask(np.random.default_rng(8).random(vectors.shape) < 0.2)
    scores = score({"m": holes}, [make_task("t", vectors.sum(axis=1))], places, seeds=2)
    assert scores["value"].notna().all()
    assert set(scores["probe"]) == {"ridge", "lightgbm"}


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_any_cv_object_can_be_named(places, vectors, make_task):
    splits = {"five": ShuffleSplit(5, test_size=7), "states": GroupKFold(7)}
    task = make_task("t", vectors.sum(axis=1))
    scores = score({"m": vectors}, [task], places, probes=["ridge"], splits=splits)
    found = scores[scores["metric"] == "r2"].groupby("split")["n"].agg(["size", "sum"])
    assert found.to_numpy().tolist() == [[5, 35], [7, 77]]


def test_nothing_to_score_and_wrong_names_are_refused(places, vectors, make_task):
    task = make_task("t", range(77))
    with pytest.raises(InputError, match="no model"):
        score({}, [task], places)
    with pytest.raises(InputError, match="no task"):
        score({"m": vectors}, [], places)
    with pytest.raises(InputError, match="same name"):
        score({"m": vectors}, [task, task], places)
    with pytest.raises(InputError, match="no probe 'rigde'"):
        score({"m": vectors}, [task], places, probes=["rigde"])


def classes_task(places, vectors, noise=0.0):
    rng = np.random.default_rng(9)
    land = np.where(vectors[0] + noise * rng.normal(size=77) > 0, "wood", "town")
    land[vectors[1] > 1] = "sea"
    table = pd.DataFrame({"value": land}, index=places.region_ids)
    return Task("land", "region", "grid", table, kind="classification")


@pytest.mark.parametrize("probe", ["ridge", "knn", "lightgbm"])
def test_classes_are_told_apart(places, vectors, probe):
    task = classes_task(places, vectors)
    scores = score({"m": vectors}, [task], places, probes=[probe], seeds=2)
    assert set(scores["metric"]) == {"macro_f1", "accuracy", "f1[sea]", "f1[town]", "f1[wood]"}
    means = scores.groupby("metric")["value"].mean()
    assert means["accuracy"] > 0.6
    assert (scores["n"] > 5).all()


def test_class_scores_equal_scikit_learns(places, vectors):
    task = classes_task(places, vectors)
    scores = score({"m": vectors}, [task], places, probes=["ridge"], splits=["random"], seeds=1)
    train, test = next(RandomSplits(1).split(np.zeros((77, 2))))
    onehot = pd.get_dummies(task.known()["value"]).astype(float)
    predicted = RidgeProbe().fit(vectors.to_numpy()[train], onehot.to_numpy()[train])
    guessed = onehot.columns[predicted.predict(vectors.to_numpy()[test]).argmax(axis=1)]
    truth = task.known()["value"].iloc[test]
    expected = f1_score(truth, guessed, average="macro")
    found = scores.set_index("metric")["value"]["macro_f1"]
    assert found == pytest.approx(expected)


def test_folds_of_one_seed_are_scored_together(places, vectors, make_task):
    y = vectors.sum(axis=1).to_numpy() + np.random.default_rng(10).normal(size=77)
    task = make_task("t", y)
    scores = score({"m": vectors}, [task], places, probes=["ridge"], splits=["folds"], seeds=3)
    found = r2_of(scores)
    assert len(found) == 3
    assert set(scores["n"]) == {77}
    predicted = np.empty(77)
    for train, test in KFold(5, shuffle=True, random_state=1).split(y):
        fitted = RidgeProbe().fit(vectors.to_numpy()[train], y[train, None])
        predicted[test] = fitted.predict(vectors.to_numpy()[test])[:, 0]
    assert found["t", "folds", "m", 1] == pytest.approx(r2_score(y, predicted))


def test_each_state_is_held_out_once(places, vectors, make_task):
    task = make_task("t", vectors.sum(axis=1))
    scores = score({"m": vectors}, [task], places, probes=["ridge"], splits=["region"])
    assert scores["n"].tolist() == [77] * 3


def test_the_spatial_prior_reads_positions_alone(places, vectors, make_task):
    smooth = places.centroids["lon"] + places.centroids["lat"]
    task = make_task("t", smooth)
    scores = score({"m": vectors}, [task], places, probes=["ridge"], seeds=2, prior=True)
    means = scores[scores["metric"] == "r2"].groupby(["model", "probe", "split"])["value"].mean()
    assert means["spatial_prior", "idw", "random"] > 0.8
    assert means["m", "ridge", "random"] < 0.3


def test_only_covered_rows_on_request(places, vectors, make_task):
    task = make_task("t", vectors.sum(axis=1))
    part = {"part": vectors.iloc[::2]}
    settings = {"probes": ["ridge"], "splits": ["random"], "seeds": 2}
    missed = score(part, [task], places, **settings)
    answered = score(part, [task], places, covered_only=True, **settings)
    assert set(missed["n"]) == {16}
    assert answered["n"].max() < 16
    assert r2_of(answered).min() > 0.99 > r2_of(missed).max()


def test_what_a_ledger_holds_is_not_fitted_again(places, vectors, make_task, tmp_path, monkeypatch):
    tasks = [make_task("a", range(77)), make_task("b", vectors.sum(axis=1))]
    settings = {"probes": ["ridge"], "splits": ["random"], "prior": True}
    whole = score({"m": vectors}, tasks, places, seeds=3, **settings)
    score({"m": vectors}, tasks, places, seeds=2, ledger=Ledger(tmp_path), **settings)
    fitted = []
    monkeypatch.setattr(RidgeProbe, "fit", spied(RidgeProbe.fit, fitted))
    resumed = score({"m": vectors}, tasks, places, seeds=3, ledger=Ledger(tmp_path), **settings)
    assert len(fitted) == 1
    pd.testing.assert_frame_equal(resumed, whole)
    pd.testing.assert_frame_equal(Ledger(tmp_path).scores(), whole)
    assert Ledger(tmp_path).resamples().shape == (2 * 2 * 3, 200)


def spied(method, calls):
    def spy(self, *arguments):
        calls.append(arguments)
        return method(self, *arguments)

    return spy


def test_scores_survive_an_interruption(places, vectors, make_task, tmp_path, monkeypatch):
    calls = []

    def fail(self, *arguments):
        calls.append(arguments)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return fit(self, *arguments)

    fit = RidgeProbe.fit
    monkeypatch.setattr(RidgeProbe, "fit", fail)
    with pytest.raises(KeyboardInterrupt):
        score({"m": vectors}, [make_task("a", range(77))], places, probes=["ridge"], workers=1,
              ledger=Ledger(tmp_path))  # fmt: skip
    assert len(Ledger(tmp_path).scores()) == 3 * 3


def test_resamples_scatter_about_the_score(places, vectors, make_task):
    y = vectors.sum(axis=1) + 2 * np.random.default_rng(11).normal(size=77)
    ledger = Ledger()
    scores = score({"m": vectors}, [make_task("t", y)], places, probes=["ridge"], splits=["region"],
                   ledger=ledger)  # fmt: skip
    resamples = ledger.resamples().to_numpy().ravel()
    low, high = np.quantile(resamples, [0.025, 0.975])
    assert low < r2_of(scores).item() < high
    assert resamples.std() > 0.01
