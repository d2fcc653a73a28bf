import numpy as np
import pytest
import torch

from placeprint.mobility import lightgcn, symmetric_normalised, torch_csr

from .conftest import random_graph


def dense_lightgcn(dense, features, layers):
    total, step = features, features
    for _ in range(layers):
        step = dense @ step
        total = total + step
    return total


@pytest.fixture(params=[3, 20])
def adjacency(request):
    return symmetric_normalised(random_graph(request.param, density=0.5).adjacency)


@pytest.mark.parametrize("layers", [0, 1, 2, 5])
def test_output_and_gradient_equal_the_dense_layers_under_torch(adjacency, layers):
    generator = torch.Generator().manual_seed(0)
    shape = (adjacency.shape[0], 6)
    features = torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
    cotangent = torch.randn(shape, generator=generator, dtype=torch.float64)
    wide = adjacency.astype(np.float64)
    results = []
    for propagated in (
        lightgcn(torch_csr(wide), features, layers),
        dense_lightgcn(torch.from_numpy(wide.toarray()), features, layers),
    ):
        (gradient,) = torch.autograd.grad((propagated * cotangent).sum(), features)
        results.append((propagated.detach(), gradient))
    for sparse, dense in zip(*results, strict=True):
        torch.testing.assert_close(sparse, dense, rtol=1e-12, atol=1e-12)


def test_gradcheck(adjacency):
    sparse = torch_csr(adjacency.astype(np.float64))
    features = torch.randn(
        adjacency.shape[0], 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    ).requires_grad_()
    assert torch.autograd.gradcheck(lambda e: lightgcn(sparse, e, 2), features)


def test_single_precision_matches(adjacency):
    features = torch.randn(adjacency.shape[0], 8, generator=torch.Generator().manual_seed(2))
    expected = dense_lightgcn(torch.from_numpy(adjacency.toarray()), features, 2)
    torch.testing.assert_close(lightgcn(torch_csr(adjacency), features, 2), expected)


def test_a_region_without_links_keeps_its_own_features(adjacency):
    features = torch.ones(adjacency.shape[0], 3)
    assert lightgcn(torch_csr(adjacency), features, 4)[-1].tolist() == [1, 1, 1]
