"""Batches of star graphs: a centre and its neighbours, at local and at global scale."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["FLOOR_M", "StarGraphs", "inverse_distance", "star_graphs"]

FLOOR_M = 1.0
"""Entities nearer than this count as this far apart, so that 1/distance stays finite."""


@dataclass(frozen=True)
class StarGraphs:
    """Disjoint star graphs, as one graph.

    Attributes:
        nodes: (m,) the entity of each node: first the b centres, then the leaves graph by graph.
        owner: (m,) the graph that each node is of, 0 to b − 1.
        edges: (2, e) sources over targets, positions in ``nodes``; each link in both directions.
        weights: (e,) of the edges.
        roots: (b,) position of each graph's centre in ``nodes``.
    """

    nodes: Tensor
    owner: Tensor
    edges: Tensor
    weights: Tensor
    roots: Tensor

    def __len__(self) -> int:
        """Number of graphs."""
        return len(self.roots)


def inverse_distance(distance_m: Tensor) -> Tensor:
    r"""Edge weights :math:`1 / \max(\text{distance}, 1\,\text{m})`.

    Example:
        >>> inverse_distance(torch.tensor([0.0, 0.5, 4.0]))
        tensor([1.0000, 1.0000, 0.2500])
    """
    return 1 / distance_m.clamp_min(FLOOR_M)


def star_graphs(
    centres: Tensor,
    starts: Tensor,
    members: Tensor,
    weights: Tensor,
    *,
    drop: float = 0.0,
    generator: torch.Generator | None = None,
) -> StarGraphs:
    """The star graphs of a batch of centres, from the neighbours of all entities.

    Memory is bounded by the batch: its centres and their neighbours.

    Args:
        centres: (b,) entities; one may come twice.
        starts: (n + 1,) the neighbours of entity i are ``members[starts[i]:starts[i + 1]]``.
        members: (k,) neighbours; none is its own.
        weights: (k,) of the links, see :func:`inverse_distance`.
        drop: Probability that a neighbour is left out; a centre never is.
        generator: Of what is left out.

    Returns:
        One graph per centre.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: G_l is "the POI and its neighbours within
        max_dist, edges weighted 1/distance", nodes are dropped at random in G_l⁺; global stage:
        G_g is "the region and its adjacent regions".

    Example:
        >>> starts, members = torch.tensor([0, 2, 3, 4]), torch.tensor([1, 2, 0, 0])
        >>> graphs = star_graphs(torch.tensor([0, 2]), starts, members, torch.ones(4))
        >>> graphs.nodes, graphs.owner
        (tensor([0, 2, 1, 2, 0]), tensor([0, 1, 0, 0, 1]))
        >>> graphs.edges
        tensor([[0, 0, 1, 2, 3, 4],
                [2, 3, 4, 0, 0, 1]])
    """
    first = starts[centres]
    counts = starts[centres + 1] - first
    roots = torch.arange(len(centres), device=centres.device)
    owner = roots.repeat_interleave(counts)
    rank = torch.arange(len(owner), device=centres.device) - (counts.cumsum(0) - counts)[owner]
    links = first[owner] + rank
    if drop > 0:
        drawn = torch.rand(len(links), generator=generator)
        kept = (drawn >= drop).to(centres.device)
        owner, links = owner[kept], links[kept]
    leaves = len(centres) + torch.arange(len(links), device=centres.device)
    return StarGraphs(
        nodes=torch.cat([centres, members[links]]),
        owner=torch.cat([roots, owner]),
        edges=torch.stack([torch.cat([owner, leaves]), torch.cat([leaves, owner])]),
        weights=weights[links].repeat(2),
        roots=roots,
    )
