"""From a trained MobCLIP and the views of regions to their embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from placeprint.atlas import Atlas
from placeprint.mobility import flow_statistics, propagate
from placeprint.mobility.features import MUTUAL
from placeprint.mobility.flow_kernels import ONE_WAY, REACH
from placeprint.models.fusion import Fusion, Group
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.flows import FlowProfile
from placeprint.models.mobclip.network import MobCLIP
from placeprint.models.mobclip.views import Views, read_views
from placeprint.models.rows import Blockwise, Rows, aligned, slices
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
        return cls.fit_embed(network, views, atlas)[0]

    @classmethod
    def fit_embed(
        cls, network: MobCLIP, views: Views, atlas: Atlas
    ) -> tuple[Embedder, pd.DataFrame]:
        """Fit what comes after the training, and embed the regions of training by it.

        Returns:
            The embedder, and what :meth:`embed_views` gives.
        """
        config = network.config
        columns = {name: [*map(str, frame.columns)] for name, frame in views.features.items()}
        towers = cls(network, views.region_ids, columns, None, None)
        if config.embedding == "anchor":
            return towers, towers.embed_views(views, atlas)
        flows = None
        if views.flows is not None:
            flows = FlowProfile.fit(
                views.flows, views.region_ids, seed=config.seed, symmetric=views.symmetric
            )
        described = replace(towers, flows=flows)
        makers = described.groups(views, atlas).values()
        fusion, vectors = Fusion.fit_transform(
            (make() for make in makers), partners(views), dim=config.dim, seed=config.seed
        )
        return replace(described, fusion=fusion), _frame(vectors, views)

    def embed(self, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions of an atlas; see :meth:`placeprint.models.Run.embed`."""
        return self.embed_views(read_views(atlas, self.config, self.columns), atlas)

    def anchor(self, atlas: Atlas) -> pd.DataFrame:
        """The published place embedding, whatever the configuration's choice."""
        return replace(self, fusion=None).embed(atlas)

    def embed_views(self, views: Views, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions that have at least one view."""
        if self.fusion is None:
            return _frame(self._anchor(views), views)
        makers = self.groups(views, atlas)
        vectors = self.fusion.transform(_Features(makers), partners(views))
        return _frame(vectors, views)

    def groups(self, views: Views, atlas: Atlas) -> dict[str, Callable[[], Group]]:
        """The groups of features that are fused (see :mod:`placeprint.models.fusion`).

        Returns:
            Name → what makes the group, so that only one need be held at a time.
        """
        settings = self.config.fusion
        described: dict[str, int] = {"hops": settings.hops, "components": settings.components}
        ids = views.region_ids
        makers: dict[str, Callable[[], Group]] = {}
        for name, frame in views.features.items():
            features = aligned(frame.to_numpy(), views.rows[name].numpy())
            makers[name] = partial(Group, name, features, **described)
        alignment = {"hops": settings.hops, "components": 2 * settings.components}
        makers["alignment"] = partial(Group, "alignment", self._aligned(views), **alignment)
        if views.flows is None or self.flows is None:
            return makers
        flows, profile = views.flows, self.flows

        def statistics() -> Group:
            regions = atlas.regions
            centres = regions.centroids() if regions.has_coordinates else None
            found = flow_statistics(flows, ids, centres, symmetric=views.symmetric).reindex(ids)
            # What needs coordinates or outlines is missing where they are, not left out.
            names = [f"{way}_{name}" for way in ("out", "in") for name in (*ONE_WAY, *REACH)]
            found = found.reindex(columns=[*MUTUAL, *names])
            area = np.log(regions.areas_km2().to_numpy())[:, None]
            return Group("flow statistics", np.hstack([found.to_numpy(), area]), **described)

        makers["flow statistics"] = statistics
        if self.config.graph is not None:
            name = self.config.graph.name
            makers["graph"] = lambda: Group(
                "graph", _unit(self._spread(name, self._nodes(views), views)), components=None
            )
        makers["flows"] = lambda: Group(
            "flows",
            profile.transform(flows, ids, symmetric=views.symmetric),
            components=None,
            weight=settings.flow_weight * profile.reliability**3,
            reliability=profile.reliability,
        )
        return makers

    def _aligned(self, views: Views) -> Blockwise:
        """The aligned vectors of all modalities, of unit length, side by side."""

        def make(rows: slice) -> FloatArray:
            return np.hstack([_unit(self._tower(name, views, rows)) for name in views.features])

        width = self.config.dim * len(views.features)
        return Blockwise((len(views), width), make)

    def towers(self, views: Views) -> dict[str, FloatArray]:
        """(n, dim) float32 vectors of each view in the common space, NaN where it is lacking."""
        vectors = {}
        for name in views.names:
            if name in views.features:
                parts = [self._tower(name, views, rows) for rows in slices(len(views))]
                vectors[name] = np.concatenate(parts)
            else:
                vectors[name] = self._spread(name, self._nodes(views), views)
        return vectors

    def modalities(self, atlas: Atlas) -> dict[str, pd.DataFrame]:
        """The vectors of the regions in each view; see ``Run.modality_embeddings``."""
        views = read_views(atlas, self.config, self.columns)
        found = {}
        for name, vectors in self.towers(views).items():
            known = (views.rows[name] >= 0).numpy()
            columns = pd.Index([f"e{i:03d}" for i in range(vectors.shape[1])], name="feature_id")
            found[name] = pd.DataFrame(vectors[known], views.region_ids[known], columns)
        return found

    @torch.no_grad()
    def _tower(self, name: str, views: Views, rows: slice) -> FloatArray:
        """(m, dim) vectors of a modality for some of the regions, NaN where they lack it."""
        self.network.eval()
        positions = views.rows[name].numpy()[rows]
        known = positions >= 0
        vectors = np.full((len(positions), self.config.dim), np.nan, dtype=np.float32)
        features = torch.from_numpy(views.features[name].to_numpy()[positions[known]])
        vectors[known] = self.network.towers[name](features).numpy()
        return vectors

    @torch.no_grad()
    def _nodes(self, views: Views) -> FloatArray:
        """(n, dim) vectors of all nodes of the graph."""
        assert self.network.graph is not None
        assert views.adjacency is not None
        self.network.eval()
        vectors: Tensor = self.network.graph(views.adjacency, self._node_features(views))
        return vectors.numpy()

    def _spread(self, name: str, vectors: FloatArray, views: Views) -> FloatArray:
        """The vectors of nodes, NaN for regions that have no link."""
        return np.where((views.rows[name].numpy() >= 0)[:, None], vectors, np.float32(np.nan))

    def _node_features(self, views: Views) -> Tensor:
        """The node features of known regions; of others, the mean of their known partners'."""
        assert self.network.graph is not None
        learned = self.network.graph.features.detach()
        if views.region_ids.equals(self.nodes):
            return learned
        known = self.nodes.get_indexer(views.region_ids)
        features = np.where(known[:, None] >= 0, learned.numpy()[known], np.float32(np.nan))
        arriving = propagate(_weights(views), features)
        features = np.where(np.isnan(features), arriving, features)
        return torch.from_numpy(np.nan_to_num(features))

    def _anchor(self, views: Views) -> FloatArray:
        """The anchor's vector; for a region that lacks it, the mean of its aligned others."""
        towers = self.towers(views)
        anchor = towers.pop(self.config.anchor)
        total, count = np.zeros_like(anchor), np.zeros((len(anchor), 1), dtype=np.float32)
        for vectors in towers.values():
            known = np.isfinite(vectors).all(axis=1, keepdims=True)
            total += np.where(known, _unit(vectors), np.float32(0))
            count += known
        mean = total / np.maximum(count, 1)
        size = np.nanmean(np.linalg.norm(anchor.astype(np.float64), axis=1))
        return np.where(np.isnan(anchor), mean * size, anchor).astype(np.float32)


class _Features(Mapping[str, Rows]):
    """The features of each group, made when they are asked for and not kept."""

    def __init__(self, makers: Mapping[str, Callable[[], Group]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Rows:
        return self._makers[name]().features

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _frame(vectors: FloatArray, views: Views) -> pd.DataFrame:
    """The vectors of the regions that have at least one view, as a table."""
    present = torch.stack([rows >= 0 for rows in views.rows.values()]).any(dim=0).numpy()
    columns = pd.Index([f"e{i:03d}" for i in range(vectors.shape[1])], name="feature_id")
    kept = vectors if present.all() else vectors[present]
    return pd.DataFrame(kept, index=views.region_ids[present], columns=columns, copy=False)


def partners(views: Views) -> csr_array | None:
    """The graph of log(1 + weight), by which features travel; None without a graph."""
    return None if views.graph is None else _weights(views)


def _weights(views: Views) -> csr_array:
    assert views.graph is not None
    weights = views.graph.adjacency
    structure = (np.log1p(weights.data), weights.indices, weights.indptr)
    return csr_array(structure, shape=weights.shape)


def _unit(vectors: FloatArray) -> FloatArray:
    norms = F.normalize(torch.from_numpy(np.nan_to_num(vectors)), dim=1).numpy()
    return np.where(np.isnan(vectors), np.float32(np.nan), norms)
