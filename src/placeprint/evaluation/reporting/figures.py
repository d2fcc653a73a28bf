"""The predictions of each task, to be looked at: scatters, confusion matrices, maps of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.evaluation.reporting.colours import Scale
from placeprint.evaluation.reporting.grounds import Ground, Grounds
from placeprint.evaluation.reporting.matrices import Matrix
from placeprint.evaluation.reporting.names import SPLITS, ordered
from placeprint.evaluation.reporting.rivals import own_cell
from placeprint.evaluation.reporting.scatter import Scatter
from placeprint.evaluation.reporting.tables import ScoreTable, leading
from placeprint.evaluation.tasks import Task
from placeprint.typing import AnyArray, BoolArray, FloatArray

__all__ = ["SHOWN", "Panel", "Picture", "TaskFigures", "best_first", "task_figures"]

SHOWN: Final = 12
"""Tasks whose predictions are drawn at most."""

_RIGHT: Final = (86, 164, 214)
_WRONG: Final = (196, 77, 0)


@dataclass(frozen=True)
class Picture:
    """A map and what its colours mean: a scale, or None where they tell right from wrong."""

    image: str
    scale: Scale | None


@dataclass(frozen=True)
class Panel:
    """What came out for one task under one split.

    Attributes:
        split: The split.
        predicted: Places with a prediction.
        missing: Labelled places without a vector, and so without a prediction.
        mean_error: The mean absolute difference of predicted and true value, or the share of
            places whose class is mistaken.
        scatter: Predicted against true values, of a regression.
        matrix: The confusion matrix, of a classification.
        errors: The map of predicted minus true values, or of right and wrong; None where it is
            not known where the places are.
    """

    split: str
    predicted: int
    missing: int
    mean_error: float
    scatter: Scatter | None
    matrix: Matrix | None
    errors: Picture | None


@dataclass(frozen=True)
class TaskFigures:
    """The figures of one task.

    Attributes:
        task: The task.
        truth: The map of the true values, of a regression.
        panels: One per split, the easiest first.
    """

    task: Task
    truth: Picture | None
    panels: list[Panel]

    @property
    def located(self) -> bool:
        """Whether there are maps."""
        return any(panel.errors is not None for panel in self.panels)


def best_first(tables: Sequence[ScoreTable]) -> list[str]:
    """The tasks that leak nothing, the best predicted under the hardest split first.

    Args:
        tables: The scores; of each task those of its first probe count.
    """
    found: dict[str, float] = {}
    for table in leading(tables):
        for row in table.honest:
            if row.task in found:
                continue
            cell = own_cell(table, row, table.splits[-1])
            found[row.task] = float("-inf") if cell is None else cell.mean
    return sorted(found, key=lambda task: (-found[task], task))


def task_figures(
    predictions: pd.DataFrame,
    tasks: Sequence[Task],
    classes: Mapping[str, Sequence[str]],
    grounds: Grounds,
) -> list[TaskFigures]:
    """Draw the predictions of tasks.

    Args:
        predictions: Of one model, as
            :func:`~placeprint.evaluation.predictions.out_of_fold` gives them.
        tasks: The tasks to draw, in the order in which they are shown; one without any prediction
            is left out.
        classes: The classes of those that are classifications.
        grounds: Where they are drawn.
    """
    found = []
    for task in tasks:
        rows = predictions[predictions["task"] == task.name]
        answered = rows.loc[rows["predicted"].notna(), "split"]
        splits = ordered(answered.unique(), SPLITS)
        parts = {split: rows[rows["split"] == split] for split in splits}
        if parts:
            draw = _regression if task.kind == "regression" else _classification
            found.append(draw(task, parts, grounds, classes.get(task.name, ())))
    return found


def _regression(
    task: Task, parts: dict[str, pd.DataFrame], grounds: Grounds, _: Sequence[str]
) -> TaskFigures:
    values = {split: _values(rows) for split, rows in parts.items()}
    off = {split: predicted - truth for split, (truth, predicted) in values.items()}
    # One scale for all splits, so that their maps can be compared.
    scale = Scale.of_errors(np.concatenate(list(off.values())))
    panels = []
    for split, rows in parts.items():
        truth, predicted = values[split]
        known = np.isfinite(predicted)
        error = off[split]
        panels.append(
            Panel(
                split,
                int(known.sum()),
                int((~known).sum()),
                float(np.abs(error[known]).mean()),
                Scatter.draw(truth[known], predicted[known]),
                None,
                _picture(grounds.of(task, rows), scale.colours(error), known, scale),
            )
        )
    first = next(iter(parts))
    truth = values[first][0]
    of_truth = Scale.of_values(truth)
    known = np.isfinite(truth)
    ground = grounds.of(task, parts[first])
    return TaskFigures(task, _picture(ground, of_truth.colours(truth), known, of_truth), panels)


def _classification(
    task: Task, parts: dict[str, pd.DataFrame], grounds: Grounds, classes: Sequence[str]
) -> TaskFigures:
    panels = []
    for split, rows in parts.items():
        truth, predicted = _values(rows)
        known = np.isfinite(predicted)
        right = truth == predicted
        colours = np.where(right[:, None], _RIGHT, _WRONG).astype(np.uint8)
        panels.append(
            Panel(
                split,
                int(known.sum()),
                int((~known).sum()),
                float(1 - right[known].mean()),
                None,
                Matrix.count(truth[known], predicted[known], classes),
                _picture(grounds.of(task, rows), colours, known, None),
            )
        )
    return TaskFigures(task, None, panels)


def _values(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    return rows["truth"].to_numpy(dtype=np.float64), rows["predicted"].to_numpy(dtype=np.float64)


def _picture(
    ground: Ground | None, colours: AnyArray, known: BoolArray, scale: Scale | None
) -> Picture | None:
    return None if ground is None else Picture(ground.picture(colours, known), scale)
