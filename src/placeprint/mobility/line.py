"""Second-order LINE in closed form: the matrix that its sampling factorises, factorised."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.mobility.graph import MobilityGraph
from placeprint.typing import FloatArray

__all__ = ["line_factorised"]


def line_factorised(
    graph: MobilityGraph,
    dim: int = 128,
    *,
    negatives: int = 1,
    exponent: float = 0.75,
    power_iterations: int = 4,
    seed: int = 0,
) -> FloatArray:
    r"""Embed the regions of a graph by their partners (second-order proximity).

    LINE with b negative samples, drawn by :math:`q_j \propto d_j^\alpha`, is at its optimum a
    factorisation of

    .. math::
        M_{ij} = \max\Big(\log \frac{A_{ij}}{d_i \, b \, q_j},\, 0\Big), \qquad
        q_j = \frac{d_j^\alpha}{\sum_k d_k^\alpha}

    over the edges; the embedding is :math:`U_d \Sigma_d^{1/2}` of its truncated singular value
    decomposition. With :math:`\alpha = 1` this is NetMF of window 1.

    Args:
        graph: The full mobility graph.
        dim: d.
        negatives: b. Only ties b times as strong as chance, or stronger, count: 1 keeps all
            that exceed chance, as in NetMF; LINE's 5 leaves whole regions of a dense graph
            without any, and their rows zero.
        exponent: α of the negatives' distribution; LINE's is 0.75.
        power_iterations: More resolve weak communities better; each costs two passes.
        seed: Of the decomposition's sketch.

    Returns:
        (n, dim) float32. Rows of regions without links that count are zero, and so are the
        columns beyond the rank of M, if dim exceeds it.

    Source:
        LINE (Tang et al. 2015), Sec. 4.1.2; NetMF (Qiu et al. 2018), Sec. 2; MobCLIP, Sec. 4.1.

    Example:
        >>> import pandas as pd
        >>> edges = pd.DataFrame({"source": ["a", "c"], "target": ["b", "d"], "weight": [1.0, 1]})
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b", "c", "d", "e"])
        >>> line_factorised(graph, dim=2).shape
        (5, 2)
    """
    from placeprint.mobility.randomised_svd import left_singular_vectors

    embedding = np.zeros((graph.n_regions, dim), dtype=np.float32)
    tied = graph.degree > 0
    if not tied.any():
        return embedding
    strength = np.where(tied, graph.strength, 1.0)
    noise = (strength[tied] ** exponent).sum()
    out = np.log(strength)
    into = np.log(negatives / noise) + exponent * out
    vectors, values = left_singular_vectors(
        _log_ratios(graph.adjacency, out, into),
        _log_ratios(graph.adjacency, into, out),
        dim,
        power_iterations=power_iterations,
        seed=seed,
    )
    spectrum = values.numpy()
    # what rounding leaves of a singular value of zero would be blown up by the square root
    rounding = np.finfo(np.float32).eps * len(spectrum) * spectrum.max(initial=0.0)
    scale = np.sqrt(np.where(spectrum > rounding, spectrum, 0.0))
    embedding[:, : len(spectrum)] = vectors.numpy() * scale
    embedding[~tied] = 0.0
    return embedding


def _log_ratios(adjacency: csr_array, rows: FloatArray, columns: FloatArray) -> csr_array:
    """max(log A_ij − rows_i − columns_j, 0) on the stored entries, those above zero kept.

    The adjacency is symmetric, so exchanging rows and columns gives the transpose.
    """
    values = np.log(adjacency.data)
    values -= np.repeat(rows, np.diff(adjacency.indptr))
    values -= columns[adjacency.indices]
    kept = values > 0
    counts = np.concatenate([[0], np.cumsum(kept)])
    structure = (
        values[kept].astype(np.float32),
        adjacency.indices[kept],
        counts[adjacency.indptr].astype(adjacency.indptr.dtype),
    )
    return csr_array(structure, shape=adjacency.shape)
