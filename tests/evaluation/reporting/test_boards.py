from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.reporting.boards import boards
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

TASKS = [
    Task(name, "region", "grid", pd.DataFrame(), leaks=("poi",) if name == "told" else ())
    for name in ("income", "<img src=x onerror=alert(1)>", "rent", "told")
]
OWN = ["placeprint"]


def test_the_order_goes_by_the_hardest_split(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    scores.loc[(scores["split"] == "random") & (scores["model"] == "raw"), "value"] += 1
    (board,) = boards(scores, TASKS, OWN)
    assert [entry.model for entry in board.entries] == ["placeprint", "raw"]
    # Five pooled folds are easier than whole areas, whatever comes first in the alphabet.
    (board,) = boards(scores.replace({"split": {"random": "folds"}}), TASKS, OWN)
    assert board.splits == ["folds", "block"]
    assert [entry.model for entry in board.entries] == ["placeprint", "raw"]


def test_means_are_over_the_tasks_that_leak_nothing(scores_of: ScoresOf) -> None:
    (board,) = boards(scores_of(0.5, 0.4, told=9.0), TASKS, OWN)
    standing = board.entries[0].standings["block"]
    assert standing.mean == pytest.approx(0.5)
    assert (standing.rank, standing.wins, standing.tasks) == (1, 3, 3)
    assert np.isnan([standing.low, standing.high]).all()


def test_the_rival_is_the_baseline_with_the_highest_mean(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    raw = scores["model"] == "raw"
    better = scores[raw].assign(model="new", value=scores.loc[raw, "value"] + 0.3)
    both = pd.concat([scores, better])
    assert boards(both, TASKS, OWN)[0].rival == "new"
    assert boards(both, TASKS, ["placeprint", "new"])[0].rival == "raw"
    assert boards(scores, TASKS, ["placeprint", "raw"])[0].rival is None
    # What was not scored on all the tasks has no mean, and is no rival while another has one.
    partial = pd.concat([scores, better[better["task"] != "rent"]])
    assert boards(partial, TASKS, OWN)[0].rival == "raw"


def test_the_page_is_about_one_that_always_leads_the_list(scores_of: ScoresOf) -> None:
    scores = scores_of(0.1, 0.4)
    raw = scores[scores["model"] == "raw"]
    many = pd.concat([scores, *(raw.assign(model=f"m{i}") for i in range(10))])
    (board,) = boards(many, TASKS, OWN)
    assert len(board.entries) == 12
    assert [entry.model for entry in board.leading][-2:] == ["m7", "placeprint"]


def test_there_is_no_board_where_everything_leaks(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    assert boards(scores[scores["task"] == "told"], TASKS, OWN) == []
