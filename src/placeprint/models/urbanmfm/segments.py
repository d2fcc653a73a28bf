"""Softmax and mean over ragged groups of rows."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["segment_mean", "segment_softmax"]


def segment_softmax(logits: Tensor, segment: Tensor, count: int) -> Tensor:
    r"""Softmax over the rows of each segment.

    .. math::
        \alpha_i = \frac{e^{s_i}}{\sum_{k: g_k = g_i} e^{s_k}}

    The largest logit of a segment is subtracted first, so none overflows.

    Args:
        logits: (m, …) logits s; trailing dimensions are softmaxed on their own.
        segment: (m,) the segment g of each row, 0 to count − 1, in any order.
        count: Number of segments; some may have no row.

    Returns:
        (m, …) weights that sum to one within each segment.

    Example:
        >>> segment_softmax(torch.tensor([0.0, 0.0, 9.0]), torch.tensor([0, 0, 1]), 2)
        tensor([0.5000, 0.5000, 1.0000])
    """
    spread = segment.view(-1, *[1] * (logits.ndim - 1)).expand_as(logits)
    lowest = logits.new_full((count, *logits.shape[1:]), -torch.inf)
    peaks = lowest.scatter_reduce(0, spread, logits.detach(), "amax")
    powers = (logits - peaks[segment]).exp()
    totals = torch.zeros_like(peaks).index_add(0, segment, powers)
    return powers / totals[segment]


def segment_mean(values: Tensor, segment: Tensor, count: int) -> Tensor:
    """The mean of the rows of each segment; NaN for a segment without rows.

    Such are the readout of a graph (the mean over its nodes), the E_avg of a road (over its
    POIs) and the E_micro of a region (over its POIs).

    Args:
        values: (m, d) rows.
        segment: (m,) the segment of each row, 0 to count − 1, in any order.
        count: Number of segments.

    Returns:
        (count, d) means.

    Example:
        >>> segment_mean(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 0, 2]), 3)[:, 0]
        tensor([2., nan, 5.])
    """
    totals = values.new_zeros(count, values.shape[1]).index_add(0, segment, values)
    sizes = torch.bincount(segment, minlength=count)[:, None]
    return (totals / sizes.clamp_min(1)).masked_fill(sizes == 0, torch.nan)
