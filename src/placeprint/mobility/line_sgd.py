"""Second-order LINE by sampling edges, as published: the reference of the closed form."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from placeprint.mobility.graph import MobilityGraph
from placeprint.typing import FloatArray, IntArray

__all__ = ["line_sampled"]

LEARNING_RATE: Final = 0.025
FLOOR: Final = 1e-4
"""The learning rate falls linearly, to this share of its start."""

BATCH: Final = 1024
"""Edges per update; an update adds up the steps of all its edges."""


def line_sampled(
    graph: MobilityGraph, dim: int, samples: int, *, negatives: int = 5, seed: int = 0
) -> FloatArray:
    r"""Embed the regions of a graph by stochastic gradient ascent over sampled edges.

    For an edge (i, j) drawn in proportion to its weight, with vertex vectors u and context
    vectors c, the objective is

    .. math::
        \log \sigma(c_j \cdot u_i)
          + \sum_{k=1}^{b} \log \sigma(-c_{n_k} \cdot u_i), \qquad n_k \sim d^{3/4}

    Edges and negatives are drawn by inverting their cumulative distributions.

    Args:
        graph: The full mobility graph.
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
    matrix = graph.adjacency
    generator = np.random.default_rng(seed)
    rows = np.repeat(np.arange(graph.n_regions), graph.degree)
    edge_mass = np.cumsum(matrix.data)
    noise_mass = np.cumsum(graph.strength**0.75)
    start = generator.uniform(-0.5 / dim, 0.5 / dim, (graph.n_regions, dim))
    vertex = torch.from_numpy(start.astype(np.float32))
    context = torch.zeros_like(vertex)
    labels = torch.zeros(1, 1 + negatives)
    labels[0, 0] = 1.0
    for done in range(0, samples if matrix.nnz else 0, BATCH):
        size = min(BATCH, samples - done)
        edges = _draw(edge_mass, size, generator)
        others = _draw(noise_mass, size * negatives, generator).reshape(size, negatives)
        i = torch.from_numpy(rows[edges])
        j = torch.from_numpy(np.column_stack([matrix.indices[edges], others]))
        rate = LEARNING_RATE * max(1 - done / samples, FLOOR)
        u, c = vertex[i], context[j]
        errors = rate * (labels - torch.sigmoid(torch.einsum("sd,skd->sk", u, c)))
        vertex.index_add_(0, i, torch.einsum("sk,skd->sd", errors, c))
        context.index_add_(0, j.ravel(), torch.einsum("sk,sd->skd", errors, u).flatten(0, 1))
    embedding: FloatArray = vertex.numpy()
    embedding[graph.degree == 0] = 0.0
    return embedding


def _draw(mass: FloatArray, size: int, generator: np.random.Generator) -> IntArray:
    """Positions drawn in proportion to the steps of a cumulative mass."""
    drawn = np.searchsorted(mass, generator.random(size) * mass[-1], side="right")
    positions: IntArray = np.minimum(drawn, len(mass) - 1)
    return positions
