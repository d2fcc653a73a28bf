"""The leaderboards: every model over all tasks that leak nothing.

One board per probe and what tasks are about: entities have other baselines than regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from placeprint.evaluation.probes import PRIOR
from placeprint.evaluation.reporting.names import METRICS, PROBES, SPLITS, ordered
from placeprint.evaluation.statistics.leaderboard import leaderboard
from placeprint.evaluation.statistics.score_tables import headline
from placeprint.evaluation.tasks import REGION, Task

__all__ = ["Board", "Entry", "Standing", "boards", "of_probe"]


_LEADING: Final = 8


@dataclass(frozen=True)
class Standing:
    """How a model does under one split.

    Attributes:
        mean: Mean of the metric over the tasks; NaN if it has no score for one of them.
        low: Lower end of its confidence interval; NaN where there is none.
        high: Upper end.
        rank: Mean rank over the tasks.
        wins: Tasks on which no model is better.
        tasks: Tasks that it has a score for.
    """

    mean: float
    low: float
    high: float
    rank: float
    wins: int
    tasks: int


@dataclass(frozen=True)
class Entry:
    """One model: its name, how it does by split, and the share of labelled places it covers."""

    model: str
    standings: dict[str, Standing]
    coverage: float


@dataclass(frozen=True)
class Board:
    """The models under one probe, the best under the hardest split first.

    Attributes:
        probe: The probe.
        metrics: What the tasks are judged by.
        tasks: The tasks that leak nothing, sorted.
        splits: The splits, the easiest first.
        judged: The models that are no baselines, the one that the page is about first.
        entries: The models.
        about: What the tasks are read off: ``"region"`` or a kind of entities.
    """

    probe: str
    metrics: list[str]
    tasks: list[str]
    splits: list[str]
    judged: list[str]
    entries: list[Entry]
    about: str = REGION

    @property
    def leading(self) -> list[Entry]:
        """The first of the models, and the one that the page is about."""
        first = self.entries[:_LEADING]
        return first + [each for each in self.entries[_LEADING:] if each.model == self.judged[0]]

    @property
    def rival(self) -> str | None:
        """The baseline with the highest mean under the hardest split; None if there is none."""
        means = {
            entry.model: standing.mean
            for entry in self.entries
            if entry.model not in self.judged
            and (standing := entry.standings.get(self.splits[-1])) is not None
        }
        defined = {model: mean for model, mean in means.items() if mean == mean}
        return max(defined, key=defined.__getitem__) if defined else next(iter(means), None)


def boards(
    scores: pd.DataFrame,
    tasks: Sequence[Task],
    judged: Sequence[str],
    resamples: pd.DataFrame | None = None,
) -> list[Board]:
    """One leaderboard per probe and what tasks are about; none if every task leaks.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks in them.
        judged: The models that are no baselines, the one that the page is about first.
        resamples: The headline metric under resamples of the places; None: no intervals.

    Example:
        >>> rows = [["t", split, "ridge", model, 0, "r2", value, 9, 1.0]
        ...         for split in ("random", "block")
        ...         for model, value in (("raw", 0.4), ("mine", 0.5))]
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> task = Task("t", "region", "grid", pd.DataFrame())
        >>> (board,) = boards(pd.DataFrame(rows, columns=columns), [task], ["mine"])
        >>> [entry.model for entry in board.entries], board.rival
        (['mine', 'raw'], 'raw')
    """
    honest = {task.name: task.about for task in tasks if not task.leaks}
    rows = headline(scores)
    rows = rows[rows["task"].isin(list(honest)) & rows["value"].notna()]
    about = rows["task"].map(honest)
    found = []
    for probe, subject in _pairs(rows["probe"], about):
        part = of_probe(rows[about == subject], probe)
        drawn = None if resamples is None else of_probe(resamples, probe)
        table = leaderboard(part, resamples=drawn, probe=probe)
        read = part[part["probe"] == probe]
        metrics = ordered(read["metric"].unique(), METRICS)
        splits = ordered(read["split"].unique(), SPLITS)
        entries = [_entry(row, splits) for row in table.to_dict("records")]
        entries.sort(key=lambda entry: _place(entry, splits))
        names = sorted(read["task"].unique())
        found.append(Board(probe, metrics, names, splits, list(judged), entries, subject))
    return found


def _pairs(probes: pd.Series, about: pd.Series) -> list[tuple[str, str]]:
    """Which probes read which subjects off vectors, in the order of their boards."""
    read = sorted(set(zip(probes, about, strict=True)))
    return [
        (probe, subject)
        for probe in ordered(set(probes) - {PRIOR}, PROBES)
        for subject in ordered(set(about), [REGION])
        if (probe, subject) in read
    ]


def of_probe(table: pd.DataFrame, probe: str) -> pd.DataFrame:
    """The rows of a probe and of the spatial prior, by a column or a level of the index."""
    if "probe" in table:
        return table[table["probe"].isin([probe, PRIOR])]
    return table[table.index.isin([probe, PRIOR], level="probe")]


def _entry(row: dict[Any, Any], splits: Sequence[str]) -> Entry:
    standings = {
        split: Standing(
            float(row[f"{split}_mean"]),
            float(row[f"{split}_low"]),
            float(row[f"{split}_high"]),
            float(row[f"{split}_rank"]),
            int(row[f"{split}_wins"]),
            int(row[f"{split}_tasks"]),
        )
        for split in splits
        if row[f"{split}_rank"] == row[f"{split}_rank"]
    }
    return Entry(str(row["model"]), standings, float(row["coverage"]))


def _place(entry: Entry, splits: Sequence[str]) -> tuple[list[float], str]:
    """What entries are sorted by: the rank under the hardest split, then under the easier ones."""
    ranks = {split: standing.rank for split, standing in entry.standings.items()}
    return [ranks.get(split, float("inf")) for split in reversed(splits)], entry.model
