from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.reporting.tables import ranking, score_tables
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

NASTY = "<img src=x onerror=alert(1)>"
TASKS = [
    Task(name, "region", "grid", pd.DataFrame(), leaks=("poi",) if name == "told" else ())
    for name in ("income", NASTY, "rent", "told")
]


def test_means_and_spreads_are_those_of_the_seeds(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    (table,) = score_tables(scores, TASKS)
    for row in table.rows:
        for (split, model), cell in row.cells.items():
            of_cell = (scores["task"] == row.task) & (scores["split"] == split)
            of_cell &= (scores["model"] == model) & (scores["metric"] == "r2")
            chosen = scores.loc[of_cell, "value"]
            assert cell.mean == pytest.approx(sum(chosen) / len(chosen))
            assert cell.std == pytest.approx(np.std(chosen, ddof=1))


def test_random_stands_before_blocks_and_the_embedding_before_all(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    extra = scores.replace({"model": {"raw": "another"}})
    (table,) = score_tables(pd.concat([scores, extra[extra["model"] == "another"]]), TASKS)
    assert table.splits == ["random", "block"]
    assert table.models == ["placeprint", "raw", "another"]


def test_leaks_come_last_and_stay_out_of_the_mean(scores_of: ScoresOf) -> None:
    (table,) = score_tables(scores_of(0.5, 0.4), TASKS)
    assert table.rows[-1].task == "told"
    assert [row.task for row in table.honest] == [row.task for row in table.rows[:-1]]
    assert table.mean is not None
    assert table.mean.cells["block", "placeprint"].mean == pytest.approx(0.5)


def test_all_that_show_the_highest_score_are_best(scores_of: ScoresOf) -> None:
    (table,) = score_tables(scores_of(0.501, 0.502), TASKS)
    assert all(cell.best for cell in table.rows[0].cells.values())
    (table,) = score_tables(scores_of(0.5, 0.4), TASKS)
    assert [model for (_, model), cell in table.rows[0].cells.items() if cell.best] == [
        "placeprint",
        "placeprint",
    ]


def test_the_ranking_goes_by_the_hardest_split(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    better_at_random = (scores["split"] == "random") & (scores["model"] == "raw")
    scores.loc[better_at_random, "value"] += 1
    (table,) = score_tables(scores, TASKS)
    assert ranking(table) == ["placeprint", "raw"]
