"""Contrastive losses: pure functions of tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

__all__ = ["MIN_TEMPERATURE", "symmetric_info_nce"]

MIN_TEMPERATURE = 0.03
"""Below it, exp(−2/τ) vanishes in single precision."""

TILE = 512
"""Rows of the logits that are held at a time."""


def symmetric_info_nce(anchor: Tensor, other: Tensor, temperature: Tensor | float) -> Tensor:
    r"""Symmetric InfoNCE between two views of the same regions.

    .. math::
        L = \frac{1}{2N} \sum_i \left[ -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ij}}}
            -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ji}}} \right],
        \qquad S_{ij} = \langle \hat a_i, \hat x_j \rangle / \tau

    where the hat is division by the L2 norm. The N × N logits are never held: they are made
    tile by tile, once for the loss and once more for its gradient, so memory is O(N d).

    Args:
        anchor: (N, d) embeddings of the anchor modality.
        other: (N, d) embeddings of the other modality, row i about the same region.
        temperature: τ, at least :data:`MIN_TEMPERATURE`.

    Returns:
        The loss, a scalar.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.3: L_{M,X} + L_{X,M}.

    Example:
        >>> x = torch.eye(3)
        >>> round(symmetric_info_nce(x, x, temperature=0.1).item(), 4)
        0.0001
    """
    tau = torch.as_tensor(temperature, dtype=anchor.dtype, device=anchor.device)
    unit_anchor, unit_other = F.normalize(anchor, dim=1), F.normalize(other, dim=1)
    loss: Tensor = _TiledInfoNCE.apply(unit_anchor, unit_other, tau)  # type: ignore[no-untyped-call]
    return loss


class _TiledInfoNCE(torch.autograd.Function):
    """Symmetric InfoNCE of unit vectors, exact, in tiles of rows of the logits.

    Unit vectors bound the logits by 1/τ, so one exponential E = exp(S − 1/τ) a pair serves the
    sums over rows and over columns, and neither overflows nor (τ ≥ 0.03) vanishes.
    """

    @staticmethod
    def forward(ctx: Any, anchor: Tensor, other: Tensor, tau: Tensor) -> Tensor:
        rows, columns = anchor.new_empty(len(anchor)), anchor.new_zeros(len(anchor))
        for tile, powers in _tiles(anchor, other, tau):
            rows[tile] = powers.sum(dim=1)
            columns += powers.sum(dim=0)
        ctx.save_for_backward(anchor, other, tau, rows, columns)
        matched = (anchor * other).sum(dim=1) / tau
        return ((rows.log() + columns.log()) / 2 - matched).mean() + 1 / tau

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """∂L/∂S = (softmax over rows + softmax over columns) / 2N − I / N, tile by tile."""
        anchor, other, tau, rows, columns = ctx.saved_tensors
        by_row, by_column = (0.5 / rows)[:, None], (0.5 / columns)[None, :]
        to_anchor, to_other = torch.empty_like(anchor), torch.zeros_like(other)
        for tile, powers in _tiles(anchor, other, tau):
            slope = powers.mul_(by_row[tile] + by_column)
            slope.diagonal(offset=tile.start).sub_(1)
            to_anchor[tile] = slope @ other
            to_other.addmm_(slope.T, anchor[tile])
        scale = gradients[0] / len(anchor) / tau
        to_anchor, to_other = to_anchor * scale, to_other * scale
        return to_anchor, to_other, -(to_anchor * anchor).sum() / tau


def _tiles(anchor: Tensor, other: Tensor, tau: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Tiles of rows of E = exp(⟨a, x⟩ / τ − 1 / τ)."""
    for start in range(0, len(anchor), TILE):
        tile = slice(start, min(start + TILE, len(anchor)))
        yield tile, (anchor[tile] @ other.T).sub_(1).div_(tau).exp_()
