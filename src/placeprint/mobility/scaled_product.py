"""Products with a scaled sparse matrix for tensors, wherever they are."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sparse_product import product
from placeprint.typing import IntArray

__all__ = ["Precision", "ScaledProduct"]

Precision: TypeAlias = Literal["single", "bfloat16"]

Copy: TypeAlias = tuple[Tensor, Tensor, Tensor]

_COPIES: WeakKeyDictionary[NormalisedAdjacency, dict[tuple[torch.device, bool], Copy]]
_COPIES = WeakKeyDictionary()
"""What is kept on devices, as long as the graph itself is."""


@dataclass(frozen=True)
class ScaledProduct:
    """The product Â X, or Âᵀ X, of some rows with some columns, on any device.

    On the processor it is :func:`placeprint.mobility.sparse_product.product`. On another device
    the scaled matrix is kept there as torch's CSR from its first use on; the rows and columns
    that take part are then selected for each product, in the order of the whole matrix.

    Attributes:
        adjacency: Â, (n, n).
        transposed: Whether it is Âᵀ X.
        only: Rows to compute; None: all.
        among: Columns that X has a row for, the others being zero; None: all.

    Example:
        >>> from scipy.sparse import csr_array
        >>> swap = NormalisedAdjacency.of(csr_array([[0.0, 2.0], [2.0, 0.0]]))
        >>> ScaledProduct(swap).of(torch.tensor([[1.0], [5.0]])).round(decimals=5).tolist()
        [[5.0], [1.0]]
    """

    adjacency: NormalisedAdjacency
    transposed: bool = False
    only: IntArray | None = None
    among: IntArray | None = None

    def of(
        self, dense: Tensor, precision: Precision = "single", *, plus: Tensor | None = None
    ) -> Tensor:
        """The product.

        Args:
            dense: X, (n, d), or a row for each of ``among``.
            precision: ``bfloat16`` rounds X to it; sums stay float32.
            plus: What it is added to, of the shape of the result; left as it is.

        Returns:
            (n, d), or a row for each of ``only``.
        """
        if dense.device.type == "cpu":
            return self._here(dense, precision, plus)
        with torch.autocast(dense.device.type, enabled=False):
            return self.elsewhere(dense, precision, plus=plus)

    def _here(self, dense: Tensor, precision: Precision, plus: Tensor | None) -> Tensor:
        halved = precision == "bfloat16"
        given = dense.bfloat16().view(torch.uint16) if halved else dense
        scale = self.adjacency.scale
        found = product(
            self._rows,
            given.numpy(),
            left=scale,
            right=scale,
            only=self.only,
            among=self.among,
            plus=None if plus is None else plus.numpy(),
        )
        return torch.from_numpy(found)

    def elsewhere(
        self, dense: Tensor, precision: Precision = "single", *, plus: Tensor | None = None
    ) -> Tensor:
        """The product by torch, on the device of ``dense``; see :meth:`of`."""
        indptr, columns, weights = self._copy(dense.device)
        width = self.adjacency.shape[1]
        if self.only is not None:
            chosen = torch.from_numpy(self.only).to(dense.device)
            starts, sizes = indptr[chosen], indptr[chosen + 1] - indptr[chosen]
            indptr = _starts(sizes)
            entries = torch.arange(int(indptr[-1]), device=dense.device)
            entries += (starts - indptr[:-1]).repeat_interleave(sizes)
            columns, weights = columns[entries], weights[entries]
        if self.among is not None:
            places = torch.full((width,), -1, dtype=columns.dtype, device=dense.device)
            kept = torch.from_numpy(self.among).to(dense.device)
            places[kept] = torch.arange(len(kept), dtype=columns.dtype, device=dense.device)
            found = places[columns]
            there = found >= 0
            indptr = _starts(there.long())[indptr]
            columns, weights, width = found[there], weights[there], len(kept)
        given = dense.bfloat16() if precision == "bfloat16" else dense
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
            matrix = torch.sparse_csr_tensor(
                indptr.to(columns.dtype),
                columns,
                weights.to(given.dtype),
                (len(indptr) - 1, width),
                check_invariants=False,
            )
        result = (matrix @ given).to(dense.dtype)
        return result if plus is None else result + plus

    @property
    def _rows(self) -> CompressedRows:
        return self.adjacency.transpose if self.transposed else self.adjacency.rows

    def _copy(self, device: torch.device) -> Copy:
        """The whole matrix on a device: where its rows start, columns, and scaled weights."""
        rows, copies = self._rows, _COPIES.setdefault(self.adjacency, {})
        key = device, rows is self.adjacency.rows
        if key not in copies:
            indptr = torch.from_numpy(np.array(rows.indptr, dtype=np.int64)).to(device)
            columns = torch.from_numpy(np.array(rows.indices)).to(device)
            if rows.nnz > np.iinfo(np.int32).max:  # torch wants one type for both
                columns = columns.long()
            scale = torch.from_numpy(self.adjacency.scale).float().to(device)
            weights = scale.repeat_interleave(indptr.diff()) * scale[columns]
            if rows.weights is not None:
                weights *= torch.from_numpy(rows.weights.astype(np.float32)).to(device)
            copies[key] = indptr, columns, weights
        return copies[key]


def _starts(sizes: Tensor) -> Tensor:
    """Where each of some stretches starts, and where the last one ends."""
    return torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
