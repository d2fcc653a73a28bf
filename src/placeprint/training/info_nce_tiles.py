"""The tiles of InfoNCE in plain torch: on any device, in any precision."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

__all__ = ["TILE_ENTRIES", "TorchPowers"]

TILE_ENTRIES = 2**25
"""Pairs in a tile."""


class TorchPowers:
    r"""E_ij = exp((⟨a_i, x_j⟩ − 1) / τ) of unit vectors, made tile by tile and never held whole.

    Args:
        anchor: (m, d) unit vectors a.
        other: (n, d) unit vectors x.
        tau: τ, a scalar on the same device, so that nothing waits for it.
    """

    def __init__(self, anchor: Tensor, other: Tensor, tau: Tensor) -> None:
        self._anchor, self._other = anchor, other
        self._scaled, self._shift = anchor / tau, -1 / tau
        self._height = max(1, TILE_ENTRIES // max(1, len(other)))

    def sums(self) -> tuple[Tensor, Tensor]:
        """(m,) sums over rows and (n,) sums over columns of E."""
        rows = self._anchor.new_empty(len(self._anchor))
        columns = self._anchor.new_zeros(len(self._other))
        for tile, powers in self._tiles():
            torch.sum(powers, dim=1, out=rows[tile])
            columns += powers.sum(dim=0)
        return rows, columns

    def weighted(self, by_row: Tensor, by_column: Tensor) -> tuple[Tensor, Tensor]:
        r"""The products of W_ij = E_ij (u_i + v_j) with both sides.

        Args:
            by_row: (m,) u.
            by_column: (n,) v.

        Returns:
            (m, d) W x and (n, d) Wᵀ a.
        """
        to_anchor, to_other = torch.empty_like(self._anchor), torch.zeros_like(self._other)
        for tile, powers in self._tiles():
            weights = powers.mul_(by_row[tile, None] + by_column[None, :])
            torch.mm(weights, self._other, out=to_anchor[tile])
            to_other.addmm_(weights.T, self._anchor[tile])
        return to_anchor, to_other

    def _tiles(self) -> Iterator[tuple[slice, Tensor]]:
        for start in range(0, len(self._anchor), self._height):
            tile = slice(start, min(start + self._height, len(self._anchor)))
            yield tile, torch.addmm(self._shift, self._scaled[tile], self._other.T).exp_()
