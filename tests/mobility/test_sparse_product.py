"""The compiled product against the dense one."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from placeprint.errors import InputError
from placeprint.mobility.bfloat import narrowed, widened
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sparse_product import AT_ONCE, product


def random_rows(n, m, density, seed=0, kind=np.float32):
    generator = np.random.default_rng(seed)
    dense = generator.integers(1, 300, (n, m)) * (generator.random((n, m)) < density)
    rows = CompressedRows.from_scipy(csr_array(dense.astype(float)), kind)
    return rows, dense.astype(float), generator


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 30),
    m=st.integers(1, 30),
    d=st.sampled_from([1, 3, 16, 33, 128]),
    density=st.sampled_from([0.0, 0.1, 0.6, 1.0]),
    seed=st.integers(0, 10_000),
    options=st.sets(st.sampled_from(["left", "right", "only", "among", "plus", "bfloat16"])),
)
def test_equals_the_dense_product(n, m, d, density, seed, options):
    rows, dense, generator = random_rows(n, m, density, seed)
    left, right = (generator.random(k).astype(np.float32) for k in (n, m))
    only = generator.permutation(n)[: generator.integers(0, n + 1)]
    among = generator.permutation(m)[: generator.integers(0, m + 1)]
    x = generator.normal(size=(len(among) if "among" in options else m, d)).astype(np.float32)
    plus = generator.normal(size=(len(only) if "only" in options else n, d)).astype(np.float32)
    given_x = narrowed(x) if "bfloat16" in options else x
    values = widened(given_x) if "bfloat16" in options else x
    full = np.zeros((m, d))
    full[among if "among" in options else slice(None)] = values
    scaled = dense.copy()
    if "left" in options:
        scaled *= left[:, None]
    if "right" in options:
        scaled *= right
    chosen = only if "only" in options else np.arange(n)
    expected = scaled[chosen] @ full + (plus if "plus" in options else 0)
    every = {"left": left, "right": right, "only": only, "among": among, "plus": plus}
    before = plus.copy()
    found = product(rows, given_x, **{name: every[name] for name in options & every.keys()})
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    bound = 1e-5 * (np.abs(scaled[chosen]) @ np.abs(full) + 1)
    assert (np.abs(found - expected) <= bound).all()
    np.testing.assert_array_equal(plus, before)


@pytest.mark.parametrize("kind", [np.float32, np.uint16, np.float16, None])
def test_every_type_of_weights(kind):
    rows, dense, generator = random_rows(40, 40, 0.3, kind=kind or np.float32)
    if kind is None:
        rows, dense = CompressedRows(rows.indptr, rows.indices, None), (dense > 0).astype(float)
    x = generator.normal(size=(40, 20)).astype(np.float32)
    np.testing.assert_allclose(product(rows, x), dense @ x, rtol=1e-4, atol=1e-2)


def test_half_precision_weights_to_the_bit():
    weights = np.array([0.1, -2.5, 6e-8, 65504.0, 0.0], dtype=np.float16)  # the third subnormal
    rows = CompressedRows(np.arange(6), np.zeros(5, np.int32), weights)
    found = product(rows, np.ones((5, 1), np.float32))[:, 0]
    np.testing.assert_array_equal(found, weights.astype(np.float32))


def test_rows_longer_than_what_is_looked_up_at_once():
    m = 3 * AT_ONCE + 5
    rows, dense, generator = random_rows(2, m, 1.0)
    x = generator.normal(size=(m, 8))
    np.testing.assert_allclose(product(rows, x), dense @ x, rtol=1e-9)
    among = np.flatnonzero(generator.random(m) < 0.5)
    found = product(rows, x[among], among=among)
    np.testing.assert_allclose(found, dense[:, among] @ x[among], rtol=1e-9)


def test_a_saved_matrix_is_read_from_its_files(tmp_path):
    rows, _, generator = random_rows(20, 20, 0.4)
    rows.save(tmp_path / "rows")
    x = generator.normal(size=(20, 4)).astype(np.float32)
    found = product(CompressedRows.open(tmp_path / "rows"), x)
    np.testing.assert_array_equal(found, product(rows, x))


def test_bytes_do_not_depend_on_threads():
    rows, _, generator = random_rows(500, 500, 0.2)
    x = generator.normal(size=(500, 128)).astype(np.float32)
    threads, results = numba.get_num_threads(), []
    for count in (1, threads):
        numba.set_num_threads(count)
        results.append(product(rows, x, only=np.arange(0, 500, 3)))
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(*results)


def test_out_may_be_what_is_added_to():
    rows, dense, generator = random_rows(6, 6, 0.5)
    x, sums = (generator.normal(size=(6, 2)).astype(np.float32) for _ in range(2))
    expected = sums + dense @ x
    assert product(rows, x, plus=sums, out=sums) is sums
    np.testing.assert_allclose(sums, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dense": np.zeros((3, 2))}, r"dense matrix is \(3, 2\), expected 4 rows.*each column"),
        ({"among": np.array([0])}, r"expected 1 rows.*each position in `among`"),
        ({"left": np.zeros(3)}, r"`left` is \(3,\).*\(4,\)"),
        ({"plus": np.zeros((4, 1))}, r"`plus` is \(4, 1\).*\(4, 2\)"),
    ],
)
def test_shapes_are_checked(changes, message):
    rows, _, _ = random_rows(4, 4, 0.5)
    with pytest.raises(InputError, match=message):
        product(rows, **{"dense": np.zeros((4, 2)), **changes})
