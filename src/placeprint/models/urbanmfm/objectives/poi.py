"""The micro scale, points: what lies on one road belongs together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.links import Links
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.drawing import Drawing
from placeprint.models.urbanmfm.segments import segment_mean
from placeprint.training.contrastive import info_nce

__all__ = ["PoiObjective"]


class PoiObjective(Drawing):
    r"""A random point of a road against the mean of the road's points.

    .. math::
        L_{poi} = -\frac{1}{B} \sum_i \log
            \frac{e^{\mathrm{sim}(E_t^i, E_{avg}^i) / \tau}}
                 {\sum_j e^{\mathrm{sim}(E_t^i, E_{avg}^j) / \tau}}

    Args:
        network: The model.
        city: The city.
        seed: Of the draws.

    Attributes:
        samples: The roads that two or more entities with a text lie on.

    Source:
        UrbanMFM, micro stage (POI).
    """

    def __init__(self, network: UrbanMFM, city: City, seed: int) -> None:
        road = city.entities.road
        rows = np.flatnonzero((road >= 0) & (city.text >= 0).numpy())
        rows = rows[np.argsort(road[rows], kind="stable")]
        count = int(road.max(initial=-1)) + 1
        self._members = Links.from_pairs(road[rows], rows, np.ones(len(rows)), count)
        self._network = network
        self._city = city
        super().__init__(seed, torch.nonzero(self._members.counts >= 2)[:, 0])

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of roads."""
        owner, positions = self._members.of(batch)
        rows = self._city.text[self._members.members[positions]]
        distinct, which = rows.unique(return_inverse=True)
        texts = self._network.text(self._city.texts[distinct])[which]
        means = segment_mean(texts, owner, len(batch))
        counts = self._members.counts[batch]
        chosen = counts.cumsum(0) - counts + self.pick(counts)
        return info_nce(texts[chosen], means, self._network.config.temperature)
