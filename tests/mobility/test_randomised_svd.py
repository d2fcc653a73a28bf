import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from placeprint.mobility import left_singular_vectors


def decompose(matrix, rank, iterations=12):
    sparse = csr_array(matrix.astype(np.float32))
    vectors, values = left_singular_vectors(
        sparse, csr_array(sparse.T), rank, power_iterations=iterations, seed=0
    )
    return vectors.numpy(), values.numpy()


@pytest.mark.parametrize("shape", [(30, 30), (120, 50), (50, 120), (400, 300)])
@pytest.mark.parametrize("rank", [1, 8, 64])
def test_equals_the_dense_decomposition(shape, rank):
    generator = np.random.default_rng(0)
    short = min(shape)
    left, _ = np.linalg.qr(generator.normal(size=(shape[0], short)))
    right, _ = np.linalg.qr(generator.normal(size=(shape[1], short)))
    expected = 0.9 ** np.arange(short)
    vectors, values = decompose(left * expected @ right.T, rank)
    kept = min(rank, short)
    np.testing.assert_allclose(values, expected[:kept], rtol=1e-4)
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(short)])
    np.testing.assert_allclose(vectors, (left * signs)[:, :kept], atol=2e-4)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(kept), atol=1e-5)


def test_dependent_columns_take_the_safe_way():
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(90, 3)) @ generator.normal(size=(3, 80))
    vectors, values = decompose(matrix, 6)
    np.testing.assert_allclose(values[:3], np.linalg.svd(matrix)[1][:3], rtol=1e-5)
    np.testing.assert_allclose(values[3:], 0, atol=1e-5 * values[0])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(6), atol=1e-5)


def test_torch_random_state_is_left_alone():
    before = torch.get_rng_state()
    decompose(np.eye(5), 2)
    assert torch.equal(before, torch.get_rng_state())
