"""The spatial prior: what the known labels round a place tell, without any vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
from scipy.spatial import cKDTree

from placeprint.errors import InputError
from placeprint.evaluation.probes.neighbours import (
    Query,
    check_counts,
    first,
    held_out_neighbours,
    neighbour_means,
    slices,
)
from placeprint.evaluation.sphere import angles, lonlat, unit_vectors
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["NEIGHBOURS", "POWERS", "SpatialPrior"]

NEIGHBOURS: Final = (1, 2, 5, 10, 20, 50)
"""The numbers of neighbours tried."""

POWERS: Final = (0.0, 1.0, 2.0, 3.0)
"""The powers of the distance tried; 0 is the plain mean of the neighbours."""


class SpatialPrior:
    """Inverse-distance weighting of the k nearest known labels.

        ŷ(x) = Σᵢ sᵢ⁻ᵖ yᵢ / Σᵢ sᵢ⁻ᵖ

    with sᵢ the great-circle distance to the i-th of them. Labels at the very place stand alone
    (unless p = 0), on average where there are several. Each target's k and p are those with the
    least squared error on training rows that are held out from their neighbours: one by one, or,
    where groups are given, five inner folds of whole groups.

    It is fitted like a probe, but to positions. A vector that does not beat it has told nothing
    about a place that its neighbours had not told already.

    Args:
        ks: The numbers of neighbours to choose from.
        powers: The powers p to choose from, 0 or more.

    Attributes:
        k_: (t,) the number of neighbours of each target, after :meth:`fit`.
        power_: (t,) the power of each target.
        mean_: (t,) the mean training label, which is predicted where there is no position.

    Source: Shepard 1968, A two-dimensional interpolation function for irregularly-spaced data.

    Example:
        >>> X = np.array([[0.0, 0.0], [3.0, 0.0]])
        >>> prior = SpatialPrior(ks=[2], powers=[1.0]).fit(X, np.array([[0.0], [9.0]]))
        >>> prior.predict(np.array([[1.0, 0.0], [3.0, 0.0]])).round(6).ravel().tolist()
        [3.0, 9.0]
    """

    multi_target: ClassVar[bool] = True
    """All targets share one search."""

    def __init__(self, ks: Sequence[int] = NEIGHBOURS, powers: Sequence[float] = POWERS) -> None:
        self.ks = ks
        self.powers = powers

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> SpatialPrior:
        """Choose k and p for every target and keep the labels.

        Args:
            X: (n, 2) longitude and latitude in degrees, NaN where a row has no position; such
                rows count for the mean only.
            Y: (n, t) targets.
            groups: (n,) groups that are held out whole while k and p are tuned.

        Raises:
            InputError: If X holds no longitudes and latitudes, a number of neighbours is below 1
                or a power below 0.
        """
        ks, powers = check_counts(self.ks), np.asarray(self.powers, dtype=np.float64)
        if not powers.size or not powers.min() >= 0:
            raise InputError(f"powers of the distance {self.powers}, expected 0 or more")
        points, placed = _placed(X)
        self.mean_: FloatArray = Y.mean(axis=0)
        self._labels, self._tree = Y[placed], cKDTree(points)
        # Every pair of a power and a number is one setting.
        power, k = np.repeat(powers, len(ks)), np.tile(ks, len(powers))
        errors = np.zeros((len(k), Y.shape[1]))
        if len(points) > 1 and len(k) > 1:
            known_groups = None if groups is None else groups[placed]
            most = int(ks.max())
            for rows, chords, who in held_out_neighbours(_search, points, known_groups, most):
                weights = _weights(chords, powers)[:, :, None] * first(ks, who.shape[1])
                weights = weights.reshape(len(rows), len(k), -1)
                means = neighbour_means(self._labels, who, weights)
                errors += np.square(self._labels[rows][:, None] - means).sum(axis=0)
        best = errors.argmin(axis=0)
        self.power_: FloatArray = power[best]
        self.k_: IntArray = k[best]
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict every target at positions X, (m, 2): (m, t) float64."""
        points, placed = _placed(X)
        predicted = np.tile(self.mean_, (len(X), 1))
        if not len(self._labels):
            return predicted
        query, t = _query(self._tree), np.arange(len(self.mean_))
        most = min(int(self.k_.max()), len(self._labels))
        for part in slices(len(points)):
            chords, who = query(points[part], most)
            weights = _weights(chords, self.power_) * first(self.k_, most)
            predicted[placed[part]] = neighbour_means(self._labels, who, weights)[:, t, t]
        return predicted


def _placed(X: FloatArray) -> tuple[FloatArray, IntArray]:
    """The positions of the rows that have one, on the unit sphere, and which these are."""
    points = unit_vectors(*lonlat(X))
    placed = np.flatnonzero(~np.isnan(points[:, 0]))
    return points[placed], placed


def _search(points: FloatArray) -> Query:
    """Search by a tree over points on the unit sphere."""
    return _query(cKDTree(points))


def _query(tree: cKDTree) -> Query:
    """Queries of a tree."""

    def query(queries: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        chords, who = tree.query(queries, k=[*range(1, k + 1)])
        return np.asarray(chords), np.asarray(who)

    return query


def _weights(chords: FloatArray, powers: FloatArray) -> FloatArray:
    """sᵢ⁻ᵖ of neighbours at straight distances (m, c), for every power, (m, p, c).

    They are scaled so that the nearest has 1, which leaves means as they are and cannot overflow.
    """
    distance = angles(chords)
    ratio = np.ones_like(distance)
    np.divide(distance[:, :1], distance, out=ratio, where=distance > 0)
    weights: FloatArray = ratio[:, None, :] ** powers[:, None]
    return weights
