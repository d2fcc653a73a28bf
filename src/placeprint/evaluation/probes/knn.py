"""The k-NN probe: the mean label of the nearest rows, their number tuned inside the fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Literal, TypeAlias, get_args

import numpy as np

from placeprint.errors import InputError, closest
from placeprint.evaluation.probes.columns import centred, column_means, spread
from placeprint.evaluation.probes.neighbours import (
    Query,
    check_counts,
    first,
    held_out_neighbours,
    neighbour_means,
    slices,
)
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["NEIGHBOURS", "KNNProbe", "Metric"]

NEIGHBOURS: Final = (1, 2, 5, 10, 20, 50, 100)
"""The numbers of neighbours tried."""

Metric: TypeAlias = Literal["euclidean", "cosine"]
"""What is near: by the distance between rows, or by the angle between them."""


class KNNProbe:
    """The mean label of the k nearest training rows; of columns that mark classes, their votes.

    Inside the training fold missing values become the mean and columns are standardised. Each
    target's k is the one with the least squared error on training rows that are held out from
    their neighbours: one by one, or, where groups are given, five inner folds of whole groups, so
    that k is tuned for places that were not trained on. A k above the number of rows means all.

    The search is exact. It takes time in n² · d, about 4 s for 20,000 rows of 128 columns on one
    core, and memory for one float64 copy of the rows.

    Args:
        ks: The numbers of neighbours to choose from; a single one is used as it is.
        metric: ``"euclidean"`` or ``"cosine"``, of the standardised rows.

    Attributes:
        k_: (t,) the number of neighbours of each target, after :meth:`fit`.

    Example:
        >>> rows = np.arange(10.0)[:, None]
        >>> KNNProbe().fit(rows, rows).predict(np.array([[4.4], [9.0]])).ravel().tolist()
        [4.5, 8.5]
    """

    multi_target: ClassVar[bool] = True
    """All targets share one search."""

    def __init__(self, ks: Sequence[int] = NEIGHBOURS, metric: Metric = "euclidean") -> None:
        self.ks = ks
        self.metric = metric

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> KNNProbe:
        """Choose k for every target and keep the rows.

        Args:
            X: (n, d) rows, n ≥ 2; NaN is a missing value.
            Y: (n, t) targets.
            groups: (n,) groups that are held out whole while k is tuned.

        Raises:
            InputError: If a number of neighbours is below 1, or the metric is unknown.
        """
        ks = check_counts(self.ks)
        if self.metric not in get_args(Metric):
            hint = closest(self.metric, get_args(Metric))
            raise InputError(f"no metric {self.metric!r}", hint=hint)
        self.centre_ = column_means(X)
        rows = centred(X, self.centre_)
        self.scale_ = spread(np.square(rows).mean(axis=0), self.centre_, len(X))
        points = self._scaled(rows)
        errors = np.zeros((len(ks), Y.shape[1]))
        if len(ks) > 1:
            for held_out, _, who in held_out_neighbours(_brute, points, groups, int(ks.max())):
                means = neighbour_means(Y, who, first(ks, who.shape[1]))
                errors += np.square(Y[held_out][:, None] - means).sum(axis=0)
        self.k_: IntArray = ks[errors.argmin(axis=0)]
        self._query, self._labels = _brute(points), Y
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict every target of rows X, (m, d): (m, t) float64."""
        ks, chosen = np.unique(self.k_, return_inverse=True)
        most = min(int(ks[-1]), len(self._labels))
        predicted = np.empty((len(X), len(chosen)))
        for rows in slices(len(X)):
            _, who = self._query(self._scaled(centred(X[rows], self.centre_)), most)
            means = neighbour_means(self._labels, who, first(ks, most))
            predicted[rows] = means[:, chosen, np.arange(len(chosen))]
        return predicted

    def _scaled(self, rows: FloatArray) -> FloatArray:
        """Centred rows as points whose distances count; changed in place."""
        rows /= self.scale_
        if self.metric == "cosine":
            length = np.linalg.norm(rows, axis=1, keepdims=True)
            rows /= np.where(length > 0, length, 1)
        return rows


def _brute(points: FloatArray) -> Query:
    """Search by all distances, in blocks; trees are slower beyond some twenty columns."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(algorithm="brute").fit(points)

    def query(queries: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        distance, who = index.kneighbors(queries, k)
        return distance, who

    return query
