"""MobCLIP: every modality of a region aligned to the anchor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from placeprint.errors import InputError
from placeprint.mobility import line_factorised
from placeprint.models.feature_tower import FeatureTower
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.graph_tower import GraphTower
from placeprint.models.mobclip.views import Views
from placeprint.models.rows import Rows
from placeprint.training import MIN_TEMPERATURE, symmetric_info_nce
from placeprint.training.distributed import total

__all__ = ["Alignment", "MobCLIP", "node_features"]


class MobCLIP(nn.Module):
    """One tower per view, all of them ending in one common space.

    Args:
        config: The configuration.
        sizes: For each modality, the dimensions of its encoded features.
        nodes: (n, dim) initial features of the graph's nodes; None if no graph takes part.
    """

    def __init__(self, config: MobCLIPConfig, sizes: dict[str, int], nodes: Tensor | None) -> None:
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(config.seed)
        self.towers = nn.ModuleDict(
            {
                name: FeatureTower(size, config.dim, mlp=name in config.mlp, generator=generator)
                for name, size in sizes.items()
            }
        )
        self.graph = None
        if nodes is not None and config.graph is not None:
            self.graph = GraphTower(nodes, config.graph.layers)
        graph = [config.graph.name] if self.graph is not None and config.graph else []
        aligned = [name for name in [*graph, *sizes] if name != config.anchor]
        self.log_temperatures = nn.ParameterDict(
            {
                name: nn.Parameter(
                    torch.tensor(config.temperatures.get(name, config.default_temperature)).log(),
                    requires_grad=config.learn_temperatures,
                )
                for name in aligned
            }
        )

    @property
    def device(self) -> torch.device:
        """Where the towers are."""
        return next(self.parameters()).device

    def standardise(self, features: Mapping[str, Rows]) -> None:
        """Let each tower learn the scale of its features, (n, d), some rows at a time."""
        for name, values in features.items():
            tower = self.towers[name]
            assert isinstance(tower, FeatureTower)
            tower.standardise(values)

    def temperature(self, name: str) -> Tensor:
        """τ of a modality, kept from vanishing where it is learned."""
        temperature: Tensor = self.log_temperatures[name].exp().clamp_min(MIN_TEMPERATURE)
        return temperature


class Alignment:
    r"""The objective: the mean over modalities X of the symmetric InfoNCE of anchor and X.

    .. math::
        L = \frac{1}{|X|} \sum_X (L_{M,X} + L_{X,M})

    A region takes part in the pairs of which it has both sides.

    Args:
        model: The towers.
        views: The views of the regions.

    Attributes:
        samples: Positions of the regions that have the anchor and at least one other view.

    Raises:
        InputError: If fewer than two regions do.
    """

    def __init__(self, model: MobCLIP, views: Views) -> None:
        self._model = model
        self._anchor = model.config.anchor
        self._features = {name: frame.to_numpy() for name, frame in views.features.items()}
        self._held: dict[str, Tensor] = {}
        self._rows = views.rows
        self._adjacency = views.adjacency
        present = torch.stack([self._rows[name] >= 0 for name in model.log_temperatures])
        self.samples = torch.nonzero((self._rows[self._anchor] >= 0) & present.any(dim=0))[:, 0]
        if len(self.samples) < 2:
            raise InputError(
                f"{len(self.samples)} regions have the anchor {self._anchor!r} and another view, "
                "alignment needs two at least",
                hint="choose another anchor, or a study area of more regions",
            )

    def start(self, epoch: int) -> None:
        """Nothing here is drawn at random."""

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of positions; nodes outside it are computed where it needs them."""
        nodes = None
        if self._model.graph is not None and self._adjacency is not None:
            nodes = self._model.graph(self._adjacency, only=batch)
        losses = []
        for name in self._model.log_temperatures:
            both = torch.nonzero(self._rows[name][batch] >= 0)[:, 0]
            if total(len(both)):  # of all processes: each takes part in every loss
                anchor = self._embed(self._anchor, batch, both, nodes)
                other = self._embed(name, batch, both, nodes)
                losses.append(symmetric_info_nce(anchor, other, self._model.temperature(name)))
        return torch.stack(losses).mean()

    def _embed(self, name: str, batch: Tensor, both: Tensor, nodes: Tensor | None) -> Tensor:
        """The vectors of a view for some of the batch, given by their places in it."""
        if name in self._features:
            vectors: Tensor = self._model.towers[name](self._read(name, batch[both]))
            return vectors
        assert nodes is not None
        return nodes[both.to(nodes.device)]

    def _read(self, name: str, positions: Tensor) -> Tensor:
        """Features from memory or from the file they are mapped from; a GPU holds a copy."""
        rows = self._rows[name][positions]
        device = self._model.device
        if device.type == "cpu":
            return torch.from_numpy(self._features[name][rows.numpy()])
        if name not in self._held:
            self._held[name] = torch.tensor(self._features[name]).to(device)
        return self._held[name][rows.to(device)]


def node_features(
    views: Views, config: MobCLIPConfig, checkpoint: Path | None = None
) -> Tensor | None:
    """The initial node features of the graph: LINE, or Gaussian noise for the ablation.

    Args:
        views: The views of the regions.
        config: The configuration.
        checkpoint: A folder that keeps the work of LINE, so that it goes on if it was killed.
    """
    if views.graph is None or config.graph is None:
        return None
    if config.graph.initialisation == "random":
        generator = torch.Generator().manual_seed(config.seed)
        noise = torch.randn(len(views), config.dim, generator=generator)
        return noise.div(float(config.dim) ** 0.5)
    line = line_factorised(
        views.graph,
        config.dim,
        negatives=config.graph.negatives,
        seed=config.seed,
        checkpoint=checkpoint,
    )
    return torch.from_numpy(line)
