"""The judged embedding against the best baseline: task by task, and over all tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.evaluation.reporting.boards import Board, of_probe
from placeprint.evaluation.reporting.names import model_name, split_name
from placeprint.evaluation.reporting.numbers import difference, interval, p_value
from placeprint.evaluation.statistics.paired import compare
from placeprint.evaluation.tasks import REGION

__all__ = ["Contest", "Duel", "contests", "verdict"]

_CLEAR: Final = 0.05
"""Corrected p-values below this count as clear."""

_REACH: Final = 95
"""The percentile of the intervals' ends that the drawing reaches to."""


@dataclass(frozen=True)
class Duel:
    """The difference of two models on one task under one split, the embedding's minus the other's.

    Attributes:
        metric: What the task is judged by.
        difference: The mean over the seeds.
        low: Lower end of its confidence interval, NaN where there is none.
        high: Upper end.
        p: The p-value corrected for the number of tasks, NaN where there is none.
        seeds: How many seeds both have.
        at: Where the difference is drawn, from 0 (left) to 100; 50 is no difference.
        span: Where its interval is drawn: the left end and the width.
    """

    metric: str
    difference: float
    low: float
    high: float
    p: float
    seeds: int
    at: float
    span: tuple[float, float]

    @property
    def clear(self) -> bool:
        """Whether the difference is more than the choice of splits can explain."""
        return self.p < _CLEAR


@dataclass(frozen=True)
class Contest:
    """An embedding against the best baseline under one probe.

    Attributes:
        probe: The probe.
        subject: The embedding.
        rival: The best baseline under the hardest split.
        splits: The splits that both were scored under, the hardest first.
        sentences: What came out, one sentence per split.
        behind: Whether the embedding is behind under the hardest split.
        rows: By task and split, the tasks by their difference under the hardest split.
        reach: The difference that the edge of the drawing stands for.
        about: What the tasks are read off: ``"region"`` or a kind of entities.
    """

    probe: str
    subject: str
    rival: str
    splits: list[str]
    sentences: list[str]
    behind: bool
    rows: list[tuple[str, dict[str, Duel]]]
    reach: float
    about: str = REGION


def contests(
    scores: pd.DataFrame, boards: Sequence[Board], resamples: pd.DataFrame | None = None
) -> list[Contest]:
    """The embedding that the page is about against the best baseline, one contest per board.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        boards: As :func:`~placeprint.evaluation.reporting.boards.boards` returns them.
        resamples: The headline metric under resamples of the places; None: no intervals.

    Returns:
        Those that could be held: a board needs a baseline that was scored on the same folds as the
        embedding.
    """
    found = []
    for board in boards:
        if board.rival is None:
            continue
        pair = [board.judged[0], board.rival]
        part = of_probe(scores, board.probe)
        part = part[part["task"].isin(board.tasks) & part["model"].isin(pair)]
        if (part.groupby(["task", "split", "seed"])["model"].nunique() == 2).any():
            found.append(_contest(part, board, board.judged[0], board.rival, resamples))
    return found


def _contest(
    scores: pd.DataFrame,
    board: Board,
    subject: str,
    rival: str,
    resamples: pd.DataFrame | None,
) -> Contest:
    drawn = None if resamples is None else of_probe(resamples, board.probe)
    found = compare(scores, subject, rival, drawn)
    tasks = found.tasks[found.tasks["probe"] == board.probe]
    overall = found.overall[found.overall["probe"] == board.probe].set_index("split")
    splits = [split for split in reversed(board.splits) if split in overall.index]
    drawn_ends = tasks.loc[tasks["split"] == splits[0], ["low", "high", "difference"]]
    reach = max(float(np.nanpercentile(drawn_ends.abs().to_numpy(), _REACH)), 1e-3)
    by_task: dict[str, dict[str, Duel]] = {}
    for row in tasks.to_dict("records"):
        by_task.setdefault(str(row["task"]), {})[str(row["split"])] = _duel(row, reach)
    rows = sorted(by_task.items(), key=lambda item: _first(item[1], splits, item[0]))
    sentences = []
    for split in splits:
        clear = [duel for duels in by_task.values() if (duel := duels.get(split)) and duel.clear]
        sentences.append(verdict(split, overall.loc[split].to_dict(), subject, rival, clear))
    behind = float(overall["mean"].loc[splits[0]]) < 0
    return Contest(board.probe, subject, rival, splits, sentences, behind, rows, reach, board.about)


