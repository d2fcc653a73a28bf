import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.leaderboard import leaderboard

FOLDS = list(COLUMNS[:5])
VALUES = {
    ("x", "random"): {"a": 0.9, "b": 0.6},
    ("y", "random"): {"a": 0.7, "b": 0.8},
    ("x", "block"): {"a": 0.0, "b": 0.2},
    ("y", "block"): {"a": 0.1, "b": 0.3},
    ("told", "random"): {"a": 1.0, "b": 0.0},
    ("told", "block"): {"a": 1.0, "b": 0.0},
}


def make(values=None, probe="ridge"):
    rows = [
        [task, split, probe, model, seed, metric, value + shift, 9, 0.8 if task == "x" else 1.0]
        for (task, split), models in (values or VALUES).items()
        for model, value in models.items()
        for seed, shift in enumerate((-0.1, 0.1))
        for metric in ("mae", "r2")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def make_draws(scores, resamples=200):
    """Resamples: each score with the same noise of the places for all models."""
    noise = np.random.default_rng(0).normal(size=resamples)
    rows = scores[scores["metric"] == "r2"].set_index(FOLDS)["value"]
    return pd.DataFrame(rows.to_numpy()[:, None] + 0.1 * noise, index=rows.index), noise


def test_the_hardest_split_decides_and_leaky_tasks_do_not_count():
    board = leaderboard(make(), leaky=["told"])
    assert board["model"].tolist() == ["b", "a"]
    of_a = board.set_index("model").loc["a"]
    assert of_a["random_mean"] == pytest.approx(0.8)
    assert of_a["block_mean"] == pytest.approx(0.05)
    assert of_a[["random_rank", "random_wins", "random_tasks"]].tolist() == [1.5, 1, 2]
    assert of_a[["block_rank", "block_wins", "block_tasks"]].tolist() == [2, 0, 2]
    assert of_a["coverage"] == pytest.approx(0.9)
    assert board.filter(regex="low|high").isna().all(axis=None)
    assert [name for name in board if name.endswith("_mean")] == ["random_mean", "block_mean"]


def test_told_the_answers_the_other_model_would_lead():
    assert leaderboard(make()).loc[0, "random_rank"] == pytest.approx(5 / 3)
    assert leaderboard(make(), leaky=["x", "y"])["model"].tolist() == ["a", "b"]


def test_the_interval_is_of_the_mean_over_the_honest_tasks():
    scores = make()
    draws, noise = make_draws(scores)
    board = leaderboard(scores, leaky=["told"], resamples=draws).set_index("model")
    expected = 0.25 + 0.1 * np.percentile(noise, [2.5, 97.5])
    assert board.loc["b", ["block_low", "block_high"]].tolist() == pytest.approx(expected)
    partial = draws.drop(index="x", level="task")
    board = leaderboard(scores, leaky=["told"], resamples=partial)
    assert board[["block_low", "random_high"]].isna().all(axis=None)
    none = draws[draws.index.get_level_values("task") == "told"]
    board = leaderboard(scores, leaky=["told"], resamples=none)
    assert board[["block_low", "random_high"]].isna().all(axis=None)


def test_a_model_without_all_tasks_has_no_mean_and_ranks_last_there():
    values = VALUES | {("y", "block"): {"b": 0.3}}
    board = leaderboard(make(values), leaky=["told"]).set_index("model")
    assert np.isnan(board.loc["a", "block_mean"])
    assert board.loc["a", ["block_rank", "block_tasks"]].tolist() == [2, 1]
    assert board.loc["b", "block_mean"] == pytest.approx(0.25)


def test_a_task_that_is_not_defined_for_anybody_is_left_out():
    values = VALUES | {("y", "block"): {"a": np.nan, "b": np.nan}}
    board = leaderboard(make(values), leaky=["told"]).set_index("model")
    assert board["block_mean"].to_dict() == pytest.approx({"a": 0.0, "b": 0.2})
    assert (board["block_tasks"] == 1).all()


def test_one_probe_is_compared_at_a_time():
    scores = pd.concat([make(), make(probe="knn")])
    with pytest.raises(InputError, match="several probes, knn, ridge"):
        leaderboard(scores)
    with pytest.raises(InputError, match="did you mean 'ridge'"):
        leaderboard(scores, probe="rigde")
    pd.testing.assert_frame_equal(leaderboard(scores, probe="ridge"), leaderboard(make()))


def test_each_task_may_have_a_probe_of_its_own():
    scores = make()
    draws, _ = make_draws(scores)
    own = scores.assign(probe=scores["task"].map({"x": "lightgbm", "y": "ridge", "told": "ridge"}))
    own_draws = draws.reset_index()
    own_draws.loc[own_draws["task"] == "x", "probe"] = "lightgbm"
    pd.testing.assert_frame_equal(
        leaderboard(own, resamples=own_draws.set_index(FOLDS)),
        leaderboard(scores, resamples=draws),
    )


def test_the_prior_stands_on_the_board_of_every_probe():
    prior = make({place: {"spatial_prior": 0.5} for place in VALUES}, probe="idw")
    scores = pd.concat([make(), make(probe="knn"), prior])
    draws, _ = make_draws(scores)
    for probe in ("ridge", "knn"):
        board = leaderboard(scores, leaky=["told"], probe=probe, resamples=draws)
        assert board["model"].tolist() == ["spatial_prior", "b", "a"]
        assert board["block_low"].notna().all()


def test_splits_go_from_random_to_the_hardest():
    values = {("x", split): {"a": 0.5} for split in ("zone", "region", "block", "random")}
    board = leaderboard(make(values))
    means = [name for name in board if name.endswith("_mean")]
    assert means == ["random_mean", "block_mean", "region_mean", "zone_mean"]


def test_where_every_task_leaks_there_is_no_board():
    with pytest.raises(InputError, match="every task leaks"):
        leaderboard(make(), leaky=["x", "y", "told"])
