"""The views of each region: its encoded modalities and its place in the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest, listing
from placeprint.mobility import (
    MobilityGraph,
    assemble,
    random_share,
    symmetric_sum,
    top_share,
)
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.models.configuring import ways_to_train
from placeprint.models.mobclip.config import GraphSettings, MobCLIPConfig

__all__ = ["Views", "read_views"]


@dataclass(frozen=True)
class Views:
    """What is known about n regions. A region that lacks a modality has no row in it.

    Attributes:
        region_ids: (n,) sorted ids.
        features: For each modality, a frame of its vectors, index ``region_id``; where they are
            mapped from disk, they are read when they are used.
        rows: For each view, (n,) the region's row in it, −1 where it has none; for the graph,
            the region's own position where it has a link.
        graph: The full graph, undirected; None if no graph takes part.
        adjacency: Â of the sampled graph, (n, n).
        flows: (n, n) the directed flows of the graph.
        symmetric: Whether as much goes as comes between any two regions.
    """

    region_ids: pd.Index
    features: dict[str, pd.DataFrame]
    rows: dict[str, Tensor]
    graph: MobilityGraph | None
    adjacency: NormalisedAdjacency | None
    flows: csr_array | None
    symmetric: bool = False

    def __len__(self) -> int:
        return len(self.region_ids)

    @property
    def names(self) -> list[str]:
        """All views: the graph first, then the modalities."""
        return list(self.rows)


def read_views(
    atlas: Atlas,
    config: MobCLIPConfig,
    columns: dict[str, list[str]] | None = None,
    *,
    mapped: Callable[[str], Path] | None = None,
) -> Views:
    """Read from an atlas what a configuration asks for.

    Args:
        atlas: The atlas.
        config: The configuration.
        columns: For each modality, the features that a trained model knows: then a layer that
            the atlas lacks is absent for all of its regions; None: as they are, and all needed.
        mapped: Where features of each modality are unpacked to, to be mapped into memory; None:
            they are held in memory.

    Raises:
        InputError: If the atlas lacks a modality, the graph or the anchor that it names, or its
            features are not those that the model knows.
    """
    ids = atlas.region_ids
    if columns is None:
        features = {
            name: atlas.features(name, None if mapped is None else mapped(name))
            for name in chosen_modalities(atlas, config)
        }
    else:
        features = {name: _known_columns(atlas, name, known) for name, known in columns.items()}
    rows = {name: _rows(frame.index, ids) for name, frame in features.items()}
    if config.graph is None:
        return Views(ids, features, rows, None, None, None)
    flows, symmetric = _flows(atlas, config.graph)
    graph = MobilityGraph.from_flows(flows, ids, symmetric=symmetric)
    backbone = sampled(graph, config.graph, config.seed)
    adjacency = NormalisedAdjacency.of(backbone, config.graph.normalisation)
    linked = torch.from_numpy(np.where(graph.degree > 0, np.arange(len(ids)), -1))
    rows = {config.graph.name: linked, **rows}
    return Views(ids, features, rows, graph, adjacency, flows, symmetric)


def chosen_modalities(atlas: Atlas, config: MobCLIPConfig) -> list[str]:
    """The modalities that take part, after checking that the configuration's names exist."""
    names = atlas.feature_names if config.modalities is None else config.modalities
    for name in names:
        if name not in atlas.feature_names:
            known = atlas.feature_names
            hint = closest(name, known) if known else ways_to_train(atlas)
            raise InputError(f"no modality {name!r}", source=atlas.path, hint=hint)
    graph = "" if config.graph is None else config.graph.name
    views = [graph, *names] if graph else names
    left_out = sorted(set(atlas.feature_names) - set(names))
    if graph and graph not in atlas.graph_names:
        problem = f"no graph {graph!r}"
    elif len(views) < 2:
        problem = f"only {listing(views) or 'nothing'} takes part, alignment needs two views"
    elif config.anchor not in views:
        problem = f"the anchor {config.anchor!r} is none of the views {listing(views)}"
        hint = f"choose another, --set anchor=NAME: {closest(config.anchor, views)}"
        raise InputError(problem, source=atlas.path, hint=hint)
    else:
        return names
    if len(names) < 2 and left_out:
        hint = f"name more `modalities`: {listing(left_out)}"
    else:
        hint = ways_to_train(atlas, graph=graph, anchor=config.anchor, modalities=names)
    raise InputError(problem, source=atlas.path, hint=hint)


def _flows(atlas: Atlas, settings: GraphSettings) -> tuple[csr_array, bool]:
    """The flows of a graph, none if the atlas lacks it; and whether they are symmetric."""
    n = len(atlas.region_ids)
    if settings.name not in atlas.graph_names:
        nothing = np.empty(0, dtype=np.int32)
        return assemble(nothing, nothing, np.empty(0), n), True
    links = atlas.links(settings.name, settings.time)
    flows = assemble(links.source, links.target, links.weight, n)
    return (flows, False) if links.directed else (symmetric_sum(flows), True)


def _known_columns(atlas: Atlas, name: str, known: list[str]) -> pd.DataFrame:
    """The features of a modality in the order of training; a category never counted is 0."""
    if name not in atlas.feature_names:
        return pd.DataFrame(columns=known, index=pd.Index([], dtype=str), dtype=np.float32)
    frame = atlas.features(name)
    frame.columns = frame.columns.astype(str)
    counts = atlas.layer(f"features/{name}")["request"]["settings"].get("encoder") == "counts"
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
    """The strongest (or random) links of each region; as published, only those it keeps itself."""
    symmetric = settings.normalisation == "symmetric"
    if settings.sampling == "random":
        return random_share(graph, settings.share, seed, symmetric=symmetric)
    return top_share(graph, settings.share, symmetric=symmetric)


def _rows(index: pd.Index, ids: pd.Index) -> Tensor:
    return torch.from_numpy(np.asarray(index.get_indexer(ids), dtype=np.int64))
