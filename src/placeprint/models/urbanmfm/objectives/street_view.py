"""The micro scale, street views: two directions from one point belong together."""

from __future__ import annotations

import torch
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.drawing import Drawing
from placeprint.training.contrastive import group_info_nce

__all__ = ["StreetViewObjective"]


class StreetViewObjective(Drawing):
    r"""Two directions α ≠ β of one group, each with the group's scene.

    .. math::
        L_{svi}\ \text{over}\ [E_\alpha, E_{scene}],\ [E_\beta, E_{scene}]

    with all directions of the other groups as negatives. Groups whose scene nobody described are
    compared by their images alone, among themselves.

    Args:
        network: The model.
        city: The city, with street views.
        seed: Of the draws.

    Attributes:
        samples: The groups of two or more images.

    Source:
        UrbanMFM, micro stage (street view).
    """

    def __init__(self, network: UrbanMFM, city: City, seed: int) -> None:
        assert city.street_views is not None
        self._network = network
        self._views = city.street_views
        self._city = city
        several = self._views.present.sum(dim=1) >= 2
        super().__init__(seed, torch.nonzero(several)[:, 0])

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of groups."""
        ranks = torch.rand(len(batch), 4, generator=self.generator)
        ranks = ranks.masked_fill(~self._views.present[batch], -1)
        directions = ranks.argsort(dim=1, descending=True)[:, :2]
        images = self._views.image[batch].gather(1, directions)
        looks = self._network.look(self._views.pictures.pixels(images.flatten()))
        first, second = looks.unflatten(0, (len(batch), 2)).unbind(dim=1)
        scene = self._city.scene[batch]
        losses = []
        for members, described in ((scene >= 0, True), (scene < 0, False)):
            chosen = torch.nonzero(members)[:, 0]
            if not len(chosen):
                continue
            pair = (first[chosen], second[chosen])
            if described:
                texts = self._network.text(self._city.texts[scene[chosen]])
                pair = (torch.cat([pair[0], texts], dim=1), torch.cat([pair[1], texts], dim=1))
            loss = group_info_nce(*pair, batch[chosen], self._network.config.temperature)
            losses.append(loss * len(chosen) / len(batch))
        return torch.stack(losses).sum()
