"""Graph attention with weighted edges."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from placeprint.errors import InputError
from placeprint.models.urbanmfm.layers import linear, uniform
from placeprint.models.urbanmfm.segments import segment_softmax

__all__ = ["GraphAttention"]

SLOPE = 0.2
"""Negative slope of the LeakyReLU (Veličković et al. 2018, Sec. 3.3)."""


class GraphAttention(nn.Module):
    r"""One layer of GAT or GATv2 whose edge weights multiply the attention.

    .. math::
        s_{ij} &= \mathrm{LeakyReLU}(a^\top [W h_i \,\|\, W h_j]) && \text{GAT} \\
        s_{ij} &= a^\top \mathrm{LeakyReLU}(W [h_i \,\|\, h_j]) && \text{GATv2} \\
        \alpha_{ij} &= \frac{w_{ij} e^{s_{ij}}}{\sum_{k \in N_i \cup \{i\}} w_{ik} e^{s_{ik}}},
        \qquad z_i = W_O \Big[ \sum_j \alpha_{ij} W h_j \Big]_{\text{heads}} + b_O

    with i the target and j the source of an edge. In GATv2 the W of the message is the half of W
    that meets h_j. The paper says that an edge weighs 1/distance but not where the weight enters:
    here it multiplies the attention before it is normalised, so only ratios of weights matter,
    and not their unit.

    Every node attends to itself as well. Its loop weighs as much as the heaviest edge that
    reaches the node (1/0 would drown the neighbours); a node that no edge reaches keeps its own
    transformed value W h_i.

    Args:
        in_features: Dimensions of a node's value.
        out_features: Dimensions of the result, a multiple of ``heads``.
        heads: Attention heads; each makes out_features / heads dimensions, which are
            concatenated and projected by W_O.
        version: ``gat`` or ``gatv2``.
        generator: Of the initial weights.

    Shape:
        values (n, in_features), edges (2, e) of sources over targets, weights (e,) positive →
        (n, out_features). Edges hold no loops.

    Raises:
        InputError: If the heads do not divide ``out_features``, or an edge has no positive weight.

    Source:
        UrbanMFM (Zhang et al. 2025), encoders (graph); Veličković et al. 2018; Brody et al. 2022.

    Example:
        >>> layer = GraphAttention(3, 8, generator=torch.Generator().manual_seed(0))
        >>> edges = torch.tensor([[0, 1], [1, 0]])
        >>> layer(torch.ones(3, 3), edges, torch.tensor([0.1, 0.1])).shape
        torch.Size([3, 8])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        heads: int = 4,
        version: Literal["gat", "gatv2"] = "gat",
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        if out_features % heads:
            raise InputError(
                f"{heads} attention heads cannot share {out_features} dimensions equally",
                hint="choose dimensions that are a multiple of the heads",
            )
        self.heads = heads
        self.source = linear(in_features, out_features, generator=generator, bias=False)
        self.target = None
        if version == "gatv2":
            self.target = linear(in_features, out_features, generator=generator, bias=False)
        width = out_features // heads
        parts = () if version == "gatv2" else (2,)
        self.attention = uniform(*parts, heads, width, generator=generator)
        self.output = linear(out_features, out_features, generator=generator)

    def forward(self, values: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
        """The nodes' values after one round of attention."""
        if not bool((weights > 0).all()):
            raise InputError(
                "an edge of the graph has no positive weight",
                hint="leave out edges that carry nothing",
            )
        nodes = torch.arange(len(values), device=values.device)
        source, target = torch.cat([edges, nodes.expand(2, -1)], dim=1)
        loops = weights.new_zeros(len(values)).scatter_reduce(0, edges[1], weights, "amax")
        loops = torch.where(loops > 0, loops, 1)
        sent = self.source(values).unflatten(1, (self.heads, -1))
        logits = self._logits(values, sent, source, target)
        logits = logits + torch.cat([weights, loops]).log()[:, None]
        attention = segment_softmax(logits, target, len(values))
        messages = attention[:, :, None] * sent[source]
        gathered: Tensor = torch.zeros_like(sent).index_add(0, target, messages)
        transformed: Tensor = self.output(gathered.flatten(1))
        return transformed

    def _logits(self, values: Tensor, sent: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """(e, heads) the s of each edge."""
        if self.target is None:
            to_target, to_source = (sent[None] * self.attention[:, None]).sum(dim=-1)
            return F.leaky_relu(to_target[target] + to_source[source], SLOPE)
        received = self.target(values).unflatten(1, (self.heads, -1))
        joined = F.leaky_relu(received[target] + sent[source], SLOPE)
        return (joined * self.attention).sum(dim=-1)
