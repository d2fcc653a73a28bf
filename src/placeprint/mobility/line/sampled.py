"""Second-order LINE by sampling edges, as published: the reference of the closed form."""

from __future__ import annotations

import numpy as np

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.graph import MobilityGraph
from placeprint.typing import FloatArray

__all__ = ["line_sampled"]


def line_sampled(
    graph: MobilityGraph | CompressedRows,
    dim: int,
    samples: int,
    *,
    negatives: int = 5,
    seed: int = 0,
) -> FloatArray:
    r"""Embed the regions of a graph by stochastic gradient ascent over sampled edges.

    For an edge (i, j) drawn in proportion to its weight, with vertex vectors u and context
    vectors c, the objective is

    .. math::
        \log \sigma(c_j \cdot u_i)
          + \sum_{k=1}^{b} \log \sigma(-c_{n_k} \cdot u_i), \qquad n_k \sim d^{3/4}

    Each sample is a step of its own, one after the other; edges and negatives are drawn from
    alias tables. The step width falls linearly from 0.025.

    Args:
        graph: The full mobility graph, or its symmetric adjacency.
        dim: Dimensions.
        samples: Edges drawn in all; 10 for each stored entry of the adjacency are enough.
        negatives: b.
        seed: Of the initial vectors and all draws.

    Returns:
        (n, dim) float32 vertex vectors; zero for regions without links.

    Source:
        LINE (Tang et al. 2015), Eq. 7 and Sec. 4.2.

    Example:
        >>> import pandas as pd
        >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [1.0]})
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b"])
        >>> line_sampled(graph, dim=4, samples=100).shape
        (2, 4)
    """
    from placeprint.mobility.line.sampling_kernels import alias_table, ascend

    rows = graph
    if isinstance(rows, MobilityGraph):
        rows = CompressedRows.from_scipy(rows.adjacency)
    n = rows.shape[0]
    weights = np.ones(rows.nnz) if rows.weights is None else rows.weights.astype(np.float64)
    sources = np.repeat(np.arange(n, dtype=np.int32), np.diff(rows.indptr))
    strength = np.bincount(sources, weights, minlength=n)
    start = np.random.default_rng(seed).uniform(-0.5 / dim, 0.5 / dim, (n, dim))
    vertex = start.astype(np.float32)
    if rows.nnz and samples:
        ascend(
            vertex,
            np.zeros_like(vertex),
            sources,
            np.asarray(rows.indices),
            *alias_table(weights),
            *alias_table(strength**0.75),
            samples,
            negatives,
            np.uint64(seed),
        )
    vertex[np.diff(rows.indptr) == 0] = 0.0
    return vertex
