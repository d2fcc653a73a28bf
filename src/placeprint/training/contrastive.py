"""InfoNCE whose positives are pairs, members of one group, or relations: pure functions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

__all__ = ["group_info_nce", "info_nce", "relation_info_nce"]


def info_nce(
    anchor: Tensor, positive: Tensor, temperature: float, *, same: Tensor | None = None
) -> Tensor:
    r"""InfoNCE in one direction: every anchor against the positives of all.

    .. math::
        L = -\frac{1}{n} \sum_i \log
            \frac{e^{\mathrm{sim}(a_i, p_i)/\tau}}{\sum_{j \in N_i} e^{\mathrm{sim}(a_i, p_j)/\tau}}

    with sim the cosine similarity. N_i is the whole batch; with ``same`` it is i and the rows of
    other groups, so that two POIs of one road, whose positives are equal, are no negatives of
    each other.

    Args:
        anchor: (n, d) embeddings a.
        positive: (n, d) embeddings p, row i the positive of anchor i.
        temperature: τ.
        same: (n,) group of each row; None: every row is a group of its own.

    Returns:
        The loss, a scalar.

    Source:
        UrbanMFM (Zhang et al. 2025), micro stage (POI): L_poi; local stage: L_local; global
        stage: L_global.

    Example:
        >>> x = torch.eye(3)
        >>> round(info_nce(x, x, temperature=0.5).item(), 4)
        0.2395
        >>> info_nce(x, x, temperature=0.5, same=torch.zeros(3)).item()
        0.0
    """
    logits = F.normalize(anchor, dim=1) @ F.normalize(positive, dim=1).T / temperature
    own = torch.arange(len(logits), device=logits.device)
    if same is not None:
        excluded = same[:, None] == same[None, :]
        excluded[own, own] = False
        logits = logits.masked_fill(excluded, -torch.inf)
    return F.cross_entropy(logits, own)


def group_info_nce(anchors: Tensor, positives: Tensor, group: Tensor, temperature: float) -> Tensor:
    r"""InfoNCE between two members of a group; the negatives are all members of other groups.

    .. math::
        L = -\frac{1}{n} \sum_i \log \frac{e^{\mathrm{sim}(a_i, p_i)/\tau}}
            {e^{\mathrm{sim}(a_i, p_i)/\tau} + \sum_{j: g_j \neq g_i} \left(
             e^{\mathrm{sim}(a_i, a_j)/\tau} + e^{\mathrm{sim}(a_i, p_j)/\tau} \right)}

    The denominator holds the positive, and of every other group in the batch both the anchors
    and the positives. Further members of the same group, if the batch has any, are neither.

    Args:
        anchors: (n, d) embeddings a, for example [E_α, E_scene] of one direction α.
        positives: (n, d) embeddings p of the same groups, [E_β, E_scene] with β ≠ α.
        group: (n,) the group g that both are of.
        temperature: τ.

    Returns:
        The loss, a scalar; 0 if all rows are of one group.

    Source:
        UrbanMFM (Zhang et al. 2025), micro stage (street view): L_svi.

    Example:
        >>> x = torch.eye(2)
        >>> round(group_info_nce(x, x, torch.tensor([0, 1]), temperature=0.5).item(), 4)
        0.2395
    """
    a, p = F.normalize(anchors, dim=1), F.normalize(positives, dim=1)
    matched = (a * p).sum(dim=1, keepdim=True)
    others = a @ torch.cat([a, p]).T
    excluded = (group[:, None] == group[None, :]).repeat(1, 2)
    logits = torch.cat([matched, others.masked_fill(excluded, -torch.inf)], dim=1) / temperature
    return (logits.logsumexp(dim=1) - logits[:, 0]).mean()


def relation_info_nce(z: Tensor, positives: Tensor, temperature: float) -> Tensor:
    r"""InfoNCE within one set of embeddings, whose positives are a relation.

    .. math::
        L = \frac{1}{|R|} \sum_{i \in R} \frac{1}{|P_i|} \sum_{j \in P_i} -\log
            \frac{e^{\mathrm{sim}(z_i, z_j)/\tau}}{\sum_{k \neq i} e^{\mathrm{sim}(z_i, z_k)/\tau}}

    P_i are the positives of row i without i itself, R the rows that have any; a row counts once,
    however many positives it has.

    Args:
        z: (n, d) embeddings.
        positives: (n, n) bool; the diagonal is ignored.
        temperature: τ.

    Returns:
        The loss, a scalar. A batch without any positive costs 0, and its gradient is 0, so it
        may be summed with other losses like any batch.

    Source:
        UrbanMFM (Zhang et al. 2025), macro stage: L_sate.

    Example:
        >>> z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
        >>> positives = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]]).bool()
        >>> round(relation_info_nce(z, positives, temperature=0.5).item(), 4)
        0.0181
    """
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    related = positives & ~itself
    counts = related.sum(dim=1)
    rows = torch.nonzero(counts)[:, 0]
    if not len(rows):
        return 0 * z.sum()
    unit = F.normalize(z, dim=1)
    logits = (unit[rows] @ unit.T / temperature).masked_fill(itself[rows], -torch.inf)
    matched = torch.where(related[rows], logits, 0).sum(dim=1) / counts[rows]
    return (logits.logsumexp(dim=1) - matched).mean()
