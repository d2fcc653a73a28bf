"""Pooling: from vectors of regions to one vector for each unit that they make up."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from placeprint.errors import InputError, closest
from placeprint.typing import FloatArray

__all__ = ["POOLINGS", "pool"]

POOLINGS: Final = ("mean", "min", "max", "std", "statistics")
"""How the vectors of a unit's regions become one; ``statistics`` is mean, min, max and std side
by side."""

_COLUMNS: Final = 32
"""Columns at a time, so that memory does not grow with the dimension."""


def pool(values: FloatArray, membership: sparse.csr_array, how: str = "mean") -> FloatArray:
    r"""Pool the vectors of regions within units, column by column, over those that have a value.

    With the weights :math:`w_{ur}` of the regions r of a unit u that have a value x,

    .. math::
        \bar x_u = \frac{\sum_r w_{ur} x_r}{\sum_r w_{ur}}, \qquad
        s_u^2 = \frac{\sum_r w_{ur} (x_r - \bar x_u)^2}{\sum_r w_{ur}}.

    Equal weights are the published mean over a county's cells; areas or populations as weights
    keep a vast empty cell from counting as much as a town. Minimum and maximum do not depend on
    the weights, but for regions of weight 0, which never count.

    Args:
        values: (n_regions, d); NaN where a region has no value.
        membership: (n_units, n_regions) weight of each region in each unit, not negative.
        how: One of :data:`POOLINGS`.

    Returns:
        (n_units, d), or (n_units, 4 d) for ``statistics``; float64, for means of many regions
        differ in digits that float32 does not hold; NaN where no region has a value.

    Raises:
        InputError: If there is no such pooling.

    Source:
        MobCLIP, evaluation (the mean).

    Example:
        >>> cells = np.array([[1.0], [3.0], [8.0]], dtype=np.float32)
        >>> county = sparse.csr_array(np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 1.0]]))
        >>> pool(cells, county).ravel().tolist()
        [2.5, 8.0]
        >>> pool(cells, county, "statistics")[0].round(3)
        array([2.5  , 1.   , 3.   , 0.866])
    """
    if how not in POOLINGS:
        raise InputError(f"no pooling {how!r}", hint=closest(how, POOLINGS))
    membership = sparse.csr_array(membership, copy=True)
    membership.eliminate_zeros()
    if how == "statistics":
        return np.concatenate([pool(values, membership, each) for each in POOLINGS[:4]], axis=1)
    starts = range(0, values.shape[1], _COLUMNS)
    parts = [_pool(values[:, start : start + _COLUMNS], membership, how) for start in starts]
    return np.concatenate(parts, axis=1)


def _pool(values: FloatArray, membership: sparse.csr_array, how: str) -> FloatArray:
    if how == "mean":
        return _means(values, membership)
    if how == "std":
        return _deviations(values, membership)
    extremes = np.full((membership.shape[0], values.shape[1]), np.nan)
    filled = np.diff(membership.indptr) > 0
    reduce = np.fmin if how == "min" else np.fmax
    members = values[membership.indices]
    extremes[filled] = reduce.reduceat(members, membership.indptr[:-1][filled], axis=0)
    return extremes


def _means(values: FloatArray, membership: sparse.csr_array) -> FloatArray:
    known = ~np.isnan(values)
    sums = membership @ np.where(known, values, 0).astype(np.float64)
    weights = membership @ known.astype(np.float64)
    means = np.full(sums.shape, np.nan)
    np.divide(sums, weights, out=means, where=weights > 0)
    return means


def _deviations(values: FloatArray, membership: sparse.csr_array) -> FloatArray:
    """Centred first: the difference of two large sums would lose what is small beside them."""
    units = np.repeat(np.arange(membership.shape[0]), np.diff(membership.indptr))
    centred = values[membership.indices] - _means(values, membership)[units]
    # Row i of this matrix holds the weights of the entries of unit i, in the order of `centred`.
    entries = sparse.csr_array(
        (membership.data, np.arange(membership.nnz), membership.indptr),
        shape=(membership.shape[0], membership.nnz),
    )
    return np.sqrt(_means(np.square(centred), entries))
