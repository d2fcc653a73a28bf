"""What a region's flows look like, whichever region it is: statistics that carry over.

Two regions with the same flows get the same profile wherever they lie, so a model trained on
some regions can use it for others, which it cannot do with a vector that stands for identity.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from placeprint.errors import InputError, listing
from placeprint.mobility.flow_kernels import ONE_WAY, REACH, TOP, closed_pairs, one_way
from placeprint.mobility.graph import directed_matrix
from placeprint.mobility.row_statistics import leading, row_minima, row_sums
from placeprint.mobility.selection import kept_entries
from placeprint.typing import FloatArray

__all__ = ["flow_profile", "flow_statistics"]

MUTUAL: Final = ("self_share", "reciprocity", "balance", "clustering")


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
    return flow_statistics(directed_matrix(edges, ids), ids, centroids)


def flow_statistics(
    flows: csr_array,
    region_ids: pd.Index,
    centroids: pd.DataFrame | None = None,
    *,
    symmetric: bool = False,
) -> pd.DataFrame:
    """The same as :func:`flow_profile`, of a matrix of flows.

    Args:
        flows: (n, n) float32, from :func:`placeprint.mobility.directed_matrix`.
        region_ids: The n regions.
        centroids: Columns lon, lat in degrees, indexed by region id, for the distances.
        symmetric: As much goes as comes between any two regions: half of the work.

    Returns:
        As :func:`flow_profile`.

    Raises:
        InputError: If a region has no centroid.
    """
    ids = pd.Index(region_ids, name="region_id")
    stays = flows.diagonal().astype(np.float64)
    moves = flows
    if stays.any():
        rows = np.repeat(np.arange(flows.shape[0]), np.diff(flows.indptr))
        moves = kept_entries(flows, rows != flows.indices)
    returns = moves if symmetric else csr_array(moves.T.tocsr())
    out, into = (row_sums(matrix, matrix.data) for matrix in (moves, returns))
    points = None if centroids is None else _points(centroids, ids)
    sizes = np.log1p(out + into)
    leaving = one_way(moves, sizes, points)
    arriving = leaving if symmetric else one_way(returns, sizes, points)
    names = ONE_WAY if points is None else (*ONE_WAY, *REACH)
    table = np.column_stack([*_mutual(moves, returns, stays, out, into), leaving, arriving])
    columns = [*MUTUAL, *(f"{way}_{name}" for way in ("out", "in") for name in names)]
    there = (out > 0) | (into > 0) | (stays > 0)
    named = pd.Index(columns, name="feature_id")
    return pd.DataFrame(table[there].astype(np.float32), index=ids[there], columns=named)


def _mutual(
    flows: csr_array, returns: csr_array, stays: FloatArray, out: FloatArray, into: FloatArray
) -> list[FloatArray]:
    """The statistics of both ways together, in the order of :data:`MUTUAL`."""
    both = flows if returns is flows else csr_array(flows + returns)
    ties = leading(both, max(TOP))
    size = np.diff(ties.indptr).astype(np.float64)
    return [
        _ratio(stays, stays + out),
        _ratio(row_minima(flows, returns), out),
        _ratio(into - out, into + out),
        _ratio(closed_pairs(ties), size * (size - 1)),
    ]


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
