"""Regions that are alike in their POIs and in their roads."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.typing import BoolArray, FloatArray

__all__ = ["similar_regions"]

TILE = 1024
"""Regions that are compared with all others at a time."""


def similar_regions(
    poi_features: FloatArray, road_features: FloatArray, threshold: float = 0.95
) -> csr_array:
    r"""The pairs of regions that are positives of each other.

    .. math::
        \cos(F_p^u, F_p^v) \ge t \quad \text{and} \quad \cos(F_r^u, F_r^v) \ge t, \qquad u \ne v

    on the features as they are: the columns are not brought to one scale (nor are they in the
    paper), so the columns of large numbers decide. A region whose features of one kind are all
    zero, or not known, is like no other.

    Whether two regions are alike does not depend on third ones, so the positives of a batch are
    those of the batch's rows alone. Memory is bounded by a tile of rows and by the pairs found.

    Args:
        poi_features: (r, …) F_p, spread and density of each category; flattened to rows.
        road_features: (r, 2) F_r, road length and intersections per area.
        threshold: t.

    Returns:
        (r, r) bool, symmetric, nothing on the diagonal.

    Source:
        UrbanMFM (Zhang et al. 2025), macro stage.

    Example:
        >>> pois = np.array([[1.0, 0.1], [2.0, 0.3], [0.0, 1.0], [0.0, 0.0]])
        >>> roads = np.array([[10.0, 90], [12, 80], [11, 95], [9, 70]])
        >>> similar_regions(pois, roads).toarray().astype(int)
        array([[0, 1, 0, 0],
               [1, 0, 0, 0],
               [0, 0, 0, 0],
               [0, 0, 0, 0]])
    """
    kinds = [_unit(poi_features), _unit(road_features)]
    n = len(poi_features)
    rows, columns = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, n, TILE):
        alike: BoolArray = np.ones((min(TILE, n - start), n), dtype=bool)
        for unit in kinds:
            # Rounding must not part equal regions at t = 1.
            alike &= unit[start : start + TILE] @ unit.T >= threshold - 1e-12
        row, column = np.nonzero(alike)
        apart = row + start != column
        rows.append(row[apart] + start)
        columns.append(column[apart])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.ones(len(row), dtype=bool), (row, column)), shape=(n, n))


def _unit(features: FloatArray) -> FloatArray:
    """Rows of length one; NaN, which is like nothing, where a row is zero or not known."""
    flat = np.asarray(features, dtype=np.float64).reshape(len(features), -1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: FloatArray = np.full_like(flat, np.nan)
    np.divide(flat, length, out=unit, where=length > 0)
    return unit
