"""Sums over rows from which ridges on any union of parts of the rows follow exactly.

Inner folds differ in which parts they leave out. The sums of each part are gathered once, about
the part's own means, and those of a training set are put together from its parts: positive terms
only are added, none subtracted, so that nothing is lost by cancellation (Chan et al. 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placeprint.evaluation.probes.columns import centred, chunks, column_means
from placeprint.typing import FloatArray

__all__ = ["Gaps", "Moments", "gather", "pool"]


@dataclass(frozen=True, eq=False)
class Gaps:
    """Sums over the places of known values, K (1 where known), which moving a centre needs.

    Attributes:
        mixed: (d, d) WᵀK.
        pairs: (d, d) KᵀK.
        targets: (d, t) Kᵀ(Y − mean).
    """

    mixed: FloatArray
    pairs: FloatArray
    targets: FloatArray


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over n rows W, centred by column with 0 where missing, and their centred targets.

    Attributes:
        n: Number of rows.
        known: (d,) number of known values of each column.
        centre: (d,) the mean of each column's known values; what a missing one is replaced by.
        mean: (t,) the mean of each target.
        gram: (d, d) WᵀW.
        cross: (d, t) Wᵀ(Y − mean).
        squares: (t,) Σ (y − mean)².
        gaps: What else is needed if the centre is to be moved and values are missing.
    """

    n: int
    known: FloatArray
    centre: FloatArray
    mean: FloatArray
    gram: FloatArray
    cross: FloatArray
    squares: FloatArray
    gaps: Gaps | None = None

    def about(
        self, centre: FloatArray, mean: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The sums of the same rows imputed by and centred on other means.

        With δ and ε the steps to the new means and K the places of known values, the rows become
        W − K∘δ and the targets y − ε, so that

            WᵀW → WᵀW − WᵀK∘δᵀ − δ∘KᵀW + KᵀK∘δδᵀ
            WᵀY → WᵀY − δ∘KᵀY + (δ∘K1) εᵀ

        Args:
            centre: (d,) the new means of the columns.
            mean: (t,) the new means of the targets.

        Returns:
            gram (d, d), cross (d, t) and squares (t,).

        Example:
            >>> part = gather(np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]]))
            >>> part.about(np.array([0.0]), np.array([0.0]))[0]
            array([[10.]])
        """
        step, rise = centre - self.centre, mean - self.mean
        cross = self.cross + np.outer(self.known * step, rise)
        squares = self.squares + self.n * np.square(rise)
        if self.gaps is None:
            return self.gram + self.n * np.outer(step, step), cross, squares
        mixed = self.gaps.mixed * step
        gram = self.gram - mixed - mixed.T + self.gaps.pairs * np.outer(step, step)
        return gram, cross - step[:, None] * self.gaps.targets, squares


def gather(X: FloatArray, Y: FloatArray, *, movable: bool = True) -> Moments:
    """The moments of rows, chunk by chunk, so that memory stays bounded at any number of rows.

    Args:
        X: (n, d) rows; NaN is a missing value.
        Y: (n, t) targets.
        movable: Whether :meth:`Moments.about` will be called, which costs two more products of
            matrices if values are missing.

    Example:
        >>> gather(np.array([[1.0], [3.0], [np.nan]]), np.zeros((3, 1))).gram
        array([[2.]])
    """
    (n, d), t = X.shape, Y.shape[1]
    centre, mean = column_means(X), Y.mean(axis=0)
    gram, cross, squares, known = np.zeros((d, d)), np.zeros((d, t)), np.zeros(t), np.zeros(d)
    mixed, pairs, targets = np.zeros((d, d)), np.zeros((d, d)), np.zeros((d, t))
    for rows in chunks(n):
        there, part, rest = ~np.isnan(X[rows]), centred(X[rows], centre), Y[rows] - mean
        gram += part.T @ part
        cross += part.T @ rest
        squares += np.square(rest).sum(axis=0)
        known += there.sum(axis=0)
        if movable and not there.all():
            ones = there.astype(np.float64)
            mixed += part.T @ ones
            pairs += ones.T @ ones
            targets += ones.T @ rest
        elif movable:
            mixed += part.sum(axis=0)[:, None]
            pairs += len(rest)
            targets += rest.sum(axis=0)
    gaps = Gaps(mixed, pairs, targets) if movable and known.min(initial=n) < n else None
    return Moments(n, known, centre, mean, gram, cross, squares, gaps)


def pool(parts: Sequence[Moments]) -> Moments:
    """The moments of several parts together; their centre cannot be moved again.

    Example:
        >>> parts = [gather(np.array([[x]]), np.array([[x]])) for x in (1.0, 3.0)]
        >>> whole = pool(parts)
        >>> whole.centre, whole.gram, whole.cross
        (array([2.]), array([[2.]]), array([[2.]]))
    """
    n = sum(part.n for part in parts)
    known = np.sum([part.known for part in parts], axis=0)
    centre = np.sum([part.known * part.centre for part in parts], axis=0) / known.clip(min=1)
    mean = np.sum([part.n * part.mean for part in parts], axis=0) / n
    moved = [part.about(centre, mean) for part in parts]
    gram, cross, squares = (np.sum(sums, axis=0) for sums in zip(*moved, strict=True))
    return Moments(n, known, centre, mean, gram, cross, squares)
