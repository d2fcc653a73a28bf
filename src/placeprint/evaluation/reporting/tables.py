"""The table of scores: tasks down, models across, one table per probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.evaluation.scoring import COLUMNS
from placeprint.evaluation.summary import MEAN, summary
from placeprint.evaluation.tasks import Task

__all__ = ["EMBEDDING", "Cell", "Row", "ScoreTable", "check_scores", "ranking", "score_tables"]

EMBEDDING: Final = "placeprint"
"""The name under which the embedding of the run stands in the scores."""

_SPLITS: Final = ("random", "block")
_PROBES: Final = ("ridge", "lightgbm", "ridge_published")
_MODELS: Final = (
    EMBEDDING,
    "raw+flows",
    "raw",
    "pca",
    "line",
    "spherical_harmonics",
    "coordinates",
)


@dataclass(frozen=True)
class Cell:
    """The score of one model on one task under one split.

    Attributes:
        mean: R², averaged over the seeds; NaN where it is not defined.
        std: Its standard deviation over the seeds.
        coverage: Share of the labelled places that the model has a vector for.
        best: Whether no other model shows a higher score in this row and split.
    """

    mean: float
    std: float
    coverage: float
    best: bool


@dataclass(frozen=True)
class Row:
    """One task, or the mean over tasks.

    Attributes:
        task: Its name.
        leaks: What its labels were derived from.
        tested: Places tested under each split, averaged over the seeds.
        cells: By split and model.
    """

    task: str
    leaks: tuple[str, ...]
    tested: dict[str, float]
    cells: dict[tuple[str, str], Cell]

    @property
    def coverage(self) -> float:
        """Share of the labelled places that have an embedding."""
        own = [cell.coverage for (_, model), cell in self.cells.items() if model == EMBEDDING]
        return max(own, default=0.0)


@dataclass(frozen=True)
class ScoreTable:
    """The scores read by one probe.

    Attributes:
        probe: Its name.
        splits: The splits, random ones first.
        models: The models, the embedding first.
        rows: The tasks, the best predicted first, those that leak last.
        mean: The mean over the tasks that leak nothing; None if every task leaks.
    """

    probe: str
    splits: list[str]
    models: list[str]
    rows: list[Row]
    mean: Row | None

    @property
    def honest(self) -> list[Row]:
        """The rows of the tasks that leak nothing."""
        return [row for row in self.rows if not row.leaks]


def check_scores(scores: pd.DataFrame) -> None:
    """Refuse a table that is no table of scores of this embedding.

    Raises:
        InputError: If a column is missing, there is no R², or the embedding is not among the
            models.
    """
    hint = "run `placeprint evaluate RUN` again"
    missing = [column for column in COLUMNS if column not in scores]
    if missing:
        raise InputError(f"no column {listing(missing)}", source="scores", hint=hint)
    models = scores.loc[scores["metric"] == "r2", "model"].unique()
    if EMBEDDING not in models:
        raise InputError(
            f"no R² of the model {EMBEDDING!r}, found models: {listing(models) or 'none'}",
            source="scores",
            hint=hint,
        )


def score_tables(scores: pd.DataFrame, tasks: Sequence[Task]) -> list[ScoreTable]:
    """The tables of R², one per probe.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks in them.

    Example:
        >>> rows = [["t", "random", "ridge", m, 0, "r2", v, 9, 1.0]
        ...         for m, v in (("raw", 0.4), ("placeprint", 0.5))]
        >>> task = Task("t", "region", "grid", pd.DataFrame())
        >>> (table,) = score_tables(pd.DataFrame(rows, columns=list(COLUMNS)), [task])
        >>> table.models, table.mean.cells["random", "placeprint"].best
        (['placeprint', 'raw'], True)
    """
    brief = summary(scores, tasks)
    chosen = scores[scores["metric"] == "r2"]
    tested = chosen.groupby(["probe", "task", "split"])["n"].mean()
    leaks = {task.name: task.leaks for task in tasks}
    return [
        _table(probe, part, tested.loc[probe], leaks)
        for probe, part in ((name, brief[brief["probe"] == name]) for name in _probes(brief))
    ]


def ranking(table: ScoreTable) -> list[str]:
    """The models by their mean over the tasks that leak nothing, the best first.

    What counts is the last split, the hardest; a model without a defined mean comes last.
    """
    if table.mean is None:
        return []
    means = {
        model: cell.mean
        for (split, model), cell in table.mean.cells.items()
        if split == table.splits[-1]
    }
    defined = {model: mean if mean == mean else float("-inf") for model, mean in means.items()}
    return sorted(defined, key=lambda model: (-defined[model], model))


def _probes(brief: pd.DataFrame) -> list[str]:
    return _ordered(brief["probe"], _PROBES)


def _ordered(names: pd.Series, first: Sequence[str]) -> list[str]:
    """The distinct names: those known in their order, then the others by the alphabet."""
    found = sorted(names.unique())
    known = [name for name in first if name in found]
    return known + [name for name in found if name not in known]


def _table(
    probe: str, brief: pd.DataFrame, tested: pd.Series, leaks: dict[str, tuple[str, ...]]
) -> ScoreTable:
    splits, models = _ordered(brief["split"], _SPLITS), _ordered(brief["model"], _MODELS)
    rows = []
    for name, part in brief.groupby("task"):
        task = str(name)
        counts = {} if task == MEAN else tested.loc[task].to_dict()
        rows.append(Row(task, leaks.get(task, ()), counts, _cells(part)))
    mean = next((row for row in rows if row.task == MEAN), None)
    shown = [row for row in rows if row.task != MEAN]
    hardest = splits[-1]
    shown.sort(key=lambda row: (bool(row.leaks), -_known(row, hardest), row.task))
    return ScoreTable(probe, splits, models, shown, mean)


def _known(row: Row, split: str) -> float:
    cell = row.cells.get((split, EMBEDDING))
    return cell.mean if cell is not None and cell.mean == cell.mean else float("-inf")


def _cells(part: pd.DataFrame) -> dict[tuple[str, str], Cell]:
    """The cells of one task; a model is best if it *shows* the highest score."""
    shown = part["mean"].map(lambda value: round(value, 2))
    best = shown == shown.groupby(part["split"]).transform("max")
    return {
        (split, model): Cell(mean, std, coverage, bool(is_best))
        for split, model, mean, std, coverage, is_best in zip(
            part["split"],
            part["model"],
            part["mean"],
            part["std"],
            part["coverage"],
            best,
            strict=True,
        )
    }
