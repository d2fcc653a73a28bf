from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.reporting.coverage import label_coverage, region_coverage
from placeprint.evaluation.reporting.tables import score_tables
from placeprint.evaluation.reporting.words import Words, in_short
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

NASTY = "<img src=x onerror=alert(1)>"
TASKS = [
    Task(name, "region", "grid", pd.DataFrame(), leaks=("poi",) if name == "told" else ())
    for name in ("income", NASTY, "rent", "told")
]


def words(scores: pd.DataFrame, embedded: int = 40) -> Words:
    return in_short(
        score_tables(scores, TASKS, ["placeprint"]),
        opening="Each place is summed up in 4 numbers.",
        coverage=region_coverage(embedded, 40),
    )


def test_the_headline_is_the_mean_without_leaks(scores_of: ScoresOf) -> None:
    text = words(scores_of(0.45, 0.4)).paragraphs[0]
    assert "3 tasks" in text
    assert "55 %" in text
    assert "(mean R² 0.45)" in text
    assert "0.99" not in text


def test_the_cost_of_a_new_area_is_named(scores_of: ScoresOf) -> None:
    assert "costs 0.10 of R²" in words(scores_of(0.45, 0.4)).paragraphs[1]


@pytest.mark.parametrize(
    ("own", "rival", "wins"), [(0.3, 0.4, True), (0.5, 0.4, False), (0.4, 0.4, False)]
)
def test_a_warning_exactly_where_a_baseline_wins(
    own: float, rival: float, wins: bool, scores_of: ScoresOf
) -> None:
    warnings = words(scores_of(own, rival)).warnings
    assert len(warnings) == (2 if wins else 0)
    assert all("raw reaches a mean R²" in warning for warning in warnings)


def test_a_win_in_one_split_only_warns_of_that_split(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    block_raw = (scores["split"] == "block") & (scores["model"] == "raw")
    scores.loc[block_raw, "value"] += 0.2
    (warning,) = words(scores).warnings
    assert "whole areas held out" in warning


def test_a_win_that_two_decimals_hide_is_told_apart(scores_of: ScoresOf) -> None:
    (warning, _) = words(scores_of(0.4001, 0.4004)).warnings
    assert "0.5004" in warning
    assert "0.5001" in warning


def test_worse_than_the_average_is_said(scores_of: ScoresOf) -> None:
    found = words(scores_of(-0.3, -0.5))
    assert "does no better than guessing the average" in found.paragraphs[0]
    assert any("worse than the average" in warning for warning in found.warnings)


def test_predictable_and_unpredictable_tasks_are_named(scores_of: ScoresOf) -> None:
    scores = scores_of(0.3, 0.2)
    scores.loc[scores["task"] == "income", "value"] += 0.4
    scores.loc[scores["task"] == "rent", "value"] -= 0.28
    text = " ".join(words(scores).paragraphs)
    assert "(R² of 0.5 and more): income (0.70)" in text
    assert "Hardly predicted (below 0.1): rent (0.02)" in text
    assert "derived from an input: told" in text


def test_missing_embeddings_are_counted(scores_of: ScoresOf) -> None:
    assert "38 of 40 regions (95 %)" in words(scores_of(0.5, 0.4), 38).paragraphs[-1]
    assert words(scores_of(0.5, 0.4)).paragraphs[-1] == "All 40 regions have an embedding."


def test_undefined_scores_are_not_read_as_numbers(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    scores.loc[scores["split"] == "block", "value"] = np.nan
    found = words(scores)
    assert "nan" not in " ".join([*found.paragraphs, *found.warnings]).lower()


def test_labels_without_a_vector_are_counted(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    tables = score_tables(scores.assign(coverage=1.0), TASKS, ["placeprint"])
    assert label_coverage(tables, covered_only=False) == "Every labelled place has a vector."
    scores.loc[scores["task"] == "rent", "coverage"] = 0.55
    tables = score_tables(scores, TASKS, ["placeprint"])
    text = label_coverage(tables, covered_only=False)
    assert "85 % of the labelled places" in text
    assert "rent (55 %). A place without one counts against the scores." in text
    assert "cannot be compared" in label_coverage(tables, covered_only=True)


def test_classes_are_spoken_of_by_their_own_metric(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    classes = scores[(scores["task"] == "income") & (scores["metric"] == "r2")]
    classes = classes.assign(task="land use", metric="macro_f1")
    task = Task("land use", "region", "grid", pd.DataFrame(), kind="classification")
    tables = score_tables(pd.concat([classes, scores]), [*TASKS, task], ["placeprint"])
    text = " ".join(in_short(tables, opening="", coverage="").paragraphs)
    assert "On one task with classes its mean macro F1 is 0.60 when" in text
    assert "land use (0.50)" not in text


def test_the_best_of_several_embeddings_is_named(scores_of: ScoresOf) -> None:
    scores = scores_of(0.3, 0.4)
    tables = score_tables(scores, TASKS, ["placeprint", "raw"])
    found = in_short(tables, opening="", coverage="")
    assert "Of the 2 embeddings judged, raw does best" in " ".join(found.paragraphs)
    assert not found.warnings
