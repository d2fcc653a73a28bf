r"""From a trained UrbanMFM and a city to the embeddings of its entities and regions.

As published, an entity is the readout of its local graph and a region that of the global graph.
The default joins all scales by :class:`~placeprint.models.fusion.Fusion`. Every scale says what the
model has learned of it, and what can be counted and measured there without training:

========== ======================================= ===========================================
scale      of an entity                            of a region
========== ======================================= ===========================================
``micro``  its joined modalities; its text, its    means over its entities: their joined
           shape                                   modalities, their texts
``local``  the local readout; texts and outlines   the mean of the local readouts
           around it, categories near and far
``macro``                                          its satellite image; what is counted in it
                                                   and how it is built
``global``                                         the readout of the global graph; what is said
                                                   of the regions around it
========== ======================================= ===========================================

An entity is also described by the vector of the region it lies in. What is said of the regions
around it travels over the graph of regions, so that a region in which nothing is mapped is
described as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.mobility import row_normalised
from placeprint.models.fusion import Fusion, Group
from placeprint.models.rows import Rows
from placeprint.models.urbanmfm.city import read_city
from placeprint.models.urbanmfm.config import SCALES, UrbanMFMConfig
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.local import local_readout
from placeprint.models.urbanmfm.objectives.region_graph import global_readout
from placeprint.models.urbanmfm.stages import Sources
from placeprint.models.urbanmfm.surroundings import (
    counts_within,
    mean_over_links,
    spread,
    surroundings,
)
from placeprint.typing import BoolArray, FloatArray

__all__ = ["Embedder", "Embeddings"]

ROWS_PER_BATCH = 2048


@dataclass(frozen=True)
class Embeddings:
    """Vectors of a city.

    Attributes:
        regions: Index ``region_id``; a region of which nothing is known has no row.
        entities: For each kind, a frame indexed by its id column; likewise.
    """

    regions: pd.DataFrame
    entities: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Embedder:
    """Everything that embedding takes: the trained model and the fusions.

    Attributes:
        network: The trained model.
        categories: The categories that it counts.
        regions: The fitted fusion of regions; None as published.
        entities: The fitted fusion of entities; None as published.
    """

    network: UrbanMFM
    categories: list[str]
    regions: Fusion | None
    entities: Fusion | None

    @property
    def config(self) -> UrbanMFMConfig:
        """The configuration the model was trained with."""
        return self.network.config

    @classmethod
    def fit(cls, sources: Sources) -> tuple[Embedder, Embeddings]:
        """Fit the fusions to the city of training, and embed it."""
        network, city = sources.network, sources.city
        readouts = _Readouts(sources)
        config = network.config
        if config.embedding == "published":
            return cls(network, city.categories, None, None), readouts.published()
        fused = {"dim": config.dim, "seed": config.seed}
        groups = _known(readouts.region_groups())
        regions, of_regions = Fusion.fit_transform(groups, readouts.partners, **fused)
        groups = _known(readouts.entity_groups(of_regions))
        entities, of_entities = Fusion.fit_transform(groups, None, **fused)
        embedder = cls(network, city.categories, regions, entities)
        return embedder, readouts.embeddings(of_regions, of_entities)

    def embed(self, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions of an atlas; see :meth:`placeprint.models.Run.embed`."""
        return self.embed_city(atlas).regions

    def embed_city(self, atlas: Atlas) -> Embeddings:
        """The embeddings of the regions and entities of an atlas."""
        city = read_city(atlas, self.config, self.categories)
        sources = Sources(self.network, city, atlas.regions.areas_km2().to_numpy())
        readouts = _Readouts(sources)
        if self.regions is None or self.entities is None:
            return readouts.published()
        regions = self.regions.transform(_features(readouts.region_groups()), readouts.partners)
        entities = self.entities.transform(_features(readouts.entity_groups(regions)), None)
        return readouts.embeddings(regions, entities)

    def modalities(self, atlas: Atlas) -> dict[str, pd.DataFrame]:
        """The vectors of the regions in each view; see ``Run.modality_embeddings``."""
        if self.regions is None:
            return {}
        city = read_city(atlas, self.config, self.categories)
        sources = Sources(self.network, city, atlas.regions.areas_km2().to_numpy())
        views: dict[str, pd.DataFrame] = {}
        for name, features in _features(_Readouts(sources).region_groups()).items():
            if name in self.regions.groups:
                components = self.regions.groups[name].components.transform(features[:])
                known = np.asarray(np.isfinite(components).all(axis=1))
                views[name] = _frame(components[known], city.region_ids[known])
        return views


