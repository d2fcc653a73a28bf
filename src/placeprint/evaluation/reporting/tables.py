"""The tables of scores: tasks down, models across, one table per probe and metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.reporting.names import METRICS, MODELS, PROBES, SPLITS, ordered
from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline
from placeprint.evaluation.statistics.summary import MEAN, summary
from placeprint.evaluation.tasks import REGION, Task

__all__ = ["Cell", "Row", "ScoreTable", "check_scores", "leading", "score_tables"]


@dataclass(frozen=True)
class Cell:
    """The score of one model on one task under one split.

    Attributes:
        mean: The metric, averaged over the seeds; NaN where it is not defined.
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
        title: What it is called on the page.
        leaks: What its labels were derived from.
        tested: Places tested under each split, averaged over the seeds.
        coverage: Share of the labelled places that the judged embedding has a vector for.
        cells: By split and model.
    """

    task: str
    title: str
    leaks: tuple[str, ...]
    tested: dict[str, float]
    coverage: float
    cells: dict[tuple[str, str], Cell]


@dataclass(frozen=True)
class ScoreTable:
    """The scores read by one probe, in one metric.

    Attributes:
        probe: Its name.
        metric: What the tasks are judged by.
        splits: The splits, the easiest first.
        models: The models, the judged embedding first.
        judged: Those models that are no baselines, the one that the page is about first.
        rows: The tasks, the best predicted first, those that leak last.
        mean: The mean over the tasks that leak nothing; None if every task leaks.
        about: What the tasks are read off: ``"region"`` or a kind of entities.
    """

    probe: str
    metric: str
    splits: list[str]
    models: list[str]
    judged: list[str]
    rows: list[Row]
    mean: Row | None
    about: str = REGION

    @property
    def subject(self) -> str:
        """The embedding that the page is about."""
        return self.judged[0]

    @property
    def honest(self) -> list[Row]:
        """The rows of the tasks that leak nothing."""
        return [row for row in self.rows if not row.leaks]


def check_scores(scores: pd.DataFrame, tasks: Sequence[Task], judged: Sequence[str]) -> None:
    """Refuse scores that say nothing about the embeddings that were to be judged.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks that were scored.
        judged: The names of the embeddings.

    Raises:
        InputError: If a task is unknown, or no embedding that was to be judged has a score.
    """
    known = [task.name for task in tasks]
    for task in sorted(set(scores["task"].unique()) - set(known)):
        raise InputError(f"scores of an unknown task {task!r}", hint=closest(task, known))
    models = scores["model"].unique()
    if not set(judged) & set(models):
        raise InputError(
            f"no score of an embedding that was to be judged ({listing(judged) or 'none named'}); "
            f"the scores are of {listing(sorted(models)) or 'no model'}",
            source="scores",
            hint="run `placeprint evaluate` without choosing models",
        )


def score_tables(
    scores: pd.DataFrame, tasks: Sequence[Task], judged: Sequence[str]
) -> list[ScoreTable]:
    """The tables of the metrics that tasks are judged by.

    One per probe, metric and what tasks are about: regions, or a kind of entities, which have other
    baselines.

    The spatial prior, which no probe reads, stands beside the models of every probe.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks in them.
        judged: The models that are no baselines, the one that the page is about first.

    Example:
        >>> rows = [["t", "random", "ridge", m, 0, "r2", v, 9, 1.0]
        ...         for m, v in (("raw", 0.4), ("mine", 0.5))]
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> task = Task("t", "region", "grid", pd.DataFrame())
        >>> (table,) = score_tables(pd.DataFrame(rows, columns=columns), [task], ["mine"])
        >>> table.models, table.mean.cells["random", "mine"].best
        (['mine', 'raw'], True)
    """
    rows = beside_every_probe(headline(scores))
    told = {task.name: task for task in tasks}
    tables = []
    rows = rows.assign(about=rows["task"].map({task.name: task.about for task in tasks}))
    for probe in ordered(rows["probe"].unique(), PROBES):
        of_probe = rows[rows["probe"] == probe]
        for about in ordered(of_probe["about"].unique(), [REGION]):
            here = of_probe[of_probe["about"] == about]
            for metric in ordered(here["metric"].unique(), METRICS):
                part = here[here["metric"] == metric]
                tested = part.groupby(["task", "split"])["n"].mean()
                brief = summary(part, tasks, metric)
                table = _table(probe, metric, brief, tested, told, list(judged))
                tables.append(replace(table, about=about))
    return tables


def leading(tables: Sequence[ScoreTable]) -> list[ScoreTable]:
    """Of the tables that show the same tasks by several probes the first.

    Args:
        tables: As :func:`score_tables` gives them.
    """
    found: list[ScoreTable] = []
    seen: set[str] = set()
    for table in tables:
        tasks = {row.task for row in table.rows}
        if not tasks <= seen:
            found.append(table)
        seen |= tasks
    return found


def _table(
    probe: str,
    metric: str,
    brief: pd.DataFrame,
    tested: pd.Series,
    told: dict[str, Task],
    judged: list[str],
) -> ScoreTable:
    splits = ordered(brief["split"].unique(), SPLITS)
    models = ordered(brief["model"].unique(), MODELS, first=judged)
    rows = []
    for name, part in brief.groupby("task"):
        task = str(name)
        counts = {} if task == MEAN else tested.loc[task].to_dict()
        own = part.loc[part["model"] == judged[0], "coverage"]
        covered = 0.0 if own.empty else float(own.max())
        title, leaks = (told[task].title, told[task].leaks) if task in told else (task, ())
        rows.append(Row(task, title, leaks, counts, covered, _cells(part)))
    mean = next((row for row in rows if row.task == MEAN), None)
    shown = [row for row in rows if row.task != MEAN]
    hardest = (splits[-1], judged[0])
    shown.sort(key=lambda row: (bool(row.leaks), -_known(row.cells.get(hardest)), row.task))
    return ScoreTable(probe, metric, splits, models, judged, shown, mean)


def _known(cell: Cell | None) -> float:
    return cell.mean if cell is not None and cell.mean == cell.mean else float("-inf")


def _cells(part: pd.DataFrame) -> dict[tuple[str, str], Cell]:
    """The cells of one task; a model is best if it *shows* the highest score."""
    shown = part["mean"].map(lambda value: round(value, 2))
    best = shown == shown.groupby(part["split"]).transform("max")
    columns = ("split", "model", "mean", "std", "coverage")
    values = zip(*(part[column] for column in columns), best, strict=True)
    return {
        (split, model): Cell(mean, std, coverage, bool(is_best))
        for split, model, mean, std, coverage, is_best in values
    }
