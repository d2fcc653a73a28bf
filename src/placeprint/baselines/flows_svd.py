"""A singular value decomposition of the flows: the plain way to make vectors of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array

from placeprint.mobility import directed_matrix
from placeprint.typing import FloatArray

__all__ = ["flow_features", "raw_with_flows"]

POWER_ITERATIONS: Final = 8
"""Near the exact decomposition: the spectrum of flows falls slowly."""


def flow_features(
    edges: pd.DataFrame, region_ids: pd.Index, rank: int = 64, *, seed: int = 0
) -> pd.DataFrame:
    r"""Singular vectors of the normalised logarithms of directed flows.

    With :math:`L_{uv} = \log(1 + w(u \to v))` and its row and column sums r and c,

    .. math::
        M_{uv} = \frac{L_{uv}}{\sqrt{r_u c_v}} \approx U \Sigma V^\top, \qquad
        \text{vector of } u = [(U \Sigma)_u, (V \Sigma)_u]

    so a region is described by where its flows go and by where they come from.

    Args:
        edges: Directed: source, target, weight.
        region_ids: The regions of the study area.
        rank: Singular values kept; fewer if there are fewer regions.
        seed: Of the decomposition.

    Returns:
        float32, a row per region with any flow, columns ``out0`` … and ``in0`` ….

    Raises:
        InputError: If edges are unusable: see :func:`placeprint.mobility.directed_matrix`.

    Example:
        >>> edges = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "weight": [1.0, 2]})
        >>> flow_features(edges, pd.Index(["a", "b", "c"]), rank=2).shape
        (2, 4)
    """
    from placeprint.mobility import left_singular_vectors

    ids = pd.Index(region_ids, name="region_id")
    logs = directed_matrix(edges, ids)
    logs.data = np.log1p(logs.data)
    out, into = (np.asarray(logs.sum(axis=axis), dtype=np.float64) for axis in (1, 0))
    there = (out > 0) | (into > 0)
    matrix = csr_array(diags_array(_root(out)) @ logs @ diags_array(_root(into)))
    matrix = matrix.astype(np.float32)
    transpose = csr_array(matrix.T)
    left, values = left_singular_vectors(
        matrix, transpose, rank, power_iterations=POWER_ITERATIONS, seed=seed
    )
    outward = left.numpy() * values.numpy()
    inward = transpose @ left.numpy()  # Mᵀ U = V Σ
    names = [f"{way}{number}" for way in ("out", "in") for number in range(len(values))]
    columns = pd.Index(names, name="feature_id")
    vectors = np.hstack([outward, inward]).astype(np.float32)
    return pd.DataFrame(vectors, index=ids, columns=columns)[there]


def _root(sums: FloatArray) -> FloatArray:
    root: FloatArray = np.where(sums > 0, sums, 1.0) ** -0.5
    return root


def raw_with_flows(raw: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """Raw features and :func:`flow_features` side by side: all inputs, without learning.

    Args:
        raw: From :func:`placeprint.baselines.raw_features`.
        flows: From :func:`flow_features`.

    Returns:
        float32, the rows of ``raw``; NaN where a region has no flows.

    Example:
        >>> raw = pd.DataFrame({"poi.bars": [3.0]}, index=["a"])
        >>> flows = pd.DataFrame({"out0": [0.5]}, index=["a"])
        >>> raw_with_flows(raw, flows).columns.tolist()
        ['poi.bars', 'flows.out0']
    """
    beside = flows.reindex(raw.index).add_prefix("flows.")
    joined = pd.concat([raw, beside], axis=1).astype(np.float32)
    return joined.rename_axis(index="region_id", columns="feature_id")
