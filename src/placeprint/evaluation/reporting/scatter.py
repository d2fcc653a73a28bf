"""Predicted against true values, as a drawing of dots that darken where many lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from placeprint.evaluation.reporting.curves import Tick
from placeprint.evaluation.reporting.maps import png
from placeprint.evaluation.reporting.numbers import decimal
from placeprint.typing import AnyArray, BoolArray, FloatArray

__all__ = ["Scatter"]

_PIXELS: Final = 420
_TAILS: Final = (0.5, 99.5)
"""Percentiles between which values are sure to be inside the frame."""

_RIM: Final = 0.04
"""The share of the frame that is left free on each side."""

_RADIUS: Final = 3
_COLOUR: Final = (52, 140, 196)
_SHADES: Final = 15


@dataclass(frozen=True)
class Scatter:
    """A square drawing of predicted (upwards) against true values (to the right).

    Attributes:
        image: The dots, as a ``data:`` address; the drawing behind them is transparent.
        ticks: Marks that both axes share: 0 at the low end, 1 at the high end.
        beyond: How many dots lie outside the frame; they are drawn at its edge.
        r2: R² of what is drawn; NaN where the true values do not differ.
    """

    image: str
    ticks: list[Tick]
    beyond: int
    r2: float

    @classmethod
    def draw(cls, truth: FloatArray, predicted: FloatArray) -> Scatter:
        """Draw the dots.

        Args:
            truth: (n,) true values, n of 1 or more.
            predicted: (n,) predicted values, all known.

        Example:
            >>> truth = np.linspace(0, 10, 50)
            >>> drawn = Scatter.draw(truth, truth)
            >>> drawn.r2, [tick.text for tick in drawn.ticks]
            (1.0, ['0', '2', '4', '6', '8', '10'])
        """
        from matplotlib.ticker import MaxNLocator

        both = np.stack([truth, predicted]).astype(np.float64)
        low, high = np.percentile(both, _TAILS)
        room = max((high - low) * _RIM / (1 - 2 * _RIM), 1e-6 * max(1.0, abs(low)))
        low, high = low - room, high + room
        share = (both - low) / (high - low)
        outside: BoolArray = ((share < 0) | (share > 1)).any(axis=0)
        marks = MaxNLocator(nbins=6, steps=[1, 2, 5, 10]).tick_values(low, high)
        return cls(
            png(_dots(share.clip(0, 1))),
            [Tick((at - low) / (high - low), decimal(at)) for at in marks if low <= at <= high],
            int(outside.sum()),
            _r2(both[0], both[1]),
        )


def _r2(truth: FloatArray, predicted: FloatArray) -> float:
    total = np.square(truth - truth.mean()).sum()
    return float(1 - np.square(truth - predicted).sum() / total) if total > 0 else float("nan")


def _dots(share: FloatArray) -> AnyArray:
    """The picture of dots at shares (2, n) of the width and, from below, of the height."""
    side = _PIXELS
    centre = _RADIUS + (share * (side - 1 - 2 * _RADIUS)).round().astype(np.int64)
    columns, rows = centre[0], side - 1 - centre[1]
    reach = np.arange(-_RADIUS, _RADIUS + 1)
    down, right = (offset.ravel() for offset in np.meshgrid(reach, reach))
    disc = down**2 + right**2 <= _RADIUS**2
    counts = np.zeros(side * side, dtype=np.int64)
    for drop, shift in zip(down[disc], right[disc], strict=True):
        counts += np.bincount((rows + drop) * side + columns + shift, minlength=side * side)
    pixels = np.zeros((side, side, 4), dtype=np.uint8)
    pixels[..., :3] = _COLOUR
    # One dot among few is dark, one among many pale: what stands out is where many lie.
    palest = np.clip(0.8 - 0.25 * np.log10(share.shape[1] / 100), 0.2, 0.8)
    dark = np.log(counts.clip(1)) / max(np.log(counts.max()), 1e-9)
    shade = ((palest + (1 - palest) * dark) * _SHADES).round() / _SHADES * (counts > 0)
    pixels[..., 3] = (shade * 255).round().reshape(side, side)
    return pixels
