"""Features of the neighbourhood: what a region's partners are like."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sparse_product import product
from placeprint.typing import BoolArray, FloatArray

__all__ = ["propagate"]


def propagate(adjacency: csr_array, features: FloatArray, hops: int = 1) -> FloatArray:
    r"""Weighted means of the features of each region's partners, over those that have them.

    .. math::
        x'_u = \frac{\sum_v A_{uv} m_v x_v}{\sum_v A_{uv} m_v}, \qquad
        m_v = 1 \text{ if } x_v \text{ is known, else } 0

    A region without the feature gives nothing and counts for nothing, but receives: in one step
    its own value takes no part, so what it receives means the same as elsewhere.

    Args:
        adjacency: (n, n), no negative weights; scaling a row changes nothing.
        features: (n, d) features, NaN where unknown.
        hops: How often the step is taken; a second one averages over what arrived by the first.

    Returns:
        (n, d) float32, NaN where nothing arrives.

    Example:
        >>> path = csr_array([[0, 1.0, 0], [1.0, 0, 3.0], [0, 3.0, 0]])
        >>> propagate(path, np.array([[1.0], [np.nan], [5.0]]))[:, 0]
        array([nan,  4., nan], dtype=float32)
    """
    weights = CompressedRows(
        adjacency.indptr.astype(np.int64, copy=False),
        adjacency.indices.astype(np.int32, copy=False),
        adjacency.data.astype(np.float32, copy=False),
    )
    values = np.asarray(features, dtype=np.float32)
    for _ in range(hops):
        known: BoolArray = np.logical_not(np.isnan(values))
        whole = np.asarray(known.all(axis=1))
        if np.array_equal(whole, known.any(axis=1)):  # whole rows are missing: one mask for all
            known = whole[:, None]
        values = product(weights, np.where(known, values, np.float32(0)))
        reach = product(weights, known.astype(np.float32))
        nothing = np.broadcast_to(reach <= 0, values.shape)
        np.divide(values, reach, out=values, where=~nothing)
        values[nothing] = np.nan
    return values
