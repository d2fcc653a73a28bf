import numpy as np
import pandas as pd
import pytest
from scipy import stats

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.intervals import corrected_t_test, holm
from placeprint.evaluation.statistics.paired import compare

TASKS = [f"t{i}" for i in range(8)]
FOLDS = list(COLUMNS[:5])


def make(models, tasks=TASKS, splits=("random",), probe="ridge", seeds=10, resamples=100):
    """Scores and resamples of models that share the ups and downs of folds and places.

    ``models`` gives for each model by how much it is better than the others.
    """
    rng = np.random.default_rng(0)
    shared = {
        (task, split, seed): (rng.normal(0.5, 0.1), rng.normal(0, 0.1, resamples))
        for task in tasks
        for split in splits
        for seed in range(seeds)
    }
    rows, draws = [], {}
    for model, better in models.items():
        for (task, split, seed), (value, places) in shared.items():
            own = value + better + rng.normal(0, 0.02)
            rows.append([task, split, probe, model, seed, "r2", own, 20, 1.0])
            draws[task, split, probe, model, seed] = own + places + rng.normal(0, 0.02, resamples)
    frame = pd.DataFrame.from_dict(draws, orient="index")
    frame.index = pd.MultiIndex.from_tuples(frame.index, names=FOLDS)
    return pd.DataFrame(rows, columns=list(COLUMNS)), frame


def test_a_planted_better_model_wins():
    scores, draws = make({"good": 0.1, "plain": 0.0})
    found = compare(scores, "good", "plain", draws)
    assert (found.tasks["p_holm"] < 0.05).all()
    assert (found.tasks["low"] > 0).all()
    overall = found.overall.iloc[0]
    assert overall[["wins", "ties", "losses", "tasks", "left_out"]].tolist() == [8, 0, 0, 8, 0]
    assert overall["p"] == pytest.approx(2 / 2**8)
    assert 0 < overall["low"] < overall["mean"] < overall["high"]
    assert overall["mean"] == pytest.approx(0.1, abs=0.01)


def test_twins_are_not_told_apart():
    scores, draws = make({"one": 0.0, "other": 0.0})
    found = compare(scores, "one", "other", draws)
    assert (found.tasks["p_holm"] > 0.1).all()
    assert found.overall["p"].iloc[0] > 0.05
    assert found.overall["low"].iloc[0] < 0 < found.overall["high"].iloc[0]


def test_the_paired_interval_is_narrower_than_that_of_either_model():
    scores, draws = make({"good": 0.05, "plain": 0.0})
    found = compare(scores, "good", "plain", draws).tasks
    alone = draws.xs("good", level="model").groupby(level="task").mean()
    width = alone.quantile([0.025, 0.975], axis=1).T.diff(axis=1)[0.975]
    assert ((found["high"] - found["low"]).to_numpy() < width.to_numpy() / 2).all()


def test_every_figure_agrees_with_a_plain_computation():
    scores, draws = make({"a": 0.01, "b": 0.0}, splits=("random", "block"), seeds=4)
    ordered = draws.sort_index()
    shuffled = scores.sample(frac=1, random_state=0)
    found = compare(shuffled, "a", "b", draws.sample(frac=1, random_state=1), test_size=0.25)
    assert found.tasks["split"].unique().tolist() == ["block", "random"]

    def values(frame, task, model):
        chosen = frame.query("task == @task and split == 'block' and model == @model")
        return chosen.sort_values("seed")["value"].to_numpy()

    p_values, means, resampled = [], [], []
    table = found.tasks[found.tasks["split"] == "block"].set_index("task")
    for task in TASKS:
        d = values(scores, task, "a") - values(scores, task, "b")
        row = table.loc[task]
        assert row["difference"] == pytest.approx(d.mean())
        assert row["std"] == pytest.approx(d.std(ddof=1))
        assert row["seeds"] == 4
        assert row["p"] == pytest.approx(corrected_t_test(d, 0.25))
        of_a, of_b = (ordered.loc[(task, "block", "ridge", model)] for model in "ab")
        resampled.append((of_a.to_numpy() - of_b.to_numpy()).mean(axis=0))
        expected = np.percentile(resampled[-1], [2.5, 97.5])
        np.testing.assert_allclose(row[["low", "high"]].astype(float), expected)
        p_values.append(row["p"])
        means.append(d.mean())
    np.testing.assert_allclose(table.loc[TASKS, "p_holm"], holm(np.array(p_values)))
    overall = found.overall.set_index("split").loc["block"]
    assert overall["mean"] == pytest.approx(np.mean(means))
    assert overall["median"] == pytest.approx(np.median(means))
    assert overall["p"] == pytest.approx(stats.wilcoxon(means).pvalue)
    expected = np.percentile(np.mean(resampled, axis=0), [2.5, 97.5])
    np.testing.assert_allclose(overall[["low", "high"]].astype(float), expected)


