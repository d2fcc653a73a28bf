from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.reporting.boards import boards
from placeprint.evaluation.reporting.contests import Contest, contests, verdict
from placeprint.evaluation.statistics.paired import compare
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

HONEST = ["<img src=x onerror=alert(1)>", "income", "rent"]
TASKS = [Task(name, "region", "grid", pd.DataFrame()) for name in HONEST]
TASKS.append(Task("told", "region", "grid", pd.DataFrame(), leaks=("poi",)))


def contest(scores: pd.DataFrame, resamples: pd.DataFrame | None = None) -> Contest:
    board = boards(scores, TASKS, ["placeprint"], resamples)
    (found,) = contests(scores, board, resamples)
    return found


def resamples_of(scores: pd.DataFrame, reach: float) -> pd.DataFrame:
    rows = scores[scores["metric"] == "r2"].set_index(["task", "split", "probe", "model", "seed"])
    noise = (
        np.linspace(-reach, reach, 101) * (rows.index.get_level_values("model") == "raw")[:, None]
    )
    return pd.DataFrame(rows["value"].to_numpy()[:, None] + noise, index=rows.index)


def test_figures_are_those_of_the_comparison(scores_of: ScoresOf) -> None:
    scores = scores_of(0.45, 0.4)
    scores["value"] += np.random.default_rng(0).normal(0, 0.05, len(scores))
    drawn = resamples_of(scores, 0.2)
    found = contest(scores, drawn)
    assert found.splits == ["block", "random"]
    assert sorted(task for task, _ in found.rows) == sorted(HONEST)
    expected = compare(scores, "placeprint", "raw", drawn, tasks=HONEST).tasks
    expected = expected.set_index(["task", "split"])
    for task, duels in found.rows:
        for split, duel in duels.items():
            row = expected.loc[task, split]
            values = row[["difference", "low", "high", "p_holm"]].tolist()
            assert [duel.difference, duel.low, duel.high, duel.p] == values
    ahead = [duels["block"].difference for _, duels in found.rows]
    assert ahead == sorted(ahead, reverse=True)


def test_what_is_drawn_lies_where_it_should(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    found = contest(scores, resamples_of(scores, 0.2))
    duel = found.rows[0][1]["block"]
    share = duel.difference / found.reach
    assert duel.at == pytest.approx(50 + 50 * share, abs=0.1)
    assert duel.span[0] == pytest.approx(50 + 50 * duel.low / found.reach, abs=0.1)
    assert sum(duel.span) == pytest.approx(50 + 50 * duel.high / found.reach, abs=0.1)


def test_leaks_do_not_take_part(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4, told=0.1)
    assert [task for task, _ in contest(scores).rows] == sorted(HONEST)


@pytest.mark.parametrize(("own", "behind"), [(0.5, False), (0.3, True)])
def test_who_is_behind_is_said_so(own: float, behind: bool, scores_of: ScoresOf) -> None:
    found = contest(scores_of(own, 0.4))
    assert found.behind is behind
    word = "behind raw" if behind else "ahead of raw"
    sign = "−" if behind else "+"
    assert all(f"{word} on 3 of 3 tasks; mean difference {sign}0.10" in s for s in found.sentences)


def test_nothing_is_compared_that_was_not_scored_together(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    apart = (scores["model"] == "raw") & (scores["split"] == "random")
    apart |= (scores["model"] == "placeprint") & (scores["split"] == "block")
    scores = scores[apart]
    assert contests(scores, boards(scores, TASKS, ["placeprint"])) == []
    alone = scores_of(0.5, 0.4)
    alone = alone[alone["model"] == "placeprint"]
    assert contests(alone, boards(alone, TASKS, ["placeprint"])) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "is ahead of raw on 12 of 19 tasks; mean difference +0.07 [0.03, 0.11], more than"),
        ({"low": -0.02}, "[−0.02, 0.11], no more than the choice of places may explain"),
        ({"wins": 5, "losses": 14, "mean": -0.1, "low": -0.2, "high": -0.1}, "is behind raw on 14"),
        ({"mean": -0.1, "low": -0.2, "high": -0.1}, "tasks; yet by its size the mean difference −"),
        ({"wins": 9, "losses": 9, "ties": 1}, "neither ahead of raw nor behind it, ahead on 9 of"),
        ({"low": np.nan, "high": np.nan}, "mean difference +0.07 (Wilcoxon over tasks: p = 0.02)."),
        (
            {"tasks": 1, "wins": 1, "losses": 0},
            "on 1 of 1 task; mean difference +0.07 [0.03, 0.11]",
        ),
    ],
)
def test_the_sentence_follows_the_numbers(changed: dict[str, Any], expected: str) -> None:
    row = {"tasks": 19, "wins": 12, "ties": 0, "losses": 7, "mean": 0.07, "low": 0.03}
    row |= {"high": 0.11, "p": 0.02}
    assert expected in verdict("block", row | changed, "mine", "raw", [])
