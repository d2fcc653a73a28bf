"""Contrastive losses: pure functions of tensors."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812

from placeprint.training.distributed import gathered, summed
from placeprint.training.info_nce_tiles import TorchPowers

__all__ = ["MIN_TEMPERATURE", "symmetric_info_nce"]

MIN_TEMPERATURE = 0.03
"""Below it, exp(−2/τ) vanishes in single precision."""


def symmetric_info_nce(anchor: Tensor, other: Tensor, temperature: Tensor | float) -> Tensor:
    r"""Symmetric InfoNCE between two views of the same regions.

    .. math::
        L = \frac{1}{2N} \sum_i \left[ -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ij}}}
            -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ji}}} \right],
        \qquad S_{ij} = \langle \hat a_i, \hat x_j \rangle / \tau

    where the hat is division by the L2 norm. The N × N logits are never held: they are made
    tile by tile, once for the loss and once more for its gradient, which is computed with it.
    Memory is O(N d), and on a processor at most 400 MB more for tiles that are then made once only.

    Where several processes train together (:mod:`placeprint.training.distributed`), N counts the
    pairs of all of them: each makes the tiles of its own anchors with the others of all, which
    it gathers, and the sums are added up. Every process returns the loss of the whole; its
    gradient is the whole's by the process's own rows.

    Args:
        anchor: (N, d) embeddings of the anchor modality; of several processes each has its own
            rows, any number of them.
        other: (N, d) embeddings of the other modality, row i about the same region.
        temperature: τ, at least :data:`MIN_TEMPERATURE`; it may be learned.

    Returns:
        The loss, a scalar, in single precision at least.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.3: L_{M,X} + L_{X,M}.

    Example:
        >>> x = torch.eye(3)
        >>> round(symmetric_info_nce(x, x, temperature=0.1).item(), 4)
        0.0001
    """
    with torch.autocast(anchor.device.type, enabled=False):
        anchor, other = _precise(anchor), _precise(other)
        tau = torch.as_tensor(temperature, dtype=anchor.dtype, device=anchor.device)
        a, x = F.normalize(anchor, dim=1), F.normalize(other, dim=1)
        wanted = torch.is_grad_enabled() and any(t.requires_grad for t in (a, x, tau))
        loss: Tensor = _SymmetricInfoNCE.apply(a, x, tau, wanted)  # type: ignore[no-untyped-call]
    return loss


class _Powers(Protocol):
    """E_ij = exp((⟨a_i, x_j⟩ − 1) / τ), by its sums and its weighted products."""

    def sums(self) -> tuple[Tensor, Tensor]: ...

    def weighted(self, by_row: Tensor, by_column: Tensor) -> tuple[Tensor, Tensor]: ...


class _SymmetricInfoNCE(torch.autograd.Function):
    """Symmetric InfoNCE of unit vectors, exact; the gradient is found along with the value.

    Unit vectors bound the logits by 1/τ, so one exponential E = exp(S − 1/τ) a pair serves the
    sums over rows and over columns, and neither overflows nor (τ ≥ 0.03) vanishes.
    """

    @staticmethod
    def forward(ctx: Any, anchor: Tensor, other: Tensor, tau: Tensor, wanted: bool) -> Tensor:
        others, own = gathered(other)
        count = max(1, len(others))
        powers = _powers(anchor, others, tau, twice=wanted)
        rows, columns = powers.sums()
        columns = summed(columns)
        apart = (1 - (anchor * other).sum(dim=1)) / tau
        loss = summed(((rows.log() + columns[own].log()) / 2 + apart).sum()) / count
        if wanted:
            # ∂L/∂S = (softmax over rows + softmax over columns) / 2N − I / N
            to_anchor, to_other = powers.weighted(0.5 / rows, 0.5 / columns)
            scale = 1 / (count * tau)
            to_anchor = to_anchor.sub_(other).mul_(scale)
            to_other = summed(to_other)[own].sub_(anchor).mul_(scale)
            ctx.save_for_backward(to_anchor, to_other, -(to_anchor * anchor).sum() / tau)
        return loss.to(anchor.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        to_anchor, to_other, to_tau = ctx.saved_tensors
        return to_anchor * gradients[0], to_other * gradients[0], to_tau * gradients[0], None


def _powers(anchor: Tensor, other: Tensor, tau: Tensor, *, twice: bool) -> _Powers:
    """Compiled where it can be; numba takes a second to import, so only when it is needed."""
    if anchor.device.type == "cpu" and anchor.dtype == torch.float32:
        from placeprint.training.info_nce_kernel import CompiledPowers

        return CompiledPowers(anchor, other, tau.item(), twice=twice)
    return TorchPowers(anchor, other, tau)


def _precise(vectors: Tensor) -> Tensor:
    """Single precision where a half came out of automatic mixed precision."""
    return vectors.float() if vectors.dtype in (torch.bfloat16, torch.float16) else vectors
