"""Normalised adjacency matrices."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.typing import FloatArray

__all__ = ["row_normalised", "symmetric_normalised"]


def symmetric_normalised(adjacency: csr_array) -> csr_array:
    r"""The normalised adjacency of LightGCN.

    .. math::
        \hat A = D^{-1/2} A D^{-1/2}, \qquad D_{uu} = \sum_v A_{uv}

    Args:
        adjacency: (n, n) symmetric, no negative weights.

    Returns:
        (n, n) float32, symmetric to the bit; rows of regions without links are empty.

    Source:
        LightGCN (He et al. 2020), Eq. 7; MobCLIP (Wen et al. 2025), Sec. 4.1.

    Example:
        >>> symmetric_normalised(csr_array([[0.0, 4.0], [4.0, 0.0]])).toarray().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    degrees, rows = _degrees(adjacency)
    roots = np.zeros_like(degrees)
    np.divide(1.0, np.sqrt(degrees), out=roots, where=degrees > 0)
    return _with_data(adjacency, adjacency.data * (roots[rows] * roots[adjacency.indices]))


def row_normalised(adjacency: csr_array) -> csr_array:
    r"""The transition matrix of a random walk, :math:`P = D^{-1} A`.

    Args:
        adjacency: (n, n), no negative weights.

    Returns:
        (n, n) float32; each row sums to 1, or is empty for a region without links.

    Example:
        >>> row_normalised(csr_array([[0.0, 3.0, 1.0], [3.0, 0, 0], [1.0, 0, 0]])).toarray()[0]
        array([0.  , 0.75, 0.25], dtype=float32)
    """
    degrees, rows = _degrees(adjacency)
    return _with_data(adjacency, adjacency.data / np.where(degrees > 0, degrees, 1.0)[rows])


def _degrees(adjacency: csr_array) -> tuple[FloatArray, FloatArray]:
    degrees = np.asarray(adjacency.sum(axis=1), dtype=np.float64)
    return degrees, np.repeat(np.arange(len(degrees)), np.diff(adjacency.indptr))


def _with_data(matrix: csr_array, data: FloatArray) -> csr_array:
    structure = (data.astype(np.float32), matrix.indices, matrix.indptr)
    return csr_array(structure, shape=matrix.shape)
