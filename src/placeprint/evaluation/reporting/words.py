"""What the scores mean, in plain words that are made from the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from placeprint.evaluation.reporting.names import PROBES, SPLITS, model_name
from placeprint.evaluation.reporting.numbers import percent, score
from placeprint.evaluation.reporting.tables import EMBEDDING, Cell, Row, ScoreTable

__all__ = ["Words", "in_short"]

_WELL, _HARDLY = 0.5, 0.1
_LISTED = 5


@dataclass(frozen=True)
class Words:
    """The report in short.

    Attributes:
        paragraphs: What the numbers mean.
        warnings: What speaks against using the embedding; empty if nothing does.
    """

    paragraphs: list[str]
    warnings: list[str]


def in_short(tables: list[ScoreTable], *, dimensions: int, embedded: int, regions: int) -> Words:
    """Say in plain words what the scores mean.

    The first table gives the headline; every table is searched for what speaks against the
    embedding.

    Args:
        tables: The scores, one table per probe.
        dimensions: Numbers per place.
        embedded: Regions that have an embedding.
        regions: Regions of the study area.
    """
    table = tables[0]
    paragraphs = [
        _headline(table, dimensions),
        _meaning(table),
        _rivals(table),
        _tasks(table),
        *(_other_probe(other) for other in tables[1:]),
        _leaks(table),
        _coverage(embedded, regions),
    ]
    warnings = [warning for each in tables for warning in _warnings(each)]
    return Words([text for text in paragraphs if text], warnings)


def _own(row: Row, split: str) -> Cell | None:
    cell = row.cells.get((split, EMBEDDING))
    return cell if cell is not None and math.isfinite(cell.mean) else None


def _rival(row: Row, split: str) -> tuple[str, Cell] | None:
    """The baseline with the highest score in a split."""
    others = [
        (model, cell)
        for (where, model), cell in sorted(row.cells.items())
        if where == split and model != EMBEDDING and math.isfinite(cell.mean)
    ]
    return max(others, key=lambda item: item[1].mean, default=None)


def _headline(table: ScoreTable, dimensions: int) -> str:
    if table.mean is None:
        return (
            f"Each place is summed up in {dimensions} numbers. Every task that was scored is "
            "derived from the inputs, so that no score here says what the embedding is worth."
        )
    parts = [
        f"{_explains(cell.mean)} when {_WHEN.get(split, f'split by {split}')} "
        f"(mean R² {score(cell.mean)})"
        for split in table.splits
        if (cell := _own(table.mean, split)) is not None
    ]
    tasks = len(table.honest)
    return (
        f"Each place is summed up in {dimensions} numbers. A simple probe that reads "
        f"{'one task' if tasks == 1 else f'{tasks} tasks'} off them {_join(parts)}."
    )


_WHEN: Final = {
    "random": "the places to be predicted are drawn at random",
    "block": "whole areas are held out",
}


def _explains(r2: float) -> str:
    if r2 <= 0:
        return "does no better than guessing the average"
    return f"explains {percent(r2)} of the differences between places"


def _meaning(table: ScoreTable) -> str:
    """What the two splits ask, and what separates them."""
    if not {"random", "block"} <= set(table.splits):
        return ""
    text = (
        "The two figures answer two questions. At random, a place to be predicted has neighbours "
        "among the places learned from: it is a gap in a map that is mostly known. With whole "
        "areas held out, it lies where nothing is known: that is the figure to trust before the "
        "embedding is used in a new area."
    )
    own = [_own(table.mean, split) if table.mean else None for split in ("random", "block")]
    if own[0] is None or own[1] is None:
        return text
    lost = own[0].mean - own[1].mean
    if lost > 0.02:
        return f"{text} Here, going to a new area costs {score(lost)} of R²."
    return f"{text} Here, hardly anything is lost in going to a new area."


def _rivals(table: ScoreTable) -> str:
    if table.mean is None:
        return ""
    parts = []
    for split in table.splits:
        own, rival = _own(table.mean, split), _rival(table.mean, split)
        if own is not None and rival is not None:
            model, cell = rival
            standing = _standing(own.mean, cell.mean)
            parts.append(
                f"with {SPLITS.get(split, split)} the best is {model_name(model)} "
                f"({_apart(cell.mean, own.mean)}), {standing} "
                f"({_apart(own.mean, cell.mean)})"
            )
    if not parts:
        return ""
    others = sum(model != EMBEDDING for model in table.models)
    return (
        f"Of {others} baselines, judged on the same places: {_join(parts)}. {_task_by_task(table)}"
    )


def _task_by_task(table: ScoreTable) -> str:
    """How often some baseline is ahead in the hardest split; a mean may hide it."""
    split = table.splits[-1]
    pairs = [(_own(row, split), _rival(row, split)) for row in table.honest]
    defined = [(own, rival[1]) for own, rival in pairs if own is not None and rival is not None]
    behind = sum(rival.mean > own.mean for own, rival in defined)
    where = SPLITS.get(split, split)
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


def _apart(value: float, other: float) -> str:
    """A score with as many digits as tell it from another."""
    same = score(value) == score(other) and value != other
    return score(value, 4 if same else 2)


def _tasks(table: ScoreTable) -> str:
    split = table.splits[-1]
    scored = [(row.task, cell.mean) for row in table.honest if (cell := _own(row, split))]
    well = [f"{task} ({score(r2)})" for task, r2 in scored if r2 >= _WELL]
    hardly = [f"{task} ({score(r2)})" for task, r2 in scored if r2 < _HARDLY]
    where = SPLITS.get(split, split)
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
    if table.mean is None:
        return ""
    parts = [
        f"{score(cell.mean)} with {SPLITS.get(split, split)}"
        for split in table.splits
        if (cell := _own(table.mean, split)) is not None
    ]
    name = PROBES.get(table.probe, table.probe).split(",")[0]
    return f"Read by another probe ({name}), mean R² is {_join(parts)}." if parts else ""


def _leaks(table: ScoreTable) -> str:
    leaky = [row.task for row in table.rows if row.leaks]
    if not leaky:
        return ""
    return (
        f"Left out of every mean, and marked ⚑ below, because their labels were derived from "
        f"an input: {_some(leaky)}."
    )


def _coverage(embedded: int, regions: int) -> str:
    if embedded == regions:
        return f"All {regions:,} regions have an embedding."
    missing = regions - embedded
    return (
        f"{embedded:,} of {regions:,} regions ({percent(embedded / regions)}) have an embedding; "
        f"the other {missing:,} have none, which counts against the scores."
    )


def _warnings(table: ScoreTable) -> Iterable[str]:
    if table.mean is None:
        return
    name = PROBES.get(table.probe, table.probe).split(",")[0]
    for split in table.splits:
        own, rival = _own(table.mean, split), _rival(table.mean, split)
        where = SPLITS.get(split, split)
        if own is not None and rival is not None and rival[1].mean > own.mean:
            model, cell = rival
            yield (
                f"A baseline beats the embedding: with {where}, read by {name}, "
                f"{model_name(model)} reaches a mean R² of {_apart(cell.mean, own.mean)}, the "
                f"embedding {_apart(own.mean, cell.mean)}. For that purpose the baseline is the "
                "better choice."
            )
        if own is not None and own.mean < 0:
            yield (
                f"With {where}, read by {name}, the embedding predicts worse than the average "
                f"of the known places would (mean R² {score(own.mean)})."
            )


def _join(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])}, and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _some(items: list[str]) -> str:
    shown = ", ".join(items[:_LISTED])
    return shown if len(items) <= _LISTED else f"{shown} and {len(items) - _LISTED} more"