def test_turned_round_every_difference_changes_its_sign():
    scores, draws = make({"a": 0.02, "b": 0.0}, tasks=TASKS[:3])
    one, other = compare(scores, "a", "b", draws), compare(scores, "b", "a", draws)
    np.testing.assert_allclose(one.tasks["difference"], -other.tasks["difference"])
    np.testing.assert_allclose(one.tasks["low"], -other.tasks["high"])
    np.testing.assert_allclose(one.tasks["p"], other.tasks["p"])
    assert one.overall["wins"].tolist() == other.overall["losses"].tolist()


def test_only_shared_tasks_count_and_the_others_are_counted():
    scores, draws = make({"a": 0.1, "b": 0.0})
    partial = scores[~((scores["model"] == "b") & scores["task"].isin(["t0", "t1"]))].copy()
    undefined = (partial["model"] == "a") & (partial["task"] == "t2")
    partial.loc[undefined, "value"] = np.nan
    overall = compare(partial, "a", "b", draws).overall.iloc[0]
    assert overall[["tasks", "left_out", "wins"]].tolist() == [5, 3, 5]
    assert np.isfinite(overall["low"])


def test_only_the_tasks_asked_for_are_compared():
    scores, _ = make({"a": 0.1, "b": 0.0})
    found = compare(scores, "a", "b", tasks=["t3", "t4"])
    assert found.tasks["task"].tolist() == ["t3", "t4"]
    assert found.overall[["tasks", "left_out"]].to_numpy().tolist() == [[2, 0]]


def test_one_seed_gives_no_test_within_a_task_but_one_over_tasks():
    scores, _ = make({"a": 0.1, "b": 0.0}, seeds=1)
    found = compare(scores, "a", "b")
    assert found.tasks[["p", "p_holm", "std"]].isna().all(axis=None)
    assert found.overall["p"].iloc[0] == pytest.approx(2 / 2**8)


def test_without_resamples_there_are_no_intervals():
    scores, draws = make({"a": 0.1, "b": 0.0})
    for resamples in (None, draws.drop(index="b", level="model")):
        found = compare(scores, "a", "b", resamples)
        assert found.tasks[["low", "high"]].isna().all(axis=None)
        assert found.overall[["low", "high"]].isna().all(axis=None)
        assert found.tasks["p"].notna().all()


def test_the_mean_of_tasks_that_were_not_all_resampled_has_no_interval():
    scores, draws = make({"a": 0.1, "b": 0.0})
    found = compare(scores, "a", "b", draws.drop(index="t0", level="task"))
    assert found.tasks.set_index("task")["low"].isna().tolist() == [True] + [False] * 7
    assert np.isnan(found.overall["low"].iloc[0])


def test_equal_models_tie():
    scores, _ = make({"a": 0.0})
    both = pd.concat([scores, scores.assign(model="b")])
    found = compare(both, "a", "b")
    assert found.overall[["ties", "p"]].to_numpy().tolist() == [[8, 1]]
    assert (found.tasks["p"] == 1).all()


def test_the_prior_is_compared_under_the_probe_of_the_other():
    scores, draws = make({"m": 0.1, "spatial_prior": 0.0}, seeds=3)
    scores.loc[scores["model"] == "spatial_prior", "probe"] = "idw"
    flat = draws.reset_index()
    flat.loc[flat["model"] == "spatial_prior", "probe"] = "idw"
    found = compare(scores, "m", "spatial_prior", flat.set_index(FOLDS))
    assert found.overall["probe"].tolist() == ["ridge"]
    assert found.overall["tasks"].tolist() == [8]
    assert found.overall["low"].iloc[0] > 0


def test_models_that_cannot_be_compared_are_refused():
    scores, _ = make({"first": 0.0, "second": 0.0}, tasks=["t"])
    with pytest.raises(InputError, match="did you mean 'first'"):
        compare(scores, "frist", "second")
    with pytest.raises(InputError, match="itself"):
        compare(scores, "first", "first")
    scores.loc[scores["model"] == "second", "seed"] += 100
    with pytest.raises(InputError, match="no scored fold in common"):
        compare(scores, "first", "second")