class _Readouts:
    """What the trained model says of a city, as groups of features for the fusion."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._city = city = sources.city
        self._network = network = sources.network
        self._network.eval()
        self._settings = network.config.fusion
        self._scales = set(SCALES) - set(network.config.without)
        self.known: BoolArray = city.known.numpy()
        rows = torch.nonzero(city.known)[:, 0]
        self._micro = self._entities(
            rows, lambda part: network.joined(*sources.modalities.of(part))
        )
        self._local = self._entities(
            rows, lambda part: local_readout(network, city, sources.modalities, part)
        )
        self._global = _batched(
            torch.arange(len(city.region_ids)),
            lambda part: global_readout(network, city, sources.regions, part),
        ).numpy()
        weights = csr_array(
            (
                city.partners.weights.numpy().astype(np.float64),
                city.partners.members.numpy(),
                city.partners.starts.numpy(),
            ),
            shape=(len(city.region_ids), len(city.region_ids)),
        )
        self.partners = row_normalised(weights)

    def _entities(self, rows: Tensor, of: Callable[[Tensor], Tensor]) -> FloatArray:
        values = np.full((len(self._city.entities), self._network.config.hidden), np.nan)
        values[rows.numpy()] = _batched(rows, of).numpy()
        return values

    @property
    def reached(self) -> BoolArray:
        """(r,) whether anything is known of a region, or of one next to it.

        In the midst of what is mapped, that nothing is there is known as well.
        """
        city = self._city
        own = (city.inhabitants.counts > 0).numpy()
        own[city.satellite_region.numpy()] = True
        if city.roads is not None:
            own |= np.nan_to_num(city.roads).sum(axis=1) > 0
        near = self.partners @ own.astype(np.float64) > 0
        reached: BoolArray = own | near | city.mapped
        return reached

    def published(self) -> Embeddings:
        """The readouts of the global graph and of the local graphs, as published."""
        return self.embeddings(self._global, self._local[self.known])

    def embeddings(self, regions: FloatArray, entities: FloatArray) -> Embeddings:
        """Tables of (r, d) vectors of all regions and (k, d) of the entities that are known."""
        frame = _frame(regions, self._city.region_ids)[self.reached]
        of = self._city.entities
        kinds = {}
        for kind, column in of.id_columns.items():
            ids = pd.Index(of.ids[self.known & (of.kind == kind)], name=column)
            kinds[kind] = _frame(entities[of.kind[self.known] == kind], ids)
        return Embeddings(frame, kinds)

    def region_groups(self) -> list[Group]:
        """The groups of features of the regions."""
        city = self._city
        features: dict[str, FloatArray] = {}
        if "macro" in self._scales:
            for name, table in city.descriptors.items():
                features[name] = table.to_numpy(dtype=np.float64)
        if "micro" in self._scales:
            written, texts = self._texts()
            features["text"] = mean_over_links(city.inhabitants, written, texts)
            features["micro"] = self._inside(self._micro)
        if "local" in self._scales:
            features["local"] = self._inside(self._local)
        if "macro" in self._scales and city.satellite is not None:
            features["macro"] = self._from_above()
        city_wide = "global" in self._scales
        components, hops = self._settings.components, self._settings.hops if city_wide else 0
        groups = [
            Group(name, values, components=components, hops=hops)
            for name, values in features.items()
        ]
        if city_wide:
            groups.append(Group("global", self._global.astype(np.float64), components=components))
        return groups

    def _texts(self) -> tuple[BoolArray, FloatArray]:
        """(n,) which entities have a text, and (n, d_t) their vectors, NaN without one."""
        return spread(self._city.text, self._city.texts.numpy())

    def _inside(self, values: FloatArray) -> FloatArray:
        return mean_over_links(self._city.inhabitants, self.known, values)

    def _from_above(self) -> FloatArray:
        """(r, dim) satellite embeddings, NaN where there is no image."""
        seen = self._city.satellite_region
        values = np.full((len(self._city.region_ids), self._network.config.hidden), np.nan)
        values[seen.numpy()] = _batched(
            seen, lambda part: self._sources.regions.of(part)[0]["macro"]
        ).numpy()
        return values

    def entity_groups(self, regions: FloatArray) -> list[Group]:
        """The groups of features of the entities that are known, given the regions' vectors."""
        city, features = self._city, dict[str, FloatArray]()
        if "micro" in self._scales:
            features["text"] = self._texts()[1]
            features["shape"] = spread(city.outline, city.shapes)[1]
            features["micro"] = self._micro
        if "local" in self._scales:
            features["local"] = self._local
            for name, values in surroundings(city).items():
                features[f"{name} around"] = values
            reach = self._network.config.local.max_distance_m
            for name, radius in (("near", reach / 4), ("far", reach)):
                counts = counts_within(city.entities, city.categories, radius)
                features[f"counts {name}"] = counts
        region = city.entities.region
        features["region"] = np.where((region >= 0)[:, None], regions[region], np.nan)
        return [
            Group(name, values[self.known].astype(np.float64), components=self._settings.components)
            for name, values in features.items()
        ]


@torch.no_grad()
def _batched(rows: Tensor, of: Callable[[Tensor], Tensor]) -> Tensor:
    """What a function gives for all rows, a batch at a time."""
    return torch.cat([of(part) for part in rows.split(ROWS_PER_BATCH)])


def _known(groups: list[Group]) -> list[Group]:
    """The groups of which a feature is known somewhere."""
    return [group for group in groups if np.isfinite(group.features[:]).any()]


def _features(groups: list[Group]) -> dict[str, Rows]:
    return {group.name: group.features for group in groups}


def _frame(vectors: FloatArray, index: pd.Index) -> pd.DataFrame:
    columns = pd.Index([f"e{i:03d}" for i in range(vectors.shape[1])], name="feature_id")
    return pd.DataFrame(vectors.astype(np.float32), index=index, columns=columns)
