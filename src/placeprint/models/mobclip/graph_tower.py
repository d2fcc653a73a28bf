"""The tower of the anchor: a graph's nodes, their features propagated by LightGCN."""

from __future__ import annotations

from torch import Tensor, nn

from placeprint.mobility import lightgcn
from placeprint.mobility.adjacency import NormalisedAdjacency

__all__ = ["GraphTower"]


class GraphTower(nn.Module):
    r"""LightGCN over a graph, with learnable node features.

    .. math::
        e^{(l+1)} = \hat A e^{(l)}, \qquad z = \sum_{l=0}^{L} e^{(l)}

    Args:
        features: (n, dim) initial node features, from LINE.
        layers: L.

    Source:
        MobCLIP, Sec. 4.2; LightGCN (He et al. 2020).
    """

    def __init__(self, features: Tensor, layers: int) -> None:
        super().__init__()
        self.features = nn.Parameter(features.clone())
        self.layers = layers

    def forward(
        self,
        adjacency: NormalisedAdjacency,
        features: Tensor | None = None,
        *,
        only: Tensor | None = None,
    ) -> Tensor:
        """Â, (n, n) → (n, dim) vectors of all nodes, or (k, dim) of those asked for.

        ``features`` replaces the learned ones where the nodes are not those of training; ``only``
        holds (k,) positions of nodes, and saves what the others would cost.
        """
        nodes = self.features if features is None else features
        return lightgcn(adjacency, nodes, self.layers, only=only)
