"""The local scale: the surroundings of an entity, seen in different ways."""

from __future__ import annotations

import torch
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.modalities import Modalities
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.drawing import Drawing
from placeprint.models.urbanmfm.star_graphs import StarGraphs, star_graphs
from placeprint.models.urbanmfm.swapping import first_present, swap_modalities
from placeprint.training.contrastive import info_nce

__all__ = ["LocalObjective", "local_readout"]


class LocalObjective(Drawing):
    """The readout of G_l against that of G_l⁺.

    In the positive graph every node shows another modality than its text, and neighbours are
    dropped at random.

    Args:
        network: The model.
        city: The city.
        modalities: Of its entities.
        seed: Of the draws.

    Attributes:
        samples: The entities that have a neighbour.

    Source:
        UrbanMFM, local stage: L_local.
    """

    def __init__(self, network: UrbanMFM, city: City, modalities: Modalities, seed: int) -> None:
        self._network = network
        self._city = city
        self._modalities = modalities
        super().__init__(seed, torch.nonzero(city.neighbours.counts)[:, 0])

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of entities."""
        config = self._network.config
        graphs = _graphs(self._city, batch)
        positive = _graphs(self._city, batch, config.local.drop, self.generator)
        distinct, which = graphs.nodes.unique(return_inverse=True)
        values, present = self._modalities.of(distinct)
        plain = first_present(values, present, "text")
        position = torch.empty(int(distinct[-1]) + 1, dtype=torch.int64)
        position[distinct] = torch.arange(len(distinct))
        swapped = swap_modalities(values, present, "text", self.generator)
        anchor = self._network.local(plain[which], graphs.edges, graphs.weights)
        other = self._network.local(
            swapped[position[positive.nodes]], positive.edges, positive.weights
        )
        return info_nce(anchor[graphs.roots], other[positive.roots], config.temperature)


def local_readout(network: UrbanMFM, city: City, modalities: Modalities, rows: Tensor) -> Tensor:
    """(b, dim) what attention over its local graph G_l makes of each entity.

    Args:
        network: The model.
        city: The city.
        modalities: Of its entities.
        rows: (b,) entities of which something is known.
    """
    graphs = _graphs(city, rows)
    distinct, which = graphs.nodes.unique(return_inverse=True)
    values = first_present(*modalities.of(distinct), "text")
    readout: Tensor = network.local(values[which], graphs.edges, graphs.weights)
    return readout[graphs.roots]


def _graphs(
    city: City, rows: Tensor, drop: float = 0.0, generator: torch.Generator | None = None
) -> StarGraphs:
    links = city.neighbours
    return star_graphs(
        rows, links.starts, links.members, links.weights, drop=drop, generator=generator
    )