def verdict(
    split: str, overall: dict[Any, Any], subject: str, rival: str, clear: Iterable[Duel]
) -> str:
    """What came out under one split, as a sentence or two.

    Args:
        split: The split.
        overall: A row of the ``overall`` of a
            :class:`~placeprint.evaluation.statistics.paired.Comparison`.
        subject: The embedding.
        rival: The baseline.
        clear: The duels whose corrected p-value is small.

    Example:
        >>> row = {"tasks": 19, "wins": 12, "ties": 0, "losses": 7, "mean": 0.07, "low": 0.03,
        ...        "high": 0.11, "p": 0.02}
        >>> print(verdict("block", row, "mine", "raw", []))
        With whole areas held out, mine is ahead of raw on 12 of 19 tasks; mean difference
        +0.07 [0.03, 0.11], more than the choice of places explains (Wilcoxon over tasks:
        p = 0.02). After correction for 19 tasks, no single difference is clear.
    """
    tasks, wins, losses = (int(overall[key]) for key in ("tasks", "wins", "losses"))
    if wins > losses:
        standing = f"ahead of {model_name(rival)} on {wins}"
    elif losses > wins:
        standing = f"behind {model_name(rival)} on {losses}"
    else:
        standing = f"neither ahead of {model_name(rival)} nor behind it, ahead on {wins}"
    # Few large differences may outweigh many small ones.
    although = "yet by its size the " if (wins - losses) * overall["mean"] < 0 else ""
    text = (
        f"With {split_name(split)}, {model_name(subject)} is {standing} of {tasks} "
        f"task{'s' if tasks != 1 else ''}; {although}mean difference {difference(overall['mean'])}"
    )
    if overall["low"] == overall["low"]:
        text += f" {interval(overall['low'], overall['high'])}, {_chance(overall)}"
    if tasks > 1:
        text += f" (Wilcoxon over tasks: {p_value(overall['p'])})"
    return f"{text}. {_clearly(list(clear), tasks)}"


def _chance(overall: dict[Any, Any]) -> str:
    if overall["low"] > 0 or overall["high"] < 0:
        return "more than the choice of places explains"
    return "no more than the choice of places may explain"


def _clearly(clear: Sequence[Duel], tasks: int) -> str:
    correction = "" if tasks == 1 else f"After correction for {tasks} tasks, "
    if not clear:
        found = "the difference is not clear." if tasks == 1 else "no single difference is clear."
        return correction + found if correction else found.capitalize()
    ahead = sum(duel.difference > 0 for duel in clear)
    parts = [f"ahead on {ahead}"] if ahead else []
    parts += [f"behind on {len(clear) - ahead}"] if ahead < len(clear) else []
    found = f"it is clearly {' and '.join(parts)}."
    return correction + found if correction else found.capitalize()


def _duel(row: dict[Any, Any], reach: float) -> Duel:
    low, high = float(row["low"]), float(row["high"])
    middle, left, right = (_drawn(value, reach) for value in (row["difference"], low, high))
    return Duel(
        str(row["metric"]),
        float(row["difference"]),
        low,
        high,
        float(row["p_holm"]),
        int(row["seeds"]),
        middle,
        (left, round(right - left, 1)) if low == low else (middle, 0.0),
    )


def _drawn(value: float, reach: float) -> float:
    """Where a difference is drawn, from 0 to 100."""
    share = (value / reach + 1) / 2 if value == value else 0.5
    return round(100 * min(max(share, 0.0), 1.0), 1)


def _first(duels: dict[str, Duel], splits: Sequence[str], task: str) -> tuple[float, str]:
    known = duels.get(splits[0])
    return (-known.difference if known is not None else float("inf"), task)
