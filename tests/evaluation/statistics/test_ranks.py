import numpy as np
import pandas as pd
import pytest
from scipy import stats

from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.ranks import friedman, mean_ranks


def table(values, split="random", probe="ridge"):
    """Scores from {model: value per task}; a value may be NaN, or None for no row."""
    rows = [
        [f"t{i}", split, probe, model, seed, "r2", value + shift, 9, 1.0]
        for model, of_tasks in values.items()
        for i, value in enumerate(of_tasks)
        if value is not None
        for seed, shift in enumerate((-0.5, 0.5))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_ranks_are_within_a_task_and_averaged_over_tasks():
    scores = table({"a": [0.9, 0.1, 0.5], "b": [0.8, 0.3, 0.5], "c": [0.1, 0.2, 0.1]})
    found = mean_ranks(scores).set_index("model")
    assert found["mean_rank"].to_dict() == pytest.approx(
        {"a": (1 + 3 + 1.5) / 3, "b": (2 + 1 + 1.5) / 3, "c": (3 + 2 + 3) / 3}
    )
    assert found["wins"].to_dict() == {"a": 2, "b": 2, "c": 0}
    assert found.index.tolist() == ["b", "a", "c"]


def test_a_missing_or_undefined_score_ranks_last():
    scores = table({"a": [0.1, 0.1], "b": [None, -9.0], "c": [np.nan, 0.5], "d": [-5.0, None]})
    found = mean_ranks(scores).set_index("model")
    assert found["mean_rank"].to_dict() == {"a": 1.5, "b": 3.25, "c": 2.25, "d": 3.0}
    assert found["tasks"].to_dict() == {"a": 2, "b": 1, "c": 1, "d": 1}


def test_a_task_that_nobody_has_a_score_for_does_not_count():
    scores = table({"a": [0.1, np.nan], "b": [0.2, np.nan]})
    found = mean_ranks(scores).set_index("model")
    assert found["mean_rank"].to_dict() == {"a": 2, "b": 1}


def test_a_model_that_a_split_was_not_run_for_ranks_last_there():
    scores = pd.concat(
        [table({"a": [0.1], "b": [0.2]}), table({"a": [-0.4]}, split="block")], ignore_index=True
    )
    found = mean_ranks(scores).set_index(["split", "model"])
    assert found.loc[("block", "b"), ["mean_rank", "wins", "tasks"]].tolist() == [2, 0, 0]


def test_splits_and_probes_are_ranked_apart():
    scores = pd.concat(
        [table({"a": [0.1], "b": [0.2]}), table({"a": [0.4], "c": [0.3]}, probe="knn")]
    )
    found = mean_ranks(scores)
    assert found[["probe", "model", "mean_rank"]].to_numpy().tolist() == [
        ["knn", "a", 1],
        ["knn", "c", 2],
        ["ridge", "b", 1],
        ["ridge", "a", 2],
    ]


def test_only_the_tasks_asked_for_count():
    scores = table({"a": [0.9, 0.1], "b": [0.1, 0.9]})
    assert mean_ranks(scores, ["t1"])["model"].tolist() == ["b", "a"]
    assert mean_ranks(scores, []).empty


def test_friedman_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=(4, 12))
    found = friedman(table(dict(zip("abcd", values.tolist()))))
    assert found["p"].tolist() == pytest.approx([stats.friedmanchisquare(*values).pvalue])
    assert found[["models", "tasks"]].to_numpy().tolist() == [[4, 12]]


def test_friedman_finds_a_planted_order_and_none_among_equals():
    values = np.random.default_rng(1).normal(size=(3, 20))
    order = friedman(table(dict(zip("abc", (values + np.array([[0], [1], [3]])).tolist()))))
    assert order["p"].iloc[0] < 0.001
    equal = friedman(table({model: [0.5] * 6 for model in "abc"}))
    assert equal["p"].tolist() == [1.0]


def test_friedman_needs_three_models_and_five_tasks():
    assert friedman(table({"a": [1.0] * 9, "b": [0.0] * 9}))["p"].isna().all()
    assert friedman(table({"a": [1.0] * 4, "b": [0.0] * 4, "c": [2.0] * 4}))["p"].isna().all()
