"""The macro scale: regions that are used alike look alike from above."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from placeprint.models.urbanmfm.category_features import category_features
from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.drawing import Drawing
from placeprint.models.urbanmfm.similar_regions import similar_regions
from placeprint.regions.metric import local_crs, to_metres
from placeprint.training.contrastive import relation_info_nce
from placeprint.typing import FloatArray

__all__ = ["MacroObjective"]


class MacroObjective(Drawing):
    """The satellite images of regions whose points and roads are distributed alike.

    A batch is made of regions and, of each, one region that is like it, so that every one of
    them has a positive.

    Args:
        network: The model.
        city: The city, with satellite images.
        areas_km2: (r,) areas of its regions.
        seed: Of the draws.

    Attributes:
        samples: The images of regions that are like another one with an image.

    Source:
        UrbanMFM, macro stage: L_sate.
    """

    def __init__(self, network: UrbanMFM, city: City, areas_km2: FloatArray, seed: int) -> None:
        assert city.satellite is not None
        self._network = network
        self._pictures = city.satellite
        region = city.satellite_region.numpy()
        spread = _category_features(network, city, areas_km2)[region]
        # Where roads are not known at all, likeness rests on the points alone.
        roads = np.ones((len(region), 1)) if city.roads is None else city.roads[region]
        self._alike = similar_regions(spread, roads, network.config.macro.threshold)
        super().__init__(seed, torch.from_numpy(np.flatnonzero(np.diff(self._alike.indptr))))

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of images."""
        starts = torch.from_numpy(self._alike.indptr.astype(np.int64))
        chosen = starts[batch] + self.pick(starts[batch + 1] - starts[batch])
        partners = torch.from_numpy(self._alike.indices.astype(np.int64))[chosen]
        images = torch.cat([batch, partners]).unique()
        positives = self._alike[images.numpy()][:, images.numpy()].toarray() > 0
        embedded = self._network.look(self._pictures.pixels(images))
        return relation_info_nce(
            embedded, torch.from_numpy(positives), self._network.config.temperature
        )


def _category_features(network: UrbanMFM, city: City, areas_km2: FloatArray) -> FloatArray:
    """(r, C, 2) F_p of each region."""
    import pandas as pd
    import shapely

    entities, settings = city.entities, network.config.macro
    code = pd.Index(city.categories).get_indexer(pd.Index(entities.category))
    rows = np.flatnonzero((code >= 0) & (entities.region >= 0))
    lon, lat = entities.lon[rows], entities.lat[rows]
    if not len(rows):
        return np.zeros((len(areas_km2), 1, 2))
    metres = to_metres(shapely.points(lon, lat), local_crs(lon, lat))
    return category_features(
        shapely.get_x(metres),
        shapely.get_y(metres),
        code[rows],
        entities.region[rows],
        areas_km2,
        len(city.categories),
        eps_km=settings.eps_km,
        min_points=settings.min_points,
    )
