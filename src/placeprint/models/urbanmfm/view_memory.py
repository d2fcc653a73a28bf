"""What a POI remembers of the street views around it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from placeprint.models.urbanmfm.segments import segment_softmax

__all__ = ["view_memory"]


def view_memory(
    text: Tensor,
    views: Tensor,
    poi: Tensor,
    distance_m: Tensor,
    max_distance_m: float,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    r"""The street views near each POI, weighted by likeness to its text and by nearness.

    .. math::
        E_v = \sum_{i=1}^{M} \mathrm{softmax}_i\!\left(
          \frac{\mathrm{sim}(E_t, E_{sv}^i)\, b_i}{\tau} \right) E_{sv}^i, \qquad
        b_i = \frac{d_{\max}}{d_i + d_{\max}}

    over the M groups within d_max of the POI; sim is the cosine similarity. Groups are given as
    pairs with POIs, so POIs may have any number of them.

    Args:
        text: (p, d) text embeddings E_t of the POIs.
        views: (m, d) embeddings E_sv of the groups, one row a pair.
        poi: (m,) the POI of each pair, 0 to p − 1.
        distance_m: (m,) distances d_i in metres.
        max_distance_m: d_max in metres.
        temperature: τ.

    Returns:
        (p, d) E_v and (p,) bool, whether the POI has any group. Rows without one are NaN: take
        the others out before a layer sees them.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: memory with distance prior.

    Example:
        >>> views, pairs = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0])
        >>> near = torch.zeros(2)
        >>> view_memory(torch.ones(2, 2), views, pairs, near, 1000.0, 0.5)
        (tensor([[0.5000, 0.5000],
                 [   nan,    nan]]), tensor([ True, False]))
    """
    prior = max_distance_m / (distance_m + max_distance_m)
    alike = (F.normalize(text, dim=1)[poi] * F.normalize(views, dim=1)).sum(dim=1)
    weights = segment_softmax(alike * prior / temperature, poi, len(text))
    memory = torch.zeros_like(text).index_add(0, poi, weights[:, None] * views)
    seen = torch.bincount(poi, minlength=len(text)) > 0
    return memory.masked_fill(~seen[:, None], torch.nan), seen
