"""The training curves as the points of a drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from placeprint.evaluation.reporting.numbers import decimal

__all__ = ["Curve", "Curves", "Tick", "stage_curves", "training_curves"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 656.0, 16.0, 236.0
_STEPS: Final = [1, 2, 5, 10]
_LINE: Final = 16.0
_SERIES: Final = ("training", "validation")


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it is and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Curve:
    """One curve: its name, its points (``x,y x,y …``), and the height its name is written at."""

    name: str
    points: str
    label: float


@dataclass(frozen=True)
class Curves:
    """The training curves, in the coordinates of the drawing.

    Attributes:
        curves: What was measured.
        x_ticks: Epochs.
        y_ticks: Losses.
        best_epoch: The epoch with the least loss, in validation where there was any.
        best_loss: That loss.
        best_of: Which curve it is on.
        best_at: Where it is drawn, (x, y).
        epochs: How many epochs there were.
    """

    curves: list[Curve]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    best_epoch: int
    best_loss: float
    best_of: str
    best_at: tuple[float, float]
    epochs: int


def training_curves(history: pd.DataFrame) -> Curves | None:
    """Lay out the training curves.

    Args:
        history: Columns epoch, training and validation.

    Returns:
        The drawing; None if no epoch has a finite loss.

    Example:
        >>> history = pd.DataFrame({"epoch": [1, 2, 3], "training": [3.0, 2.0, 1.0],
        ...                         "validation": [3.0, 2.5, 2.75]})
        >>> training_curves(history).best_epoch
        2
    """
    from matplotlib.ticker import MaxNLocator

    series = {name: _finite(history, name) for name in _SERIES if name in history}
    series = {name: points for name, points in series.items() if points}
    if not series:
        return None
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    y_marks = list(MaxNLocator(nbins=5, steps=_STEPS).tick_values(min(ys), max(ys)))
    x_axis = MaxNLocator(nbins=8, steps=_STEPS, integer=True)
    x_marks = [at for at in x_axis.tick_values(min(xs), max(xs)) if min(xs) <= at <= max(xs)]
    across = _Axis(min(xs), max(xs), _LEFT, _RIGHT)
    upward = _Axis(y_marks[0], y_marks[-1], _BOTTOM, _TOP)
    best_of = list(series)[-1]
    best_epoch, best_loss = min(series[best_of], key=lambda point: (point[1], point[0]))
    drawn = {name: [(across(x), upward(y)) for x, y in points] for name, points in series.items()}
    labels = _apart([points[-1][1] + 4 for points in drawn.values()])
    return Curves(
        [
            Curve(name, " ".join(f"{x},{y}" for x, y in points), label)
            for (name, points), label in zip(drawn.items(), labels, strict=True)
        ],
        [Tick(across(mark), decimal(mark)) for mark in x_marks],
        [Tick(upward(mark), decimal(mark)) for mark in y_marks],
        int(best_epoch),
        best_loss,
        best_of,
        (across(best_epoch), upward(best_loss)),
        len(set(xs)),
    )


def stage_curves(history: pd.DataFrame) -> dict[str, Curves]:
    """Lay out the training curves of each stage, in the order of their training.

    Args:
        history: Columns epoch, training, validation and, of a model in stages, stage.

    Returns:
        Stage → drawing; one without a name where there are no stages, none without a finite loss.

    Example:
        >>> history = pd.DataFrame({"stage": ["poi", "local"], "epoch": [1, 1],
        ...                         "training": [3.0, 2.0], "validation": [3.0, 2.5]})
        >>> list(stage_curves(history))
        ['poi', 'local']
    """
    if "stage" in history:
        parts = {str(stage): rows for stage, rows in history.groupby("stage", sort=False)}
    else:
        parts = {"": history}
    drawn = {stage: training_curves(rows) for stage, rows in parts.items()}
    return {stage: curves for stage, curves in drawn.items() if curves is not None}


def _apart(heights: list[float]) -> list[float]:
    """The same heights, moved so far apart that a line of text fits between two of them."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= _LINE:
        return heights
    middle = (heights[0] + heights[1]) / 2
    shift = _LINE / 2 if heights[0] > heights[1] else -_LINE / 2
    return [round(middle + shift, 1), round(middle - shift, 1)]


@dataclass(frozen=True)
class _Axis:
    """A straight line from values to the coordinates of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + share * (self.end - self.start), 1)


def _finite(history: pd.DataFrame, name: str) -> list[tuple[float, float]]:
    pairs = zip(history["epoch"].tolist(), history[name].tolist(), strict=True)
    return [(float(x), float(y)) for x, y in pairs if math.isfinite(y)]
