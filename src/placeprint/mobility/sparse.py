"""SciPy's sparse matrices in torch, without a copy."""

from __future__ import annotations

import warnings

import torch
from scipy.sparse import csr_array
from torch import Tensor

__all__ = ["torch_csr"]


def torch_csr(matrix: csr_array) -> Tensor:
    """A sparse CSR tensor over the same memory as a SciPy matrix.

    Args:
        matrix: (n, m), any floating dtype; 32-bit indices stay 32-bit.

    Example:
        >>> torch_csr(csr_array([[0.0, 2.0], [1.0, 0.0]])).to_dense().tolist()
        [[0.0, 2.0], [1.0, 0.0]]
    """
    indptr, indices, data = map(torch.from_numpy, (matrix.indptr, matrix.indices, matrix.data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        return torch.sparse_csr_tensor(
            indptr, indices, data, list(matrix.shape), check_invariants=False
        )
