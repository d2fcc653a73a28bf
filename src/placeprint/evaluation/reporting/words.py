"""What the scores mean, in plain words that are made from the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from placeprint.evaluation.reporting.cautions import cautions
from placeprint.evaluation.reporting.names import (
    WHEN,
    metric_name,
    model_name,
    probe_name,
    split_name,
    subject_name,
)
from placeprint.evaluation.reporting.numbers import percent, score
from placeprint.evaluation.reporting.rivals import apart, best_rival, own_cell
from placeprint.evaluation.reporting.tables import ScoreTable, leading
from placeprint.evaluation.tasks import REGION

__all__ = ["Words", "in_short"]

_WELL: Final = 0.5
_HARDLY: Final = 0.1
_LISTED: Final = 5


@dataclass(frozen=True)
class Words:
    """The page in short.

    Attributes:
        paragraphs: What the numbers mean.
        warnings: What speaks against using the embedding; empty if nothing does.
    """

    paragraphs: list[str]
    warnings: list[str]


def in_short(
    tables: Sequence[ScoreTable], *, opening: str, coverage: str, left_out: str = ""
) -> Words:
    """Say in plain words what the scores mean.

    The first probe of each task gives the headline; every table is searched for what speaks
    against the embedding.

    Args:
        tables: The scores, one table per probe and metric.
        opening: A first sentence about what is judged.
        coverage: A last one about the places that have no vector.
        left_out: What could not be scored; empty if nothing.
    """
    first = leading(tables)
    others = [table for table in tables if table not in first]
    paragraphs = [f"{opening} {_headline(first)}", _meaning(first[0])]
    for table in first:
        paragraphs += [_rivals(table), _judged(table)]
    paragraphs += [_tasks(table) for table in first]
    paragraphs += [_other_probe(table) for table in others]
    paragraphs += [_leaks(first), coverage, left_out]
    return Words([text for text in paragraphs if text], cautions(tables))


def _headline(tables: Sequence[ScoreTable]) -> str:
    parts = [text for table in tables if (text := _reaches(table))]
    if not parts:
        return (
            "Every task that was scored is derived from the inputs, so that no score here says "
            "what the embedding is worth."
        )
    return " ".join(parts)


def _reaches(table: ScoreTable) -> str:
    means = [
        (cell.mean, WHEN.get(split, f"split by {split}"))
        for split in table.splits
        if (cell := own_cell(table, table.mean, split)) is not None
    ]
    if not means:
        return ""
    n = len(table.honest)
    if table.metric != "r2":
        name = metric_name(table.metric)
        parts = [f"{score(mean)} when {when}" for mean, when in means]
        return f"On {_counted(n)} with classes{_about(table)} its mean {name} is {_join(parts)}."
    parts = [f"{_explains(mean)} when {when} (mean R² {score(mean)})" for mean, when in means]
    return f"A simple probe that reads {_counted(n)} off the vectors{_about(table)} {_join(parts)}."


def _about(table: ScoreTable) -> str:
    return subject_name(table.about)


def _counted(tasks: int) -> str:
    return "one task" if tasks == 1 else f"{tasks} tasks"


def _explains(r2: float) -> str:
    if r2 <= 0:
        return "does no better than guessing the average"
    return f"explains {percent(r2)} of the differences between places"


def _meaning(table: ScoreTable) -> str:
    """What the two splits ask, and what separates them."""
    easy = [split for split in ("random", "stratified") if split in table.splits]
    if not easy or "block" not in table.splits:
        return ""
    text = (
        "The two figures answer two questions. At random, a place to be predicted has neighbours "
        "among the places learned from: it is a gap in a map that is mostly known. With whole "
        "areas held out, it lies where nothing is known: that is the figure to trust before the "
        "embedding is used in a new area."
    )
    random, block = (own_cell(table, table.mean, split) for split in (easy[0], "block"))
    if random is None or block is None:
        return text
    lost = random.mean - block.mean
    if lost > 0.02:
        return f"{text} Here, going to a new area costs {score(lost)} of {_metric(table)}."
    return f"{text} Here, hardly anything is lost in going to a new area."


def _metric(table: ScoreTable) -> str:
    return metric_name(table.metric)


def _rivals(table: ScoreTable) -> str:
    parts = []
    for split in table.splits:
        own, rival = own_cell(table, table.mean, split), best_rival(table, table.mean, split)
        if own is not None and rival is not None:
            model, cell = rival
            parts.append(
                f"with {split_name(split)} the best is {model_name(model)} "
                f"({apart(cell.mean, own.mean)}), {_standing(own.mean, cell.mean)} "
                f"({apart(own.mean, cell.mean)})"
            )
    if not parts:
        return ""
    others = sum(model not in table.judged for model in table.models)
    baselines = "the one baseline" if others == 1 else f"{others} baselines"
    by = "" if table.metric == "r2" else f" and by {_metric(table)}"
    where = "places" if table.about == REGION else table.about
    return f"Of {baselines}, judged on the same {where}{by}: {_join(parts)}. {_task_by_task(table)}"


def _task_by_task(table: ScoreTable) -> str:
    """How often some baseline is ahead in the hardest split; a mean may hide it."""
    split = table.splits[-1]
    pairs = [(own_cell(table, row, split), best_rival(table, row, split)) for row in table.honest]
    defined = [(own, rival[1]) for own, rival in pairs if own is not None and rival is not None]
    behind = sum(rival.mean > own.mean for own, rival in defined)
    where = split_name(split)
    if not behind:
        return f"Task by task, none of them is ahead of the embedding with {where}."
    return (
        f"Task by task, with {where}, at least one of them is ahead of the embedding on {behind} "
        f"of {len(defined)}."
    )


def _standing(own: float, rival: float) -> str:
    if own > rival:
        return "behind the embedding"
    return "ahead of the embedding" if rival > own else "level with the embedding"


def _judged(table: ScoreTable) -> str:
    """Which of several embeddings does best under the hardest split."""
    split = table.splits[-1]
    cells = table.mean.cells if table.mean is not None else {}
    means = {
        model: cell.mean
        for model in table.judged
        if (cell := cells.get((split, model))) is not None and cell.mean == cell.mean
    }
    if len(means) < 2:
        return ""
    best = max(means, key=means.__getitem__)
    listed = [f"{model_name(model)} ({score(mean)})" for model, mean in means.items()]
    return (
        f"Of the {len(means)} embeddings judged, {model_name(best)} does best with "
        f"{split_name(split)}, by mean {_metric(table)}: {_some(listed)}."
    )


def _tasks(table: ScoreTable) -> str:
    """What is predicted well and what hardly at all; of R², which has a zero that means so."""
    if table.metric != "r2":
        return ""
    split = table.splits[-1]
    scored = [
        (row.title, cell.mean) for row in table.honest if (cell := own_cell(table, row, split))
    ]
    well = [f"{task} ({score(r2)})" for task, r2 in scored if r2 >= _WELL]
    hardly = [f"{task} ({score(r2)})" for task, r2 in scored if r2 < _HARDLY]
    where = split_name(split)
    parts = []
    if well:
        parts.append(f"Well predicted with {where} (R² of {_WELL} and more): {_some(well)}.")
    if hardly:
        parts.append(f"Hardly predicted (below {_HARDLY}): {_some(hardly[::-1])}.")
    if scored and not well:
        best = max(scored, key=lambda item: item[1])
        parts.append(f"No task reaches {_WELL} with {where}; best is {best[0]} ({score(best[1])}).")
    return " ".join(parts)


def _other_probe(table: ScoreTable) -> str:
    parts = [
        f"{score(cell.mean)} with {split_name(split)}"
        for split in table.splits
        if (cell := own_cell(table, table.mean, split)) is not None
    ]
    name = probe_name(table.probe).split(",")[0]
    if not parts:
        return ""
    return (
        f"Read by another probe ({name}), mean {_metric(table)}{_about(table)} is {_join(parts)}."
    )


def _leaks(tables: Sequence[ScoreTable]) -> str:
    leaky = [row.title for table in tables for row in table.rows if row.leaks]
    if not leaky:
        return ""
    return (
        f"Left out of every mean, and marked ⚑ below, because their labels were derived from "
        f"an input: {_some(leaky)}."
    )


def _join(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])}, and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _some(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_LISTED])
    return shown if len(items) <= _LISTED else f"{shown} and {len(items) - _LISTED} more"
