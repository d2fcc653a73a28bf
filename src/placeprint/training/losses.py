"""Contrastive losses: pure functions of tensors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

__all__ = ["symmetric_info_nce"]


def symmetric_info_nce(anchor: Tensor, other: Tensor, temperature: Tensor | float) -> Tensor:
    r"""Symmetric InfoNCE between two views of the same regions.

    .. math::
        L = \frac{1}{2N} \sum_i \left[ -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ij}}}
            -\log \frac{e^{S_{ii}}}{\sum_j e^{S_{ji}}} \right],
        \qquad S_{ij} = \langle \hat a_i, \hat x_j \rangle / \tau

    where the hat is division by the L2 norm.

    Args:
        anchor: (N, d) embeddings of the anchor modality.
        other: (N, d) embeddings of the other modality, row i about the same region.
        temperature: τ, positive.

    Returns:
        The loss, a scalar.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.3: L_{M,X} + L_{X,M}.

    Example:
        >>> x = torch.eye(3)
        >>> round(symmetric_info_nce(x, x, temperature=0.1).item(), 4)
        0.0001
    """
    logits = F.normalize(anchor, dim=1) @ F.normalize(other, dim=1).T / temperature
    matched = logits.diagonal()
    rows = torch.logsumexp(logits, dim=1) - matched
    columns = torch.logsumexp(logits, dim=0) - matched
    return (rows.mean() + columns.mean()) / 2
