"""The global scale: a region among its neighbours, from above and from within."""

from __future__ import annotations

import torch
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.modalities import Modalities
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.drawing import Drawing
from placeprint.models.urbanmfm.star_graphs import star_graphs
from placeprint.models.urbanmfm.swapping import first_present, swap_modalities
from placeprint.training.contrastive import info_nce

__all__ = ["GlobalObjective", "RegionValues"]


class RegionValues:
    """E_macro and E_micro of regions.

    E_macro is the satellite embedding; a region without an image shows its descriptors instead.

    Args:
        network: The model.
        city: The city.
        modalities: Of its entities.
        satellite_features: (s, 512) of all satellite images; None: they take no part.
    """

    def __init__(
        self,
        network: UrbanMFM,
        city: City,
        modalities: Modalities,
        satellite_features: Tensor | None,
    ) -> None:
        self._network = network
        self._modalities = modalities
        self._satellite = satellite_features
        self._descriptors = network.filled(city.described)
        self._image = torch.full((len(city.region_ids),), -1)
        if satellite_features is not None:
            self._image[city.satellite_region] = torch.arange(len(city.satellite_region))

    def of(self, rows: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """``macro`` and ``micro`` of some regions, (b, dim) each, and whether they have it."""
        macro: Tensor = self._network.descriptors(self._descriptors[rows])
        image = self._image[rows]
        seen = torch.nonzero(image >= 0)[:, 0]
        if self._satellite is not None and len(seen):
            macro = macro.index_put((seen,), self._network.picture(self._satellite[image[seen]]))
        micro, inhabited = self._modalities.inhabitants(rows)
        present = {"macro": torch.ones(len(rows), dtype=torch.bool), "micro": inhabited}
        return {"macro": macro, "micro": micro}, present


class GlobalObjective(Drawing):
    """The readout of G_g against that of G_g⁺, where E_micro replaces E_macro of half the nodes.

    Args:
        network: The model.
        city: The city.
        values: Of its regions.
        seed: Of the draws.

    Attributes:
        samples: The regions that are tied to another one.

    Source:
        UrbanMFM, global stage: L_global.
    """

    def __init__(self, network: UrbanMFM, city: City, values: RegionValues, seed: int) -> None:
        self._network = network
        self._city = city
        self._values = values
        super().__init__(seed, torch.nonzero(city.partners.counts)[:, 0])

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of regions."""
        links = self._city.partners
        graphs = star_graphs(batch, links.starts, links.members, links.weights)
        distinct, which = graphs.nodes.unique(return_inverse=True)
        values, present = self._values.of(distinct)
        plain = first_present(values, present, "macro")
        swapped = swap_modalities(values, present, "macro", self.generator)
        replaced = torch.rand(len(distinct), generator=self.generator) < 0.5
        anchor, other = (
            self._network.city(shown[which], graphs.edges, graphs.weights)[graphs.roots]
            for shown in (plain, torch.where(replaced[:, None], swapped, plain))
        )
        return info_nce(anchor, other, self._network.config.temperature)


def global_readout(network: UrbanMFM, city: City, values: RegionValues, rows: Tensor) -> Tensor:
    """(b, dim) what attention over its neighbourhood G_g makes of each region."""
    links = city.partners
    graphs = star_graphs(rows, links.starts, links.members, links.weights)
    distinct, which = graphs.nodes.unique(return_inverse=True)
    shown = first_present(*values.of(distinct), "macro")
    readout: Tensor = network.city(shown[which], graphs.edges, graphs.weights)
    return readout[graphs.roots]
