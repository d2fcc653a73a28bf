"""What an embedding is always shown beside: the plain baselines of its atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["baselines_for"]


def baselines_for(atlas: Atlas, dim: int, graph: str | None) -> dict[str, pd.DataFrame]:
    """The baselines of an atlas; none of them has seen a label.

    * ``coordinates`` and ``spherical_harmonics`` (L = 20): where a place is;
    * ``raw``: the features of all modalities, and ``pca``: their principal components;
    * ``line``: second-order LINE of the graph;
    * ``raw+flows``: the raw features beside a singular value decomposition of the flows.

    Args:
        atlas: The study area.
        dim: Dimensions of the embedding they are compared with; ``pca`` and ``line`` have as many.
        graph: The graph that the embedding was trained on; None leaves ``line`` and
            ``raw+flows`` out, as an atlas without modalities does ``raw`` and ``pca``.

    Returns:
        Name → float32 vectors, indexed by region id.

    Raises:
        InputError: If the atlas has no such graph.

    Example:
        >>> import placeprint as pp
        >>> atlas = pp.Atlas("atlas")  # doctest: +SKIP
        >>> models = baselines_for(atlas, dim=128, graph="commuting")  # doctest: +SKIP
    """
    from placeprint import baselines
    from placeprint.mobility import MobilityGraph

    centroids = atlas.regions.centroids()
    models = {
        "coordinates": baselines.coordinate_features(centroids),
        "spherical_harmonics": baselines.harmonic_features(centroids),
    }
    if atlas.feature_names:
        modalities = {name: atlas.features(name) for name in atlas.feature_names}
        models["raw"] = baselines.raw_features(modalities, atlas.region_ids)
        models["pca"] = baselines.pca_features(models["raw"], dim)
    if graph is not None:
        edges = atlas.graph(graph)
        tied = MobilityGraph.from_edges(edges, atlas.region_ids, source=f"graph {graph}")
        models["line"] = baselines.line_features(tied, dim)
        if "raw" in models:
            flows = baselines.flow_features(edges, atlas.region_ids)
            models["raw+flows"] = baselines.raw_with_flows(models["raw"], flows)
    return models
