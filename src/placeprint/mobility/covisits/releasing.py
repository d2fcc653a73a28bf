"""Counted edges on their way out: noise is added, and what is left out is counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeprint.mobility.covisits.edge_parts import EdgePart, EdgeParts
from placeprint.mobility.covisits.graph_file import mondays
from placeprint.mobility.covisits.privacy import NoisyRelease
from placeprint.progress import track

__all__ = ["Release"]


class Release:
    """Edges that are released, with noise or as they are, and their totals.

    Args:
        counted: The edges that pass the floor.
        noise: Adds noise and drops what is below its threshold; None: all edges as they are.

    Attributes:
        edges: Edges released so far.
        trips: Their released weight.
        true_trips: Their true weight.
    """

    def __init__(self, counted: EdgeParts, noise: NoisyRelease | None) -> None:
        self._counted, self.noise = counted, noise
        self.edges = self.trips = self.true_trips = 0
        self._weeks: list[int] = []

    def parts(self) -> Iterator[EdgePart]:
        """The edges that are released, in order."""
        with track("writing edges", total=self._counted.edges) as tracker:
            for part in self._counted:
                released, true_trips = self._released(part)
                self.edges += len(released.source)
                self.trips += int(released.weight.sum())
                self.true_trips += true_trips
                if released.week is not None:
                    self._weeks += np.setdiff1d(released.week, self._weeks[-1:]).tolist()
                yield released
                tracker.advance(len(part.source))

    def _released(self, part: EdgePart) -> tuple[EdgePart, int]:
        if self.noise is None:
            return part, int(part.weight.sum())
        kept, weight = self.noise(part.weight)
        week = None if part.week is None else part.week[kept]
        released = EdgePart(part.source[kept], part.target[kept], weight, week)
        return released, int(part.weight[kept].sum())

    @property
    def times(self) -> list[str]:
        """The snapshots released so far: the Mondays of their weeks."""
        return mondays(np.array(self._weeks, dtype=np.int64))
