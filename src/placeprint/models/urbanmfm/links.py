"""Weighted links from each of n things to others, row after row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from placeprint.models.urbanmfm.neighbourhoods import row_starts
from placeprint.typing import FloatArray, IntArray

__all__ = ["Links", "expand"]


@dataclass(frozen=True)
class Links:
    """Compressed rows of links.

    Attributes:
        starts: (n + 1,) the links of i are those from ``starts[i]`` to ``starts[i + 1]``.
        members: (m,) where each leads to.
        weights: (m,) float32: a weight, or a distance in metres.
    """

    starts: Tensor
    members: Tensor
    weights: Tensor

    @classmethod
    def from_pairs(cls, row: IntArray, member: IntArray, weight: FloatArray, count: int) -> Links:
        """Links of ``count`` things, from pairs sorted by row.

        Example:
            >>> links = Links.from_pairs(
            ...     np.array([0, 0, 2]), np.array([5, 6, 7]), np.ones(3), count=3
            ... )
            >>> links.starts
            tensor([0, 2, 2, 3])
        """
        return cls(
            torch.from_numpy(np.array(row_starts(row, count), dtype=np.int64)),
            torch.from_numpy(np.array(member, dtype=np.int64)),
            torch.from_numpy(np.array(weight, dtype=np.float32)),
        )

    @property
    def counts(self) -> Tensor:
        """(n,) number of links of each."""
        return self.starts.diff()

    def of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The links of some rows: (k,) which of the rows each is of, (k,) positions of links."""
        return expand(self.starts[rows], self.counts[rows])


def expand(first: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Ranges first, first + 1, … of given lengths: whose each element is, and the element.

    Example:
        >>> expand(torch.tensor([10, 20]), torch.tensor([2, 1]))
        (tensor([0, 0, 1]), tensor([10, 11, 20]))
    """
    owner = torch.arange(len(counts)).repeat_interleave(counts)
    rank = torch.arange(len(owner)) - (counts.cumsum(0) - counts)[owner]
    return owner, first[owner] + rank
