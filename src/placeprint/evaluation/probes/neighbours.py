"""Means over nearest neighbours, and the error of each number of neighbours on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation.probes.inner import has_groups, inner_folds
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = [
    "Build",
    "Query",
    "check_counts",
    "first",
    "held_out_neighbours",
    "neighbour_means",
    "slices",
]

_CHUNK = 2048
"""Rows whose neighbours are held at a time."""

Query: TypeAlias = Callable[[FloatArray, int], tuple[FloatArray, IntArray]]
"""Gives for (m, d) points and a number k the distances and positions, (m, k), of the k nearest
points, nearest first."""

Build: TypeAlias = Callable[[FloatArray], Query]
"""Prepares (n, d) points for such queries."""


def slices(n: int) -> Iterator[slice]:
    """Slices of rows that together cover n rows."""
    return (slice(start, start + _CHUNK) for start in range(0, n, _CHUNK))


def check_counts(ks: Sequence[int]) -> IntArray:
    """The numbers of neighbours to try, as an array.

    Raises:
        InputError: If there is none, or one is below 1.

    Example:
        >>> check_counts((1, 5))
        array([1, 5])
    """
    counts = np.asarray(ks)
    if counts.dtype.kind not in "iu" or not counts.size or counts.min() < 1:
        raise InputError(f"numbers of neighbours {ks}, expected whole numbers of 1 or more")
    return counts


def first(ks: IntArray, c: int) -> FloatArray:
    """Equal weights of the first k of c neighbours, for every k: (a, c), 1 or 0.

    Where k is above c, all c count.

    Example:
        >>> first(np.array([1, 5]), 3)
        array([[1., 0., 0.],
               [1., 1., 1.]])
    """
    return (np.arange(c) < ks[:, None]).astype(np.float64)


def neighbour_means(Y: FloatArray, who: IntArray, weights: FloatArray) -> FloatArray:
    """The mean label of each row's neighbours, Σ w y / Σ w, under several weightings at once.

    Args:
        Y: (n, t) labels.
        who: (m, c) rows of the neighbours.
        weights: (m, a, c), or (a, c) if they are the same for every row.

    Returns:
        (m, a, t).

    Example:
        >>> labels = np.array([[1.0], [3.0], [8.0]])
        >>> means = neighbour_means(labels, np.array([[0, 1, 2]]), first(np.array([1, 3]), 3))
        >>> means.ravel().tolist()
        [1.0, 4.0]
    """
    means: FloatArray = weights @ Y[who] / weights.sum(axis=-1)[..., None]
    return means


def held_out_neighbours(
    build: Build, points: FloatArray, groups: AnyArray | None, k: int
) -> Iterator[tuple[IntArray, FloatArray, IntArray]]:
    """The neighbours of each row among those it is held out from.

    With groups these are the rows of the other inner folds (:func:`inner_folds`), which hold whole
    groups; without, all rows but itself. There may be fewer than k.

    Args:
        build: How points are searched.
        points: (n, d).
        groups: (n,) the group of each row, or None.
        k: How many neighbours.

    Yields:
        m rows, and (m, k) distances and rows of their neighbours, nearest first.

    Example:
        >>> def build(points):
        ...     def query(queries, k):
        ...         distance = abs(queries - points.T)
        ...         order = distance.argsort(axis=1, kind="stable")[:, :k]
        ...         return np.take_along_axis(distance, order, axis=1), order
        ...     return query
        >>> points = np.array([[0.0], [1.0], [3.0]])
        >>> next(held_out_neighbours(build, points, None, 1))[2].ravel().tolist()
        [1, 0, 1]
    """
    n = len(points)
    if not has_groups(groups):
        query, everyone = build(points), np.arange(n)
        for part in slices(n):
            rows = everyone[part]
            yield rows, *_others(rows, *query(points[rows], min(k + 1, n)))
        return
    folds = inner_folds(n, groups)
    for fold in range(folds.max() + 1):
        others, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        query = build(points[others])
        for part in slices(len(held_out)):
            rows = held_out[part]
            distance, who = query(points[rows], min(k, len(others)))
            yield rows, distance, others[who]


def _others(rows: IntArray, distance: FloatArray, who: IntArray) -> tuple[FloatArray, IntArray]:
    """The neighbours of each row but itself."""
    kept = who != rows[:, None]
    # Among many in the very same spot a row may not be named at all: then the last goes instead.
    kept[kept.all(axis=1), -1] = False
    shape = (len(rows), who.shape[1] - 1)
    return distance[kept].reshape(shape), who[kept].reshape(shape)
