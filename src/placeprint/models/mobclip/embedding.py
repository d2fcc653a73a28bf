"""From a trained MobCLIP and the views of regions to their embeddings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from placeprint.atlas import Atlas
from placeprint.mobility import flow_profile, propagate, row_normalised
from placeprint.models.fusion import Fusion, Group
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.flows import FlowProfile
from placeprint.models.mobclip.network import MobCLIP, tensors
from placeprint.models.mobclip.views import Views, read_views
from placeprint.typing import FloatArray

__all__ = ["Embedder"]


@dataclass(frozen=True)
class Embedder:
    """Everything that embedding takes: the towers, the nodes they were trained on, the fusion.

    Attributes:
        network: The trained towers.
        nodes: (n,) ids of the regions of training, the rows of the graph tower's features.
        columns: For each modality, the names of its features.
        flows: The map from flows to their profile; None without a graph or for ``anchor``.
        fusion: The fitted fusion; None for ``anchor``.
    """

    network: MobCLIP
    nodes: pd.Index
    columns: dict[str, list[str]]
    flows: FlowProfile | None
    fusion: Fusion | None

    @property
    def config(self) -> MobCLIPConfig:
        """The configuration the model was trained with."""
        return self.network.config

    @classmethod
    def fit(cls, network: MobCLIP, views: Views, atlas: Atlas) -> Embedder:
        """Fit what comes after the training of the towers."""
        config = network.config
        columns = {name: [*map(str, frame.columns)] for name, frame in views.features.items()}
        towers = cls(network, views.region_ids, columns, None, None)
        if config.embedding == "anchor":
            return towers
        flows = None
        if views.edges is not None:
            flows = FlowProfile.fit(views.edges, views.region_ids, seed=config.seed)
        described = cls(network, views.region_ids, columns, flows, None)
        groups = described.groups(views, atlas)
        fusion = Fusion.fit(groups, partners(views), dim=config.dim, seed=config.seed)
        return cls(network, views.region_ids, columns, flows, fusion)

    def embed(self, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions of an atlas; see :meth:`placeprint.models.Run.embed`."""
        return self.embed_views(read_views(atlas, self.config, self.columns), atlas)

    def anchor(self, atlas: Atlas) -> pd.DataFrame:
        """The published place embedding, whatever the configuration's choice."""
        return replace(self, fusion=None).embed(atlas)

    def embed_views(self, views: Views, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions that have at least one view."""
        if self.fusion is None:
            vectors = self._anchor(views)
        else:
            features = {group.name: group.features for group in self.groups(views, atlas)}
            vectors = self.fusion.transform(features, partners(views))
        present = torch.stack([rows >= 0 for rows in views.rows.values()]).any(dim=0).numpy()
        frame = pd.DataFrame(vectors, index=views.region_ids)[present]
        frame.columns = pd.Index([f"e{i:03d}" for i in range(frame.shape[1])], name="feature_id")
        return frame

    def groups(self, views: Views, atlas: Atlas) -> list[Group]:
        """The groups of features that are fused (see :mod:`placeprint.models.fusion`)."""
        settings = self.config.fusion
        described = {"hops": settings.hops, "components": settings.components}
        ids = views.region_ids
        groups = [
            Group(name, _aligned_rows(frame, ids), **described)
            for name, frame in views.features.items()
        ]
        towers = self.towers(views)
        modalities = [_unit(towers[name]) for name in views.features]
        alignment = {"hops": settings.hops, "components": 2 * settings.components}
        groups.append(Group("alignment", np.hstack(modalities), **alignment))
        if views.edges is None or self.flows is None:
            return groups
        statistics = flow_profile(views.edges, ids, atlas.regions.centroids())
        area = np.log(atlas.regions.areas_km2().to_numpy())[:, None]
        groups.append(
            Group("flow statistics", np.hstack([_aligned_rows(statistics, ids), area]), **described)
        )
        if self.config.graph is not None:
            anchor = _unit(towers[self.config.graph.name])
            groups.append(Group("graph", anchor, components=None))
        profile = self.flows.transform(views.edges, ids)
        groups.append(
            Group(
                "flows",
                profile,
                components=None,
                weight=settings.flow_weight * self.flows.reliability**3,
                reliability=self.flows.reliability,
            )
        )
        return groups

    @torch.no_grad()
    def towers(self, views: Views) -> dict[str, FloatArray]:
        """(n, dim) vectors of each view in the common space, NaN where a region lacks it."""
        self.network.eval()
        vectors = {name: self.network.towers[name](x) for name, x in tensors(views).items()}
        config = self.config.graph
        if config is not None and self.network.graph is not None and views.adjacency is not None:
            features = self._node_features(views)
            vectors[config.name] = self.network.graph(views.adjacency, features)
        spread = {}
        for name, rows in views.rows.items():
            known = rows.numpy() >= 0
            spread[name] = np.full((len(rows), self.config.dim), np.nan)
            spread[name][known] = vectors[name].numpy()[rows.numpy()[known]]
        return spread

    def _node_features(self, views: Views) -> Tensor:
        """The node features of known regions; of others, the mean of their known partners'."""
        assert self.network.graph is not None
        learned = self.network.graph.features.detach()
        if views.region_ids.equals(self.nodes):
            return learned
        known = self.nodes.get_indexer(views.region_ids)
        features = np.where(known[:, None] >= 0, learned.numpy()[known], np.nan)
        arriving = propagate(_weights(views), features)
        features = np.where(np.isnan(features), arriving, features)
        return torch.from_numpy(np.nan_to_num(features).astype(np.float32))

    def _anchor(self, views: Views) -> FloatArray:
        """The anchor's vector; for a region that lacks it, the mean of its aligned others."""
        towers = self.towers(views)
        anchor = towers.pop(self.config.anchor)
        others = np.stack([_unit(vectors) for vectors in towers.values()])
        known = np.isfinite(others).all(axis=2, keepdims=True)
        mean = np.where(known, others, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        size = np.nanmean(np.linalg.norm(anchor, axis=1))
        return np.where(np.isnan(anchor), mean * size, anchor).astype(np.float32)


def partners(views: Views) -> csr_array | None:
    """P: the graph of log(1 + weight), by which features travel; None without a graph."""
    return None if views.graph is None else row_normalised(_weights(views))


def _weights(views: Views) -> csr_array:
    assert views.graph is not None
    return views.graph.adjacency.log1p()


def _aligned_rows(frame: pd.DataFrame, ids: pd.Index) -> FloatArray:
    return frame.reindex(ids).to_numpy(dtype=np.float64)


def _unit(vectors: FloatArray) -> FloatArray:
    norms = F.normalize(torch.from_numpy(np.nan_to_num(vectors)), dim=1).numpy()
    return np.where(np.isnan(vectors), np.nan, norms)
