"""LINE alone: the mobility graph's embedding before any other modality touches it."""

from __future__ import annotations

import pandas as pd

from placeprint.mobility import MobilityGraph, line_factorised

__all__ = ["line_features"]


def line_features(
    graph: MobilityGraph, dim: int = 128, *, negatives: int = 1, seed: int = 0
) -> pd.DataFrame:
    """Second-order LINE of a graph, as a baseline.

    Args:
        graph: The full mobility graph.
        dim: Dimensions.
        negatives: Negative samples b, as in :func:`placeprint.mobility.line_factorised`.
        seed: Of the decomposition.

    Returns:
        float32, a row per region that is tied to another.

    Example:
        >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [1.0]})
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b", "c"])
        >>> line_features(graph, dim=4).index.tolist()
        ['a', 'b']
    """
    vectors = line_factorised(graph, dim, negatives=negatives, seed=seed)
    columns = pd.Index([f"line{number}" for number in range(dim)], name="feature_id")
    table = pd.DataFrame(vectors, index=graph.region_ids, columns=columns)
    return table[graph.degree > 0]
