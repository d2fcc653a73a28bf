"""Two embeddings of one place become one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from placeprint.models.urbanmfm.layers import linear

__all__ = ["GatedFusion"]


class GatedFusion(nn.Module):
    r"""A gate, one a dimension, between two embeddings.

    .. math::
        g = \sigma(\mathrm{ReLU}([E_{poi}, E_{svi}] W + b)), \qquad
        E = g \odot E_{poi} + (1 - g) \odot E_{svi}

    as published. The ReLU keeps g in [½, 1): the first embedding never counts less than the
    second, and where its input is negative g is ½ and W learns nothing.

    Args:
        dim: Dimensions d of both.
        generator: Of the initial weights.

    Shape:
        (n, d) and (n, d) of the places that have both → (n, d)

    Source:
        UrbanMFM (Zhang et al. 2025), global stage.

    Example:
        >>> fuse = GatedFusion(4, generator=torch.Generator().manual_seed(0))
        >>> fused = fuse(torch.ones(2, 4), torch.zeros(2, 4))
        >>> bool((fused >= 0.5).all())
        True
    """

    def __init__(self, dim: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.gate = linear(2 * dim, dim, generator=generator)

    def forward(self, poi: Tensor, svi: Tensor) -> Tensor:
        """The fused embeddings."""
        gate = self.gate(torch.cat([poi, svi], dim=1)).relu().sigmoid()
        fused: Tensor = gate * poi + (1 - gate) * svi
        return fused
