"""What flow profiles are made of, in machine code: one row of the flow matrix at a time.

Memory is that of the longest row, where whole-matrix operations would hold, for every link of a
nation, a row number, a share, a distance and an order.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from scipy.sparse import csr_array

from placeprint.machine_code import compiled
from placeprint.mobility.distance import EARTH_RADIUS_KM
from placeprint.mobility.row_statistics import weighted_quantile
from placeprint.typing import AnyArray, FloatArray

__all__ = ["ONE_WAY", "REACH", "TOP", "closed_pairs", "one_way"]

TOP: Final = (1, 3, 10)

_QUANTILES: Final = ("q10", "q50", "q90")

ONE_WAY: Final = (
    "log_strength",
    "log_degree",
    "entropy",
    "evenness",
    *(f"top{count}" for count in TOP),
    "partner_mean",
    *(f"partner_{level}" for level in _QUANTILES),
)
"""The columns of :func:`one_way`."""

REACH: Final = ("km_mean", "km_sd", *(f"km_{level}" for level in _QUANTILES))
"""Those that follow where distances are known."""


def one_way(flows: csr_array, sizes: FloatArray, points: FloatArray | None) -> FloatArray:
    """Statistics of what goes one way; see :func:`placeprint.mobility.flow_profile`.

    Args:
        flows: (n, n), no diagonal.
        sizes: (n,) log strength of each region as a partner.
        points: (n, 2) longitudes and latitudes in degrees; None leaves :data:`REACH` out.

    Returns:
        (n, 11) or (n, 16), 0 where nothing goes.
    """
    table = np.zeros((flows.shape[0], len(ONE_WAY) + (0 if points is None else len(REACH))))
    globe = np.empty((0, 3))
    if points is not None:
        lon, lat = np.radians(points).T
        globe = np.column_stack([lon, lat, np.cos(lat)])
    _one_way(flows.indptr, flows.indices, flows.data, sizes, globe, table)
    return table


def closed_pairs(ties: csr_array) -> FloatArray:
    """(n,) how many ordered pairs of each row's partners are partners themselves.

    Args:
        ties: (n, n), indices sorted in each row; only its structure is looked at.

    Example:
        >>> ties = csr_array(np.array([[0, 1, 1], [1, 0, 1], [1, 0, 0]]))
        >>> closed_pairs(ties).tolist()
        [1.0, 2.0, 0.0]
    """
    closed = np.zeros(ties.shape[0])
    _closed_pairs(ties.indptr, ties.indices, closed)
    return closed


@compiled(parallel=True)
def _one_way(
    indptr: AnyArray,
    indices: AnyArray,
    data: FloatArray,
    sizes: FloatArray,
    globe: FloatArray,
    table: FloatArray,
) -> None:
    for row in numba.prange(len(table)):
        first, last = indptr[row], indptr[row + 1]
        if first == last:
            continue
        shares = data[first:last].astype(np.float64)
        partners = indices[first:last]
        strength = shares.sum()
        shares /= strength
        _concentration(shares, strength, table[row])
        table[row, 7] = _mean_and_quantiles(shares, sizes[partners], table[row, 8:11])
        if len(globe):
            log_km = np.empty(len(partners))
            for number in range(len(partners)):
                log_km[number] = np.log1p(_km(globe[row], globe[partners[number]]))
            mean = _mean_and_quantiles(shares, log_km, table[row, 13:16])
            table[row, 11] = mean
            table[row, 12] = np.sqrt((shares * (log_km - mean) ** 2).sum())


@compiled()
def _concentration(shares: FloatArray, strength: float, found: FloatArray) -> None:
    degree = len(shares)
    entropy = abs((shares * np.log(shares)).sum())
    found[0], found[1], found[2] = np.log1p(strength), np.log1p(degree), entropy
    found[3] = entropy / np.log(degree) if degree > 1 else 0.0
    most = min(degree, TOP[2])
    largest = np.sort(np.partition(shares, degree - most)[degree - most :])[::-1]
    for number in range(3):
        found[4 + number] = largest[: TOP[number]].sum()


@compiled()
def _mean_and_quantiles(shares: FloatArray, values: FloatArray, quantiles: FloatArray) -> float:
    order = np.argsort(values)
    ascending, cumulated = values[order], np.cumsum(shares[order])
    for number, level in enumerate((0.1, 0.5, 0.9)):
        quantiles[number] = weighted_quantile(ascending, cumulated, level)
    mean: float = (shares * values).sum()
    return mean


@compiled()
def _km(one: FloatArray, other: FloatArray) -> float:
    """The great-circle distance, as :func:`placeprint.mobility.distance.haversine_km` has it."""
    across = one[2] * other[2] * np.sin((other[0] - one[0]) / 2) ** 2
    chord = np.sin((other[1] - one[1]) / 2) ** 2 + across
    km: float = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(max(chord, 0.0), 1.0)))
    return km


@compiled()
def _closed_pairs(indptr: AnyArray, indices: AnyArray, closed: FloatArray) -> None:
    for row in range(len(closed)):
        own = indices[indptr[row] : indptr[row + 1]]
        for partner in own:
            mine, theirs = 0, indptr[partner]
            while mine < len(own) and theirs < indptr[partner + 1]:
                if own[mine] < indices[theirs]:
                    mine += 1
                elif own[mine] > indices[theirs]:
                    theirs += 1
                else:
                    closed[row] += 1
                    mine += 1
                    theirs += 1
