import numpy as np
import pytest

from placeprint.mobility.line import panels
from placeprint.mobility.line.krylov import BlockKrylov, block_width
from placeprint.mobility.line.panels import HostPanels


class Dense:
    readings = 1

    def __init__(self, matrix):
        self.matrix = matrix.astype(np.float32)

    def forward(self, dense, advance):
        advance()
        return self.matrix @ dense

    def backward(self, dense, advance):
        advance()
        return self.matrix.T @ dense


def decompose(matrix, rank, iterations=4, threads=1):
    with HostPanels.sharing(threads) as algebra:
        work = BlockKrylov(Dense(matrix), algebra, len(matrix), rank, iterations, seed=0)
        announced, steps = work.readings, []
        while work.unfinished:
            work.step(lambda: steps.append(1))
        assert announced == len(steps)
        basis = np.hstack(work.basis)
        return *work.result(), basis


def with_spectrum(n, values, seed=0):
    generator = np.random.default_rng(seed)
    left, right = (np.linalg.qr(generator.normal(size=(n, n)))[0] for _ in range(2))
    return left[:, : len(values)] * values @ right[:, : len(values)].T, left


@pytest.mark.parametrize("n", [5, 40, 150, 500])
@pytest.mark.parametrize("rank", [1, 8, 64])
def test_equals_the_dense_decomposition(n, rank):
    values = 0.9 ** np.arange(n)
    matrix, left = with_spectrum(n, values)
    vectors, found, _ = decompose(matrix, rank)
    kept = min(rank, n)
    np.testing.assert_allclose(found, values[:kept], rtol=1e-4)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(kept), atol=1e-4)
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(n)])
    np.testing.assert_allclose(vectors, (left * signs)[:, :kept], atol=1e-3)


def test_resolves_a_slow_spectrum_better_than_as_many_steps_of_subspace_iteration():
    n, rank, iterations = 1000, 32, 3
    matrix, _ = with_spectrum(n, 1 / (1 + 0.01 * np.arange(n)))
    exact = np.linalg.svd(matrix, compute_uv=False)[:rank]
    _, found, explored = decompose(matrix, rank, iterations)
    columns = explored.shape[1] // (iterations + 1)
    basis = np.random.default_rng(0).normal(size=(n, columns))
    for _ in range(iterations):
        basis = np.linalg.qr(matrix.T @ np.linalg.qr(matrix @ basis)[0])[0]
    plain = np.linalg.svd(matrix @ basis, compute_uv=False)[:rank]
    assert (found <= exact * (1 + 1e-5)).all()
    assert (exact - found).sum() < 0.5 * (exact - plain).sum()


@pytest.mark.parametrize("deficient", [0, 1, 3])
def test_dependent_columns(deficient):
    matrix, _ = with_spectrum(90, np.array([5.0, 2.0, 1.0])[:deficient])
    vectors, found, basis = decompose(matrix, 6)
    np.testing.assert_allclose(found[:deficient], [5.0, 2.0, 1.0][:deficient], rtol=1e-5)
    assert not found[deficient:].any()
    assert not vectors[:, deficient:].any()
    np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-4)


def test_faint_values_beside_large_ones():
    values = np.array([1000.0, 30.0, 1.0, 0.5, 0.25])
    matrix, _ = with_spectrum(80, values)
    _, found, _ = decompose(matrix, 5)
    np.testing.assert_allclose(found, values, rtol=2e-3)


def test_same_bytes_for_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(panels, "CHUNK", 64)
    matrix, _ = with_spectrum(500, 0.99 ** np.arange(500))
    one, other = (decompose(matrix, 16, threads=threads)[0] for threads in (1, 3))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("rank", [1, 4, 100, 128, 300])
@pytest.mark.parametrize("iterations", [0, 1, 4, 12])
def test_blocks_explore_more_than_is_wanted(rank, iterations):
    assert block_width(rank, iterations) * (iterations + 1) >= rank + 32
