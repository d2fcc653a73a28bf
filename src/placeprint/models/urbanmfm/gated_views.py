"""One embedding of a street-view group: what faces a place, and its context."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from placeprint.errors import InputError
from placeprint.models.urbanmfm.layers import linear

__all__ = ["GatedViews"]

BY_NEARNESS = (0, 1, 3, 2)
"""Quarter turns clockwise, nearest first: itself, the next clockwise, the other, the opposite."""


class GatedViews(nn.Module):
    r"""Gated fusion of the facing image with the mean of the group's other images.

    .. math::
        E_{sv} = \mathrm{softmax}([E_a, E_c] W_g + b_g) \cdot [E_a, E_c]^\top

    with E_a the image that faces the POI, E_c the mean of the others and W_g of (2d, 2): one
    weight for each of the two. Where the facing image is absent, the nearest direction that is
    present stands in, of two equally near the next clockwise. A group of one image is that image.

    Args:
        dim: Dimensions d of an image embedding.
        generator: Of the initial weights.

    Shape:
        views (m, 4, d) in the order E, S, W, N, present (m, 4) bool, facing (m,) of 0 to 3 →
        (m, d). What absent views hold is never read.

    Raises:
        InputError: If a group has no image at all.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: gated facing/context fusion.

    Example:
        >>> fuse = GatedViews(5, generator=torch.Generator().manual_seed(0))
        >>> present = torch.tensor([[False, True, False, False]])
        >>> views = torch.full((1, 4, 5), torch.nan)
        >>> views[:, 1] = 1.0
        >>> fuse(views, present, torch.tensor([3]))
        tensor([[1., 1., 1., 1., 1.]]...)
    """

    def __init__(self, dim: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.gate = linear(2 * dim, 2, generator=generator)

    def forward(self, views: Tensor, present: Tensor, facing: Tensor) -> Tensor:
        """The embeddings of the groups as seen towards their POIs."""
        sizes = present.sum(dim=1)
        if not bool((sizes > 0).all()):
            raise InputError(
                "a street-view group has no image",
                hint="pass only groups of which at least one direction is present",
            )
        chosen = _nearest_present(present, facing)[:, None]
        seen = torch.where(present[:, :, None], views, 0)
        anchor = torch.take_along_dim(seen, chosen[:, :, None], dim=1)[:, 0]
        context = (seen.sum(dim=1) - anchor) / (sizes - 1).clamp_min(1)[:, None]
        weights = self.gate(torch.cat([anchor, context], dim=1)).softmax(dim=1)
        fused = weights[:, :1] * anchor + weights[:, 1:] * context
        return torch.where(sizes[:, None] > 1, fused, anchor)


def _nearest_present(present: Tensor, facing: Tensor) -> Tensor:
    """(m,) the present direction nearest to the one that faces the place."""
    turns = torch.tensor(BY_NEARNESS, device=facing.device)
    order = (facing[:, None] + turns) % 4
    preference = torch.arange(4, 0, -1, device=facing.device)
    best = (torch.take_along_dim(present, order, dim=1) * preference).argmax(dim=1)
    return torch.take_along_dim(order, best[:, None], dim=1)[:, 0]
