"""What a region's flows look like, whichever region it is: statistics that carry over.

Two regions with the same flows get the same profile wherever they lie, so a model trained on
some regions can use it for others, which it cannot do with a vector that stands for identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from placeprint.errors import InputError, listing
from placeprint.mobility.distance import haversine_km
from placeprint.mobility.graph import directed_matrix, without_diagonal
from placeprint.mobility.row_statistics import (
    leading,
    row_of_entry,
    row_sums,
    weighted_quantiles,
)
from placeprint.typing import FloatArray

__all__ = ["flow_profile"]

Columns = Iterator[tuple[str, FloatArray]]

QUANTILES: Final = (0.1, 0.5, 0.9)
TOP: Final = (1, 3, 10)


def flow_profile(
    edges: pd.DataFrame,
    region_ids: pd.Index | list[str],
    centroids: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Describe each region by its flows, without naming its partners.

    With :math:`p_{uv} = w(u \to v) / s_u` the share of u's flow that goes to v ≠ u, for flows
    out and in alike (``out_…``, ``in_…``):

    * ``log_strength`` :math:`\log(1 + s_u)`, ``log_degree`` :math:`\log(1 + \deg u)`;
    * ``entropy`` :math:`-\sum_v p_{uv} \log p_{uv}` in nats, ``evenness`` entropy / log deg;
    * ``top1``, ``top3``, ``top10``: share of the strongest partners;
    * ``partner_mean``, ``partner_q10`` …: flow-weighted mean and quantiles of the partners'
      log strength (out and in together);
    * with centroids: ``km_mean``, ``km_sd``, ``km_q10`` … of :math:`\log(1 + \mathrm{km})`.
      (Shares within fixed radii are left out: they are all but constant where regions are large,
      and the few exceptions, 30 deviations away, wreck a linear probe on unseen states.)

    Of both together: ``self_share`` (what stays, of all that leaves or stays), ``reciprocity``
    :math:`\sum_v \min(w_{uv}, w_{vu}) / s_u`, ``balance`` (in − out) / (in + out), and
    ``clustering`` (of the pairs among u's ten strongest partners, the share that are among each
    other's ten strongest).

    Args:
        edges: Directed: source, target, weight; repeated pairs are added up.
        region_ids: The regions of the study area.
        centroids: Columns lon, lat in degrees, indexed by region id, for the distances.

    Returns:
        float32, one row per region with any flow, even if it stays within; the order is that of
        ``region_ids``. Statistics of a direction without flow are 0: its degree tells.

    Raises:
        InputError: If edges are unusable (see :func:`placeprint.mobility.directed_matrix`) or a
            region has no centroid.

    Example:
        >>> edges = pd.DataFrame(
        ...     {"source": ["a", "a"], "target": ["b", "c"], "weight": [1.0, 1.0]}
        ... )
        >>> profile = flow_profile(edges, ["a", "b", "c"])
        >>> profile.loc["a", ["out_top1", "out_evenness", "balance"]].tolist()
        [0.5, 1.0, -1.0]
    """
    ids = pd.Index(region_ids, name="region_id").astype(str)
    flows = directed_matrix(edges, ids)
    stays = flows.diagonal()
    flows = without_diagonal(flows)
    returns = csr_array(flows.T)
    returns.sort_indices()
    points = None if centroids is None else _points(centroids, ids)
    columns = {
        **dict(_mutual(flows, returns, stays)),
        **{f"out_{name}": values for name, values in _one_way(flows, returns, points)},
        **{f"in_{name}": values for name, values in _one_way(returns, flows, points)},
    }
    profile = pd.DataFrame(columns, index=ids, dtype=np.float32)
    profile.columns.name = "feature_id"
    there = (np.diff(flows.indptr) > 0) | (np.diff(returns.indptr) > 0) | (stays > 0)
    return profile[there]


def _one_way(flows: csr_array, returns: csr_array, points: FloatArray | None) -> Columns:
    strength, degree = _strength(flows), np.diff(flows.indptr)
    yield "log_strength", np.log1p(strength)
    yield "log_degree", np.log1p(degree)
    shares = flows.copy()
    shares.data = flows.data / strength[row_of_entry(flows)]
    entropy = np.abs(row_sums(flows, -shares.data * np.log(shares.data)))
    yield "entropy", entropy
    yield "evenness", _ratio(entropy, np.log(np.maximum(degree, 1)))
    for count in TOP:
        yield f"top{count}", _strength(leading(shares, count))
    partner = np.log1p(strength + _strength(returns))[flows.indices]
    yield "partner_mean", row_sums(flows, shares.data * partner)
    yield from _quantiles("partner", shares, partner)
    if points is not None:
        yield from _reach(shares, points)


def _reach(shares: csr_array, points: FloatArray) -> Columns:
    rows = row_of_entry(shares)
    log_km = np.log1p(haversine_km(*points[rows].T, *points[shares.indices].T))
    mean = row_sums(shares, shares.data * log_km)
    yield "km_mean", mean
    yield "km_sd", np.sqrt(row_sums(shares, shares.data * (log_km - mean[rows]) ** 2))
    yield from _quantiles("km", shares, log_km)


def _mutual(flows: csr_array, returns: csr_array, stays: FloatArray) -> Columns:
    out, into = _strength(flows), _strength(returns)
    yield "self_share", _ratio(stays, stays + out)
    yield "reciprocity", _ratio(_strength(csr_array(flows.minimum(returns))), out)
    yield "balance", _ratio(into - out, into + out)
    ties = leading(csr_array(flows + returns), max(TOP))
    ties.data[:] = 1.0
    size = _strength(ties)
    closed = _strength(csr_array((ties @ ties).multiply(ties)))
    yield "clustering", _ratio(closed, size * (size - 1))


def _quantiles(name: str, shares: csr_array, values: FloatArray) -> Columns:
    found = weighted_quantiles(shares, values, QUANTILES)
    for column, level in enumerate(QUANTILES):
        yield f"{name}_q{round(100 * level)}", found[:, column]


def _strength(matrix: csr_array) -> FloatArray:
    return row_sums(matrix, matrix.data)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return ratio


def _points(centroids: pd.DataFrame, ids: pd.Index) -> FloatArray:
    points = centroids.reindex(ids)[["lon", "lat"]]
    missing = ids[points.isna().any(axis=1)]
    if len(missing):
        raise InputError(
            f"regions without a centroid: {listing(missing, limit=5)}",
            hint="give lon and lat of every region, indexed by region id",
        )
    return points.to_numpy(dtype=np.float64)
