"""The views of each region: its encoded modalities and its place in the graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest, listing
from placeprint.mobility import (
    MobilityGraph,
    random_share,
    symmetric_normalised,
    top_share,
    torch_csr,
)
from placeprint.models.mobclip.config import GraphSettings, MobCLIPConfig

__all__ = ["Views", "read_views"]


@dataclass(frozen=True)
class Views:
    """What is known about n regions. A region that lacks a modality has no row in it.

    Attributes:
        region_ids: (n,) sorted ids.
        features: For each modality, a frame of its vectors, index ``region_id``.
        rows: For each view, (n,) the region's row in it, −1 where it has none; for the graph,
            the region's own position where it has a link.
        graph: The full graph, undirected; None if no graph takes part.
        adjacency: (n, n) sparse CSR Â of the sampled graph.
        edges: The directed edges of the graph, as in the atlas.
    """

    region_ids: pd.Index
    features: dict[str, pd.DataFrame]
    rows: dict[str, Tensor]
    graph: MobilityGraph | None
    adjacency: Tensor | None
    edges: pd.DataFrame | None

    def __len__(self) -> int:
        return len(self.region_ids)

    @property
    def names(self) -> list[str]:
        """All views: the graph first, then the modalities."""
        return list(self.rows)


def read_views(
    atlas: Atlas, config: MobCLIPConfig, columns: dict[str, list[str]] | None = None
) -> Views:
    """Read from an atlas what a configuration asks for.

    Args:
        atlas: The atlas.
        config: The configuration.
        columns: For each modality, the features that a trained model knows: then a layer that
            the atlas lacks is absent for all of its regions; None: as they are, and all needed.

    Raises:
        InputError: If the atlas lacks a modality, the graph or the anchor that it names, or its
            features are not those that the model knows.
    """
    ids = atlas.region_ids
    if columns is None:
        _check_graph(atlas, config)
        features = {name: atlas.features(name) for name in chosen_modalities(atlas, config)}
    else:
        features = {name: _known_columns(atlas, name, known) for name, known in columns.items()}
    rows = {name: _rows(frame.index, ids) for name, frame in features.items()}
    if config.graph is None:
        return Views(ids, features, rows, None, None, None)
    edges = _edges(atlas, config.graph.name)
    graph = MobilityGraph.from_edges(edges, ids)
    adjacency = torch_csr(symmetric_normalised(sampled(graph, config.graph, config.seed)))
    linked = torch.from_numpy(np.where(graph.degree > 0, np.arange(len(ids)), -1))
    return Views(ids, features, {config.graph.name: linked, **rows}, graph, adjacency, edges)


def chosen_modalities(atlas: Atlas, config: MobCLIPConfig) -> list[str]:
    """The modalities that take part, after checking that the configuration's names exist."""
    names = atlas.feature_names if config.modalities is None else config.modalities
    graph = [config.graph.name] if config.graph else []
    for name in names:
        if name not in atlas.feature_names:
            raise InputError(
                f"no modality {name!r}", source=atlas.path, hint=closest(name, atlas.feature_names)
            )
    views = [*graph, *names]
    if config.anchor not in views:
        raise InputError(
            f"the anchor {config.anchor!r} is none of the views {listing(views)}",
            source=atlas.path,
            hint=closest(config.anchor, views),
        )
    if len(views) < 2:
        raise InputError(
            f"only {listing(views)} takes part, alignment needs two views",
            source=atlas.path,
            hint="add points, a table or an image to `features` in the recipe",
        )
    return names


def _check_graph(atlas: Atlas, config: MobCLIPConfig) -> None:
    if config.graph is not None and config.graph.name not in atlas.graph_names:
        raise InputError(
            f"no graph {config.graph.name!r}",
            source=atlas.path,
            hint=f"{closest(config.graph.name, atlas.graph_names)}, or train with graph=null",
        )


def _edges(atlas: Atlas, name: str) -> pd.DataFrame:
    """The edges of a graph; none if the atlas lacks it."""
    if name in atlas.graph_names:
        return atlas.graph(name)
    return pd.DataFrame({"source": [], "target": [], "weight": []}).astype({"weight": float})


def _known_columns(atlas: Atlas, name: str, known: list[str]) -> pd.DataFrame:
    """The features of a modality in the order of training; a category never counted is 0."""
    if name not in atlas.feature_names:
        return pd.DataFrame(columns=known, index=pd.Index([], dtype=str), dtype=np.float32)
    frame = atlas.features(name)
    frame.columns = frame.columns.astype(str)
    counts = atlas.layer(f"features/{name}")["request"]["settings"]["encoder"] == "counts"
    missing = [column for column in known if column not in frame.columns]
    if missing and not counts:
        raise InputError(
            f"features of {name!r} that the model was trained with are missing: "
            f"{listing(missing, limit=5)}",
            source=atlas.path,
            hint="build this atlas with the same recipe and encoders",
        )
    return frame.reindex(columns=known, fill_value=0.0)


def sampled(graph: MobilityGraph, settings: GraphSettings, seed: int) -> csr_array:
    """The strongest (or random) links of each region."""
    if settings.sampling == "random":
        return random_share(graph, settings.share, seed)
    return top_share(graph, settings.share)


def _rows(index: pd.Index, ids: pd.Index) -> Tensor:
    return torch.from_numpy(np.asarray(index.get_indexer(ids), dtype=np.int64))
