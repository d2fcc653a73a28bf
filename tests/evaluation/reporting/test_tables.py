from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.reporting.tables import check_scores, score_tables
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

NASTY = "<img src=x onerror=alert(1)>"
TASKS = [
    Task(name, "region", "grid", pd.DataFrame(), leaks=("poi",) if name == "told" else ())
    for name in ("income", NASTY, "rent", "told")
]

OWN = ["placeprint"]


def test_means_and_spreads_are_those_of_the_seeds(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    (table,) = score_tables(scores, TASKS, OWN)
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
    (table,) = score_tables(pd.concat([scores, extra[extra["model"] == "another"]]), TASKS, OWN)
    assert table.splits == ["random", "block"]
    assert table.models == ["placeprint", "raw", "another"]


def test_leaks_come_last_and_stay_out_of_the_mean(scores_of: ScoresOf) -> None:
    (table,) = score_tables(scores_of(0.5, 0.4), TASKS, OWN)
    assert table.rows[-1].task == "told"
    assert [row.task for row in table.honest] == [row.task for row in table.rows[:-1]]
    assert table.mean is not None
    assert table.mean.cells["block", "placeprint"].mean == pytest.approx(0.5)


def test_all_that_show_the_highest_score_are_best(scores_of: ScoresOf) -> None:
    (table,) = score_tables(scores_of(0.501, 0.502), TASKS, OWN)
    assert all(cell.best for cell in table.rows[0].cells.values())
    (table,) = score_tables(scores_of(0.5, 0.4), TASKS, OWN)
    assert [model for (_, model), cell in table.rows[0].cells.items() if cell.best] == [
        "placeprint",
        "placeprint",
    ]


def test_the_spatial_prior_stands_beside_every_probe(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    knn = scores.assign(probe="knn")
    prior = scores[scores["model"] == "raw"].assign(model="spatial_prior", probe="idw")
    tables = score_tables(pd.concat([scores, knn, prior]), TASKS, OWN)
    assert [(table.probe, table.models) for table in tables] == [
        (probe, ["placeprint", "raw", "spatial_prior"]) for probe in ("ridge", "knn")
    ]
    for table in tables:
        for row in table.rows:
            assert row.cells["block", "spatial_prior"].mean == row.cells["block", "raw"].mean


def test_each_metric_has_its_table(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    classes = scores[(scores["task"] == "income") & (scores["metric"] == "r2")]
    classes = classes.assign(task="land use", metric="macro_f1")
    task = Task("land use", "region", "grid", pd.DataFrame(), kind="classification")
    numbers, names = score_tables(pd.concat([classes, scores]), [*TASKS, task], OWN)
    assert (numbers.metric, len(numbers.rows)) == ("r2", 4)
    assert (names.metric, [row.task for row in names.rows]) == ("macro_f1", ["land use"])


def test_splits_go_from_the_easiest_to_the_hardest(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    names = {"random": "region", "block": "folds"}
    both = pd.concat([scores, scores.replace({"split": names}), scores.assign(split="new")])
    (table,) = score_tables(both, TASKS, OWN)
    assert table.splits == ["random", "folds", "block", "region", "new"]


def test_scores_of_unknown_tasks_or_of_no_embedding_are_refused(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    check_scores(scores, TASKS, OWN)
    with pytest.raises(InputError, match=r"'incom'.*did you mean 'income'"):
        check_scores(scores.replace({"task": {"income": "incom"}}), TASKS, OWN)
    with pytest.raises(InputError, match=r"placeprint.*the scores are of raw"):
        check_scores(scores[scores["model"] == "raw"], TASKS, OWN)
