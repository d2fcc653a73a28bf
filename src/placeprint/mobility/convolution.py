"""LightGCN: propagation over a graph without weights or non-linearity."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["lightgcn"]


def lightgcn(adjacency: Tensor, features: Tensor, layers: int) -> Tensor:
    r"""Sum of the features of a node and of its neighbourhoods.

    .. math::
        e^{(l+1)} = \hat A e^{(l)}, \qquad z = \sum_{l=0}^{L} e^{(l)}
          = e + \hat A (e + \hat A (e + \dots))

    The gradient by the features is the same sum over :math:`\hat A^\top = \hat A`, so each
    layer costs one sparse product forwards and one backwards, and nothing is stored between.

    Args:
        adjacency: (n, n) sparse CSR, symmetric: see
            :func:`placeprint.mobility.normalise.symmetric_normalised`. It gets no gradient.
        features: (n, d) node features e, of the same dtype.
        layers: L; 0 returns the features.

    Shape:
        (n, n), (n, d) → (n, d)

    Source:
        LightGCN (He et al. 2020), Eq. 3 and 8, with a sum for the mean; MobCLIP, Sec. 4.2.

    Example:
        >>> from scipy.sparse import csr_array
        >>> from placeprint.mobility.sparse import torch_csr
        >>> swap = torch_csr(csr_array([[0.0, 1.0], [1.0, 0.0]]))
        >>> lightgcn(swap, torch.tensor([[1.0], [0.0]], dtype=torch.float64), layers=2).tolist()
        [[2.0], [1.0]]
    """
    total = features
    for _ in range(layers):
        total = features + _product(adjacency, total)
    return total


def _product(adjacency: Tensor, dense: Tensor) -> Tensor:
    product: Tensor = _SymmetricProduct.apply(adjacency, dense)  # type: ignore[no-untyped-call]
    return product


class _SymmetricProduct(torch.autograd.Function):
    """Sparse symmetric matrix times dense matrix; torch would build a transpose each time."""

    @staticmethod
    def forward(ctx: Any, adjacency: Tensor, dense: Tensor) -> Tensor:
        ctx.adjacency = adjacency
        return adjacency @ dense

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        return None, _product(ctx.adjacency, gradients[0].contiguous())
