"""Where predictions are drawn: the regions they are about, or the points where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.maps import Canvas, png
from placeprint.evaluation.tasks import Task
from placeprint.typing import AnyArray, BoolArray, IntArray

__all__ = ["Ground", "Grounds"]

_LONGEST: Final = 560
"""Pixels along the longer side of a map of points."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The map that the rows of a task are drawn on.

    Attributes:
        canvas: Its pixels.
        rows: (n_shapes,) the row that each region or point of the canvas shows; −1 for none.
    """

    canvas: Canvas
    rows: IntArray

    def picture(self, colours: AnyArray, known: BoolArray) -> str:
        """The map of rows in their colours, as a ``data:`` address.

        Args:
            colours: (n_rows, 3) uint8.
            known: (n_rows,) which rows have a colour; the others are striped in grey.
        """
        return png(self.canvas.paint(colours[self.rows], (self.rows >= 0) & known[self.rows]))


class Grounds:
    """Finds the ground of each task; what several tasks share is made once.

    Args:
        atlas: The study area, whose outlines are drawn; None: all are points.
        canvas: The canvas of its regions.

    Example:
        >>> rows = pd.DataFrame({"id": ["a", "b"], "lon": [5.0, 6.0], "lat": [60.0, np.nan]})
        >>> task = Task("t", "region", "grid", pd.DataFrame())
        >>> Grounds().of(task, rows).rows.tolist()
        [0]
    """

    def __init__(self, atlas: Atlas | None = None, canvas: Canvas | None = None) -> None:
        self._atlas = atlas
        self._canvas = canvas
        self._points: dict[bytes, Canvas] = {}

    def of(self, task: Task, rows: pd.DataFrame) -> Ground | None:
        """The ground of some rows of a task.

        Args:
            task: The task.
            rows: Columns id, lon and lat, as predictions have them.

        Returns:
            None if it is not known where any row is.
        """
        shapes = self._shapes(task)
        if shapes is not None and self._canvas is not None:
            at = pd.Index(rows["id"].to_numpy(dtype=object)).get_indexer(shapes)
            if (at >= 0).any():
                return Ground(self._canvas, at)
        positions = rows[["lon", "lat"]].to_numpy(dtype=np.float64)
        known = np.flatnonzero(np.isfinite(positions).all(axis=1))
        if not len(known):
            return None
        key = positions[known].tobytes()
        if key not in self._points:
            self._points[key] = Canvas.of_points(positions[known], _LONGEST)
        return Ground(self._points[key], known)

    def _shapes(self, task: Task) -> pd.Index | None:
        """The id that rows of the task have at each region; None where rows are no shapes."""
        if self._atlas is None:
            return None
        if task.level == "region":
            regions: pd.Index = self._atlas.region_ids
            return regions
        if task.level not in self._atlas.unit_levels:
            return None
        units = self._atlas.units(task.level)
        first = units[~units.index.duplicated()].reindex(self._atlas.region_ids)
        ids: pd.Index = pd.Index(first, dtype=object)
        return ids
