"""Two embeddings of one place attend to each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from placeprint.errors import InputError
from placeprint.models.urbanmfm.layers import linear

__all__ = ["ResidualCrossAttention"]


class ResidualCrossAttention(nn.Module):
    r"""Two layers of multi-head attention between two embeddings, and one residual around them.

    .. math::
        X = [E_t; E_v], \qquad [E_{poi}; E_{svi}] = X + \mathrm{MHA}_2(\mathrm{MHA}_1(X)),
        \qquad \mathrm{MHA}(X) = \Big[ \mathrm{softmax}\Big(
          \frac{X W_Q^h (X W_K^h)^\top}{\sqrt{d / H}} \Big) X W_V^h \Big]_h W_O + b_O

    with H heads h of d / H dimensions; W_Q, W_K and W_V have biases as well.

    The paper says "residual multi-head attention (2 layers of attention, 1 residual) between E_t
    and E_v". Here the two are a sequence of two tokens, so each attends to itself and to the
    other. (If each attended to the other alone, the softmax over one key would always be 1, and
    W_Q and W_K would take no part.) A third embedding is fused in the same way, after the second.

    Args:
        dim: Dimensions d of both, a multiple of ``heads``.
        heads: H.
        generator: Of the initial weights.

    Shape:
        (n, d) E_t and (n, d) E_v of the places that have both → (n, d) E_poi and (n, d) E_svi.

    Raises:
        InputError: If the heads do not divide ``dim``.

    Source:
        UrbanMFM (Zhang et al. 2025), global stage.

    Example:
        >>> attend = ResidualCrossAttention(8, generator=torch.Generator().manual_seed(0))
        >>> poi, svi = attend(torch.ones(3, 8), torch.zeros(3, 8))
        >>> poi.shape, svi.shape
        (torch.Size([3, 8]), torch.Size([3, 8]))
    """

    def __init__(self, dim: int, *, heads: int = 4, generator: torch.Generator) -> None:
        super().__init__()
        if dim % heads:
            raise InputError(
                f"{heads} attention heads cannot share {dim} dimensions equally",
                hint="choose dimensions that are a multiple of the heads",
            )
        self.layers = nn.ModuleList(_SelfAttention(dim, heads, generator) for _ in range(2))

    def forward(self, text: Tensor, view: Tensor) -> tuple[Tensor, Tensor]:
        """Both embeddings, each with what the other has to say."""
        tokens = torch.stack([text, view], dim=1)
        attended = tokens
        for layer in self.layers:
            attended = layer(attended)
        poi, svi = (tokens + attended).unbind(dim=1)
        return poi, svi


class _SelfAttention(nn.Module):
    """Multi-head attention of (n, tokens, d) on itself."""

    def __init__(self, dim: int, heads: int, generator: torch.Generator) -> None:
        super().__init__()
        self.heads = heads
        self.projections = linear(dim, 3 * dim, generator=generator)
        self.output = linear(dim, dim, generator=generator)

    def forward(self, tokens: Tensor) -> Tensor:
        parts = self.projections(tokens).unflatten(2, (3, self.heads, -1))
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (n, heads, tokens, d / heads)
        attended = F.scaled_dot_product_attention(query, key, value)
        projected: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return projected
