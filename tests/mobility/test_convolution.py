import numba
import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from placeprint.mobility import symmetric_normalised
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.mobility.convolution import lightgcn
from placeprint.mobility.scaled_product import ScaledProduct

from .conftest import random_graph

BATCHES = [None, [], [0], [4, 1, 2], [2, 2, 0]]


def dense_lightgcn(dense, features, layers):
    total, step = features, features
    for _ in range(layers):
        step = dense @ step
        total = total + step
    return total


def directed(n=20):
    """What each of n nodes keeps: asymmetric, and one node that no one keeps."""
    generator = np.random.default_rng(3)
    kept = generator.integers(1, 9, (n, n)) * (generator.random((n, n)) < 0.15)
    kept[np.arange(n), np.arange(1, n + 1) % n] = 2
    kept[:, 5] = 0
    kept[4, 9] = 1
    np.fill_diagonal(kept, 0)
    return csr_array(kept.astype(float))


@pytest.fixture(params=["small", "sparse", "dense", "published"])
def adjacency(request):
    if request.param == "published":
        return NormalisedAdjacency.of(directed(), "published")
    n, density = {"small": (3, 0.9), "sparse": (60, 0.02), "dense": (20, 0.5)}[request.param]
    return NormalisedAdjacency.of(random_graph(n, density=density).adjacency)


def whole(adjacency):
    scale = np.diag(adjacency.scale.astype(float))
    return torch.from_numpy(scale @ adjacency.rows.to_scipy().toarray() @ scale)


def random_features(n, d=6, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=dtype)


@pytest.mark.parametrize("layers", [0, 1, 2, 5])
@pytest.mark.parametrize("batch", BATCHES)
def test_output_and_gradient_equal_the_dense_layers_under_torch(adjacency, layers, batch):
    n = adjacency.shape[0]
    only = None if batch is None else torch.tensor(batch, dtype=torch.int64).clamp(max=n - 1)
    features = random_features(n).requires_grad_()
    slow = dense_lightgcn(whole(adjacency), features, layers)
    slow = slow if only is None else slow[only]
    cotangent = random_features(len(slow), seed=1)
    fast = lightgcn(adjacency, features, layers, only=only)
    torch.testing.assert_close(fast, slow, rtol=1e-6, atol=1e-6)
    gradients = [torch.autograd.grad((z * cotangent).sum(), features)[0] for z in (fast, slow)]
    torch.testing.assert_close(*gradients, rtol=1e-6, atol=1e-6)


def test_gradcheck(adjacency):
    features = random_features(adjacency.shape[0], 2).requires_grad_()
    only = torch.tensor([2, 0])
    assert torch.autograd.gradcheck(lambda e: lightgcn(adjacency, e, 2, only=only), features)


def test_single_precision_matches(adjacency):
    features = random_features(adjacency.shape[0], 128, torch.float32)
    expected = dense_lightgcn(whole(adjacency).float(), features, 2)
    torch.testing.assert_close(lightgcn(adjacency, features, 2), expected)


def test_bfloat16_rounds_what_is_gathered_by_a_256th_at_most(adjacency):
    features = random_features(adjacency.shape[0], 40, torch.float32)
    exact = lightgcn(adjacency, features, 1)
    rounded = lightgcn(adjacency, features, 1, precision="bfloat16")
    bound = whole(adjacency).abs() @ features.abs().double() / 256
    assert ((exact - rounded).abs() <= bound + 1e-6).all()
    assert not torch.equal(exact, rounded)


def test_a_region_without_links_keeps_its_own_features():
    adjacency = NormalisedAdjacency.of(random_graph(20, density=0.5).adjacency)
    features = torch.ones(20, 3)
    assert lightgcn(adjacency, features, 4)[-1].tolist() == [1, 1, 1]
    assert lightgcn(adjacency, features, 4, only=torch.tensor([19])).tolist() == [[1, 1, 1]]


def test_the_bytes_are_the_same_for_any_number_of_threads():
    adjacency = NormalisedAdjacency.of(random_graph(300, density=0.2).adjacency)
    only = torch.arange(0, 300, 7)
    results = []
    threads = numba.get_num_threads()
    for count in sorted({1, numba.config.NUMBA_NUM_THREADS}):
        numba.set_num_threads(count)
        features = random_features(300, 128, torch.float32).requires_grad_()
        found = lightgcn(adjacency, features, 3, only=only)
        found.square().sum().backward()
        results.append((found.detach(), features.grad))
    numba.set_num_threads(threads)
    assert all(torch.equal(x, y) for x, y in zip(results[0], results[-1]))


def test_the_product_of_other_devices_equals_that_of_the_processor(adjacency):
    n = adjacency.shape[0]
    picks = np.array([n - 1, 0]), np.array([1, 0, 2])
    for only, among in [(None, None), (picks[0], None), (None, picks[1]), picks]:
        dense = random_features(n if among is None else len(among), 5, torch.float32)
        plus = random_features(n if only is None else len(only), 5, torch.float32, seed=1)
        for transposed in (False, True):
            product = ScaledProduct(adjacency, transposed, only, among)
            torch.testing.assert_close(product.of(dense), product.elsewhere(dense))
            torch.testing.assert_close(
                product.of(dense, plus=plus), product.elsewhere(dense, plus=plus)
            )


def test_symmetric_equals_the_matrix_multiplied_out():
    graph = random_graph(30, density=0.4, whole=False).adjacency
    adjacency = NormalisedAdjacency.of(graph)
    assert adjacency.rows is adjacency.transpose
    expected = symmetric_normalised(graph).toarray()
    np.testing.assert_allclose(adjacency.to_scipy().toarray(), expected, rtol=1e-6)


def test_of_whole_numbers_it_is_the_same_to_the_bit():
    graph = random_graph(30, density=0.4).adjacency
    found = NormalisedAdjacency.of(graph).to_scipy().toarray()
    np.testing.assert_array_equal(found, symmetric_normalised(graph).toarray())
