"""Large matrices by blocks of rows: held, mapped from disk or made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from placeprint.typing import FloatArray, IntArray

__all__ = ["BLOCK", "Blockwise", "Rows", "aligned", "blocks", "slices"]

BLOCK: Final = 8192
"""Rows turned to double precision at a time."""


class Rows(Protocol):
    """What has rows that can be read some at a time: an array, or a :class:`Blockwise`."""

    @property
    def shape(self) -> tuple[Any, ...]:
        """(n, d)."""
        ...

    def __getitem__(self, rows: Any, /) -> FloatArray:
        """The rows of a slice, (m, d)."""
        ...


@dataclass(frozen=True)
class Blockwise:
    """A matrix whose rows are made when they are read.

    Attributes:
        shape: (n, d).
        make: From a slice of rows to these rows.

    Example:
        >>> squares = Blockwise((4, 1), lambda rows: np.arange(4.0)[rows, None] ** 2)
        >>> squares[1:3].tolist()
        [[1.0], [4.0]]
    """

    shape: tuple[int, int]
    make: Callable[[slice], FloatArray]

    def __getitem__(self, rows: Any, /) -> FloatArray:
        """The rows of a slice."""
        return self.make(rows)


def aligned(values: FloatArray, positions: IntArray) -> Blockwise:
    """The rows of a table at the positions of n regions, NaN where a region has none.

    Args:
        values: (r, d) float32, held or mapped from disk.
        positions: (n,) the row of each region, −1 where it has none.

    Example:
        >>> aligned(np.array([[5.0], [7.0]]), np.array([1, -1]))[:].tolist()
        [[7.0], [nan]]
    """

    def make(rows: slice) -> FloatArray:
        chosen = positions[rows]
        found = np.full((len(chosen), values.shape[1]), np.nan, dtype=values.dtype)
        found[chosen >= 0] = values[chosen[chosen >= 0]]
        return found

    return Blockwise((len(positions), values.shape[1]), make)


def blocks(rows: Rows) -> Iterator[FloatArray]:
    """All rows, some at a time, in double precision.

    Example:
        >>> [block.shape for block in blocks(np.zeros((BLOCK + 5, 2)))]
        [(8192, 2), (5, 2)]
    """
    for some in slices(rows.shape[0]):
        yield np.asarray(rows[some], dtype=np.float64)


def slices(n: int) -> Iterator[slice]:
    """Consecutive slices of at most :data:`BLOCK` rows."""
    for first in range(0, n, BLOCK):
        yield slice(first, min(first + BLOCK, n))
