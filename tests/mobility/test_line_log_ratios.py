import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import kernels, log_ratios
from placeprint.mobility.line.log_ratios import LogRatios

from .conftest import random_graph


def rows_of(n, density=0.3, seed=0, kind=np.float32, whole=True):
    graph = random_graph(n, density, seed, whole)
    return CompressedRows.from_scipy(graph.adjacency, kind), graph.adjacency.toarray()


def dense_matrix(adjacency, negatives, exponent):
    strength = adjacency.sum(axis=1)
    noise = np.where(strength > 0, strength, 1) ** exponent * (strength > 0)
    matrix = np.zeros_like(adjacency, dtype=float)
    for i, j in zip(*np.nonzero(adjacency), strict=True):
        ratio = adjacency[i, j] / (strength[i] * negatives * noise[j] / noise.sum())
        matrix[i, j] = max(np.log(ratio), 0)
    return matrix


def nothing():
    pass


@settings(deadline=None, max_examples=40)
@given(
    n=st.integers(2, 60),
    d=st.sampled_from([1, 8, 40, 80, 128, 211]),
    density=st.sampled_from([0.05, 0.5, 1.0]),
    kind=st.sampled_from([np.float32, np.float16, np.uint16]),
    negatives=st.sampled_from([1, 5]),
    exponent=st.sampled_from([0.75, 1.0]),
    seed=st.integers(0, 1000),
)
def test_products_equal_the_dense_ones(n, d, density, kind, negatives, exponent, seed):
    rows, adjacency = rows_of(n, density, seed, kind)
    expected = dense_matrix(adjacency, negatives, exponent)
    ratios = LogRatios.of(rows, negatives, exponent)
    x = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    scale = 1 + np.abs(expected).sum(axis=1).max()
    found = ratios.forward(x, nothing)
    np.testing.assert_allclose(found, expected @ x, atol=2e-5 * scale)
    found = ratios.backward(x, nothing)
    np.testing.assert_allclose(found, expected.T @ x, atol=2e-5 * scale)


def test_weights_may_be_fractions_or_missing():
    rows, adjacency = rows_of(50, whole=False)
    x = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    found = LogRatios.of(rows, 1, 0.75).forward(x, nothing)
    np.testing.assert_allclose(found, dense_matrix(adjacency, 1, 0.75) @ x, atol=3e-3)
    bare = CompressedRows(rows.indptr, rows.indices, None)
    found = LogRatios.of(bare, 1, 0.75).forward(x, nothing)
    ones = (adjacency > 0).astype(float)
    np.testing.assert_allclose(found, dense_matrix(ones, 1, 0.75) @ x, atol=1e-4)


def test_rows_longer_than_what_is_looked_up_at_once(monkeypatch):
    n = kernels.AT_ONCE * 2 + 77
    adjacency = np.zeros((n, n))
    adjacency[0, 1:] = adjacency[1:, 0] = np.random.default_rng(0).integers(1, 9, n - 1)
    indptr = np.concatenate([[0, n - 1], n - 1 + np.arange(1, n)])
    indices = np.concatenate([np.arange(1, n), np.zeros(n - 1)]).astype(np.int32)
    weights = np.concatenate([adjacency[0, 1:], adjacency[1:, 0]]).astype(np.uint16)
    ratios = LogRatios.of(CompressedRows(indptr, indices, weights), 1, 0.75)
    x = np.random.default_rng(1).normal(size=(n, 16)).astype(np.float32)
    expected = dense_matrix(adjacency, 1, 0.75) @ x
    np.testing.assert_allclose(ratios.forward(x, nothing), expected, atol=1e-2)


def test_bfloat16_rows_change_products_by_less_than_their_rounding(monkeypatch):
    rows, _ = rows_of(200, 0.5)
    ratios = LogRatios.of(rows, 1, 0.75)
    x = np.random.default_rng(0).normal(size=(200, 64)).astype(np.float32)
    single = ratios.forward(x, nothing)
    bound = ratios.forward(np.abs(x), nothing) * 2.0**-8
    monkeypatch.setattr(log_ratios, "EXACT", 0)
    half = ratios.forward(x, nothing)
    assert (np.abs(half - single) <= bound).all()
    assert (half != single).any()


def test_same_bytes_read_at_once_in_parts_or_from_disk(tmp_path, monkeypatch):
    rows, _ = rows_of(300, 0.4, kind=np.uint16)
    rows.save(tmp_path / "rows")
    x = np.random.default_rng(0).normal(size=(300, 80)).astype(np.float32)
    whole = LogRatios.of(rows, 1, 0.75)
    assert whole.readings == 1
    first = whole.forward(x, nothing), whole.backward(x, nothing)
    monkeypatch.setattr(log_ratios, "PASS", 5000)
    steps = []
    for again in (whole, LogRatios.of(CompressedRows.open(tmp_path / "rows"), 1, 0.75)):
        steps.clear()
        assert again.forward(x, lambda: steps.append(1)).tobytes() == first[0].tobytes()
        assert again.backward(x, nothing).tobytes() == first[1].tobytes()
        assert len(steps) == again.readings > 5


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="numba was given one thread")
def test_same_bytes_for_any_number_of_threads():
    rows, _ = rows_of(300, 0.4)
    x = np.random.default_rng(0).normal(size=(300, 80)).astype(np.float32)
    before, results = numba.get_num_threads(), set()
    for threads in (1, 2):
        numba.set_num_threads(threads)
        results.add(LogRatios.of(rows, 1, 0.75).forward(x, nothing).tobytes())
    numba.set_num_threads(before)
    assert len(results) == 1
