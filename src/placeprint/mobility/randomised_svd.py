"""Truncated singular value decomposition of large sparse matrices."""

from __future__ import annotations

from typing import Final

import torch
from scipy.sparse import csr_array
from torch import Tensor

from placeprint.mobility.sparse import torch_csr

__all__ = ["left_singular_vectors"]

OVERSAMPLING: Final = 32
"""Columns of the sketch beyond the rank asked for."""

CHUNK: Final = 16_384
"""Rows turned to double precision at a time."""


def left_singular_vectors(
    matrix: csr_array,
    transpose: csr_array,
    rank: int,
    *,
    power_iterations: int,
    seed: int,
) -> tuple[Tensor, Tensor]:
    r"""The leading left singular vectors of a sparse matrix, by a random sketch.

    With a Gaussian sketch :math:`\Omega` of rank + 32 columns and q power iterations,

    .. math::
        Q = \mathrm{orth}\big((M M^\top)^q M \Omega\big), \qquad
        Q^\top M = W \Sigma V^\top, \qquad U = Q W

    orthonormalised before every product, so small singular values survive. This passes over M
    2q + 2 times. The sign of each column makes its entry of largest magnitude positive.

    Args:
        matrix: M, (n, m) float32.
        transpose: Mᵀ, (m, n) float32: rows of either are gathered, never scattered.
        rank: Columns asked for.
        power_iterations: q.
        seed: Of the sketch.

    Returns:
        U (n, r) with orthonormal columns and the singular values (r,), descending, both float32;
        r = min(rank, n, m).

    Source:
        Halko, Martinsson and Tropp 2011, Alg. 4.4 and 5.1.

    Example:
        >>> import numpy as np
        >>> diagonal = csr_array(np.diag(np.array([1, 3, 2], dtype=np.float32)))
        >>> vectors, values = left_singular_vectors(
        ...     diagonal, diagonal, 2, power_iterations=2, seed=0
        ... )
        >>> [round(value, 3) for value in values.tolist()]
        [3.0, 2.0]
    """
    forward, backward = torch_csr(matrix), torch_csr(transpose)
    n, m = matrix.shape
    width = min(rank + OVERSAMPLING, n, m)
    generator = torch.Generator().manual_seed(seed)
    basis = _orthonormal(forward @ torch.randn(m, width, generator=generator))
    for _ in range(power_iterations):
        basis = _orthonormal(forward @ _orthonormal(backward @ basis))
    # Qᵀ M = (Mᵀ Q)ᵀ = (O R)ᵀ = Rᵀ Oᵀ: the small Rᵀ has its left vectors and values
    projected = backward @ basis
    triangle = torch.linalg.qr(projected.double(), mode="r").R
    rotation, values, _ = torch.linalg.svd(triangle.T)
    rank = min(rank, width)
    vectors = basis @ rotation[:, :rank].float()
    peaks = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True))
    return vectors * peaks.sign(), values[:rank].float()


def _orthonormal(columns: Tensor) -> Tensor:
    """An orthonormal basis of the columns: by Cholesky, or by Householder if that is unsafe.

    Cholesky squares the condition number, hence the double precision; where even that does not
    suffice, for dependent columns, the slower way is exact.
    """
    width = columns.shape[1]
    gram = torch.zeros(width, width, dtype=torch.float64)
    for chunk in columns.split(CHUNK):
        wide = chunk.double()
        gram.addmm_(wide.T, wide)
    triangle, failed = torch.linalg.cholesky_ex(gram, upper=True)
    pivots = triangle.diagonal()
    if failed or pivots.min() < 1e-5 * pivots.max():
        basis: Tensor = torch.linalg.qr(columns).Q
        return basis
    inverse = torch.linalg.solve_triangular(triangle, torch.eye(width).double(), upper=True)
    return torch.cat([(chunk.double() @ inverse).float() for chunk in columns.split(CHUNK)])
