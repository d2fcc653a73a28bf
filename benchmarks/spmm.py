"""Sparse times dense, and LightGCN's gradient, against torch's COO (which the public code calls).

    python -m benchmarks spmm [--quick]

Graphs are planted (``benchmarks/planted.py``), 128 columns, one thread each. The batch of LightGCN
is that of the published training, 20,480 of the nodes (nine tenths where there are fewer).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numba
import numpy as np
import torch
from torch import Tensor

from benchmarks.harness import Row, compare
from benchmarks.planted import planted_graph
from placeprint.mobility import lightgcn
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.mobility.scaled_product import Precision
from placeprint.mobility.sparse import torch_csr
from placeprint.mobility.sparse_product import product

SIZES = {3_904: 1_020_000, 28_855: 16_100_000, 195_574: 55_700_000}
COLUMNS, LAYERS, BATCH = 128, 2, 20_480


def rows(quick: bool) -> Iterator[Row]:
    threads = torch.get_num_threads(), numba.get_num_threads()
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    try:
        for nodes, entries in SIZES.items():
            yield from products(nodes, entries)
            if quick:
                return
    finally:
        torch.set_num_threads(threads[0])
        numba.set_num_threads(threads[1])


def products(nodes: int, entries: int) -> Iterator[Row]:
    adjacency = NormalisedAdjacency.of(planted_graph(nodes, entries, hard=False).graph)
    size, scale = adjacency.rows.nnz, adjacency.scale
    features = torch.randn(nodes, COLUMNS, generator=torch.Generator().manual_seed(0))
    halves = features.bfloat16().view(torch.uint16).numpy()
    few = 5 if size < 20_000_000 else 3
    coo, csr = as_coo(adjacency), torch_csr(adjacency.to_scipy())

    def ours(dense: np.ndarray) -> np.ndarray:
        return product(adjacency.rows, dense, left=scale, right=scale)

    exact = torch.spmm(coo, features).numpy()
    single, half = (far(ours(dense), exact) for dense in (features.numpy(), halves))
    plain = partial(torch.spmm, coo, features)
    away = f"{nodes:,} nodes; largest difference {{:.0e}} of the largest value".format
    mine = partial(ours, features.numpy())
    yield compare("product, float32", size, mine, plain, turns=few, note=away(single))
    narrow = partial(ours, halves)
    yield compare("product, bfloat16 rows", size, narrow, plain, turns=few, note=away(half))
    rows_of_torch = partial(torch.matmul, csr, features)
    note = f"{nodes:,} nodes; the reference is torch's CSR"
    yield compare("product, float32, CSR", size, mine, rows_of_torch, turns=few, note=note)
    del csr, rows_of_torch
    yield from gradients(adjacency, coo, features, few)


def gradients(
    adjacency: NormalisedAdjacency, coo: Tensor, features: Tensor, turns: int
) -> Iterator[Row]:
    """Forwards and backwards: one layer over all nodes; two layers, of which a batch is used."""
    nodes, size = len(features), adjacency.rows.nnz
    learned = features.clone().requires_grad_()
    generator = torch.Generator().manual_seed(1)
    batch = torch.randperm(nodes, generator=generator)[: min(BATCH, nodes * 9 // 10)]
    for layers, only, name in (
        (1, None, "forward + backward, 1 layer"),
        (LAYERS, batch, "forward + backward, 2 layers"),
    ):
        slope = torch.randn(nodes if only is None else len(only), COLUMNS, generator=generator)

        asked = (learned, layers, only, slope)
        plain = partial(plain_gradient, coo, *asked)
        single, half = (
            partial(our_gradient, adjacency, *asked, precision)
            for precision in ("single", "bfloat16")
        )
        away = far(single().numpy(), plain().numpy())
        note = f"{nodes:,} nodes; gradient {away:.0e} of its largest value away"
        note += "" if only is None else f"; batch {len(only):,}"
        row = compare(f"{name}, float32", size, single, plain, turns=turns, note=note)
        yield row
        note = f"{nodes:,} nodes; reference of the line before"
        narrow = compare(f"{name}, bfloat16 rows", size, half, turns=turns, note=note)
        yield replace(narrow, reference_cpu_s=row.reference_cpu_s)


def plain_gradient(
    coo: Tensor, features: Tensor, layers: int, only: Tensor | None, slope: Tensor
) -> Tensor:
    """As published: every layer over the whole graph, of which the batch is then taken."""
    found = plain_lightgcn(coo, features, layers)
    return torch.autograd.grad(found if only is None else found[only], features, slope)[0]


def our_gradient(
    adjacency: NormalisedAdjacency,
    features: Tensor,
    layers: int,
    only: Tensor | None,
    slope: Tensor,
    precision: Precision,
) -> Tensor:
    found = lightgcn(adjacency, features, layers, only=only, precision=precision)
    return torch.autograd.grad(found, features, slope)[0]


def plain_lightgcn(coo: Tensor, features: Tensor, layers: int) -> Tensor:
    """All layers are kept, stacked and added up."""
    found = [features]
    for _ in range(layers):
        found.append(torch.spmm(coo, found[-1]))
    return torch.sum(torch.stack(found, dim=0), dim=0)


def as_coo(adjacency: NormalisedAdjacency) -> Tensor:
    """The matrix as the public code keeps it: 20 bytes an entry, column after column."""
    matrix = adjacency.to_scipy()
    places = np.empty((2, matrix.nnz), dtype=np.int64)
    places[0] = matrix.indices  # of a symmetric matrix
    places[1] = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    values = torch.from_numpy(matrix.data)
    return torch.sparse_coo_tensor(
        torch.from_numpy(places), values, matrix.shape, check_invariants=False
    )


def far(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(found - exact).max() / np.abs(exact).max())
