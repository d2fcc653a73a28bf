"""The largest entries of rows, against sorting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from placeprint.mobility.row_statistics import leading, row_minima, row_sums
from placeprint.mobility.selection import kept_entries, largest_entries, with_mirrored


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=12), max_size=5), st.integers(0, 13))
def test_the_largest_come_first_and_of_equal_ones_those_further_left(rows, wanted) -> None:
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    keys = np.array([key for row in rows for key in row], dtype=np.float64)
    expected = []
    for row in rows:
        order = sorted(range(len(row)), key=lambda place: (-row[place], place))[:wanted]
        expected += [place in order for place in range(len(row))]
    found = largest_entries(indptr, keys, np.full(len(rows), wanted))
    assert found.tolist() == expected


def matrix(n: int = 40, seed: int = 0) -> csr_array:
    rng = np.random.default_rng(seed)
    half = random_array((n, n), density=0.2, rng=rng)
    return csr_array(half + half.T)


def test_what_is_kept_is_kept_with_its_weight() -> None:
    whole = matrix()
    chosen = np.random.default_rng(1).random(whole.nnz) < 0.3
    kept = kept_entries(whole, chosen)
    expected = whole.copy()
    expected.data = np.where(chosen, whole.data, 0)
    np.testing.assert_array_equal(kept.toarray(), expected.toarray())
    assert kept.nnz == chosen.sum()


def test_mirrored_entries_are_chosen_too() -> None:
    whole = matrix()
    chosen = np.random.default_rng(1).random(whole.nnz) < 0.1
    one_way = kept_entries(whole, chosen).toarray()
    both = kept_entries(whole, with_mirrored(whole, chosen)).toarray()
    np.testing.assert_array_equal(both, np.maximum(one_way, one_way.T))


@pytest.mark.parametrize("count", [1, 3, 100])
def test_leading_entries(count) -> None:
    dense = matrix().toarray()
    expected = np.zeros_like(dense)
    for u, row in enumerate(dense):
        for v in sorted(np.flatnonzero(row), key=lambda v: (-row[v], v))[:count]:
            expected[u, v] = row[v]
    np.testing.assert_array_equal(leading(matrix(), count).toarray(), expected)


def test_sums_and_minima_of_rows() -> None:
    one, other = matrix(seed=1), csr_array(random_array((40, 40), density=0.3, rng=2))
    np.testing.assert_allclose(row_sums(one, one.data**2), (one.toarray() ** 2).sum(axis=1))
    expected = np.minimum(one.toarray(), other.toarray()).sum(axis=1)
    np.testing.assert_allclose(row_minima(one, other), expected)


def test_sums_are_in_double_precision() -> None:
    many = csr_array(np.array([[2.0**24, *[1.0] * 64]], dtype=np.float32))
    assert row_sums(many, many.data)[0] == 2**24 + 64
