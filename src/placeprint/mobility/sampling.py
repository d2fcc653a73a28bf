"""Sparser graphs: each region keeps a share of its links, the heaviest or random ones."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from placeprint.errors import InputError
from placeprint.mobility.graph import MobilityGraph
from placeprint.mobility.selection import kept_entries, largest_entries, with_mirrored
from placeprint.typing import FloatArray

__all__ = ["random_share", "top_share"]


def top_share(graph: MobilityGraph, share: float = 0.1, *, symmetric: bool = True) -> csr_array:
    r"""Keep the heaviest links of each region.

    Region u keeps :math:`\lceil s \cdot \deg(u) \rceil` links; among equal weights those to the
    regions that come first. What is kept is directed: u may keep v although v drops u.

    Args:
        graph: The full graph.
        share: s, above 0 and up to 1.
        symmetric: Keep a link if either end keeps it, so that the normalised adjacency of
            LightGCN is symmetric; otherwise row u holds only what u keeps.

    Returns:
        (n, n) adjacency with the weights of the full graph. A region with links keeps one at
        least.

    Raises:
        InputError: If the share is out of range.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.1: the heaviest 10 % of each cell's links.

    Example:
        >>> import pandas as pd
        >>> edges = pd.DataFrame(
        ...     {"source": ["a", "a", "b"], "target": ["b", "c", "c"], "weight": [3.0, 2.0, 1.0]}
        ... )
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b", "c"])
        >>> top_share(graph, 0.5).toarray().tolist()
        [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
    """
    return _keep_first(graph, graph.adjacency.data, share, symmetric=symmetric)


def random_share(
    graph: MobilityGraph, share: float, seed: int, *, symmetric: bool = True
) -> csr_array:
    """Keep random links of each region, as many as :func:`top_share` keeps.

    Args:
        graph: The full graph.
        share: Above 0 and up to 1.
        seed: Of the choice.
        symmetric: As in :func:`top_share`.

    Raises:
        InputError: If the share is out of range.

    Source:
        MobCLIP (Wen et al. 2025), the study of sampling.

    Example:
        >>> import pandas as pd
        >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [3.0]})
        >>> random_share(MobilityGraph.from_edges(edges, ["a", "b"]), 0.5, seed=0).nnz
        2
    """
    keys = -np.random.default_rng(seed).random(graph.adjacency.nnz)
    return _keep_first(graph, keys, share, symmetric=symmetric)


def _keep_first(
    graph: MobilityGraph, keys: FloatArray, share: float, *, symmetric: bool
) -> csr_array:
    """Keep, in each row, the ⌈share · degree⌉ stored entries of the largest keys."""
    if not 0 < share <= 1:
        raise InputError(f"the share of links to keep is {share}", hint="give one in (0, 1]")
    matrix = graph.adjacency
    # 0.1 · 70 is a little more than 7 in floating point, and 7 is what is meant
    quota = np.maximum(np.ceil(share * graph.degree - 1e-9), 1)
    chosen = largest_entries(matrix.indptr, keys, quota)
    return kept_entries(matrix, with_mirrored(matrix, chosen) if symmetric else chosen)
