"""LightGCN: propagation over a graph without weights or non-linearity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from placeprint.machine_code import compiled
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.scaled_product import Precision, ScaledProduct
from placeprint.typing import BoolArray, IntArray

__all__ = ["lightgcn"]

MOST: Final = 0.75
"""Above this share of all nodes, all are computed: choosing rows costs more than it saves."""


def lightgcn(
    adjacency: NormalisedAdjacency,
    features: Tensor,
    layers: int,
    *,
    only: Tensor | None = None,
    precision: Precision = "single",
) -> Tensor:
    r"""Sum of the features of a node and of its neighbourhoods.

    .. math::
        e^{(l+1)} = \hat A e^{(l)}, \qquad z = \sum_{l=0}^{L} e^{(l)}
          = e + \hat A (e + \hat A (e + \dots))

    With L = 2 and a batch of nodes B only :math:`z_B = e_B + \hat A_B (e + \hat A e)` is computed:
    one product over the whole graph and one over the rows of the batch. The gradient by z is
    zero outside the batch, so of the two products with :math:`\hat A^\top` backwards the first
    gathers rows of the batch only. For any L the layers are computed where a later one reaches.
    The gradient is exact; nothing is stored between forwards and backwards.

    On the processor the products are those of :mod:`placeprint.mobility.sparse_product`, the same
    to the bit for any number of threads; on other devices they are torch's.

    Args:
        adjacency: Â. It gets no gradient.
        features: (n, d) node features e, float32 (float64: for checks).
        layers: L; 0 returns the features.
        only: (k,) positions of the nodes whose vectors are wanted; None: all.
        precision: ``bfloat16`` rounds the neighbours' vectors to 8 significant bits before they
            are weighted and added up in float32, which halves the memory that is read.

    Shape:
        (n, n), (n, d) → (n, d), or (k, d)

    Source:
        LightGCN (He et al. 2020), Eq. 3 and 8, with a sum for the mean; MobCLIP, Sec. 4.2.

    Example:
        >>> from scipy.sparse import csr_array
        >>> swap = NormalisedAdjacency.of(csr_array([[0.0, 1.0], [1.0, 0.0]]))
        >>> lightgcn(swap, torch.tensor([[1.0], [0.0]]), layers=2).tolist()
        [[2.0], [1.0]]
        >>> lightgcn(swap, torch.tensor([[1.0], [0.0]]), layers=2, only=torch.tensor([1])).tolist()
        [[1.0]]
    """
    if layers == 0:
        return features if only is None else features[only]
    if only is None:
        return _convolve(adjacency, features, _Reach.everywhere(layers), precision)
    nodes, inverse = torch.unique(only.cpu(), return_inverse=True)
    reach = _Reach.towards(adjacency.rows, nodes.numpy(), layers)
    return _convolve(adjacency, features, reach, precision)[inverse.to(features.device)]


def _convolve(
    adjacency: NormalisedAdjacency, features: Tensor, reach: _Reach, precision: Precision
) -> Tensor:
    found: Tensor = _Convolution.apply(features, adjacency, reach, precision)  # type: ignore[no-untyped-call]
    return found


@dataclass(frozen=True)
class _Reach:
    """The nodes at which the output of each layer is needed, the last one's last; None: all."""

    levels: list[IntArray | None]

    @classmethod
    def everywhere(cls, layers: int) -> Self:
        return cls([None] * layers)

    @classmethod
    def towards(cls, rows: CompressedRows, nodes: IntArray, layers: int) -> Self:
        """A layer is needed at the neighbours of where the next one is."""
        levels: list[IntArray | None] = [nodes]
        while len(levels) < layers:
            later = levels[0]
            levels.insert(0, None if later is None else _neighbours(rows, later))
        return cls(levels)


def _neighbours(rows: CompressedRows, nodes: IntArray) -> IntArray | None:
    """The neighbours of some nodes, sorted; None if they are most of all nodes."""
    reached = np.zeros(rows.shape[1], dtype=np.bool_)
    most = int(MOST * len(reached))
    if _mark(np.asarray(rows.indptr), np.asarray(rows.indices), nodes, reached, most):
        return np.flatnonzero(reached)
    return None


@compiled()
def _mark(
    indptr: IntArray, indices: IntArray, nodes: IntArray, reached: BoolArray, most: int
) -> bool:
    """Mark the neighbours of some nodes; False as soon as there are more than ``most``."""
    count = 0
    for node in nodes:
        for entry in range(indptr[node], indptr[node + 1]):
            if not reached[indices[entry]]:
                reached[indices[entry]] = True
                count += 1
        if count > most:
            return False
    return True


class _Convolution(torch.autograd.Function):
    """The layers, and their gradient: the same sum over the transposed matrix."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        adjacency: NormalisedAdjacency,
        reach: _Reach,
        precision: Precision,
    ) -> Tensor:
        ctx.graph = adjacency, reach, precision
        values = features.detach()
        total, before = values, None
        for here in reach.levels:
            own = values if here is None else values[_tensor(here, values)]
            product = ScaledProduct(adjacency, only=here, among=before)
            total, before = product.of(total, precision, plus=own), here
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        """From the last layer to the first g ← Âᵀ g; the sum of all g."""
        adjacency, reach, precision = ctx.graph
        arriving = gradients[0].contiguous()
        total = arriving.new_zeros(adjacency.shape[0], arriving.shape[1])
        earlier = [None, *reach.levels]
        for number in reversed(range(len(reach.levels))):
            here, there = reach.levels[number], earlier[number]
            if here is None:
                total += arriving
            else:
                total.index_add_(0, _tensor(here, total), arriving)
            product = ScaledProduct(adjacency, transposed=True, only=there, among=here)
            last = number == 0
            arriving = product.of(arriving, precision, plus=total if last else None)
        return arriving, None, None, None


def _tensor(positions: IntArray, like: Tensor) -> Tensor:
    return torch.from_numpy(positions).to(like.device)
