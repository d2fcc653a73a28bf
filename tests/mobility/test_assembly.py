"""Compressed rows from links, against sums into a dense matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from placeprint.mobility import MobilityGraph, assemble, directed_matrix, symmetric_sum

LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)))


def dense(links: list[tuple[int, int, int]], n: int = 6) -> np.ndarray:
    matrix = np.zeros((n, n))
    for u, v, weight in links:
        matrix[u, v] += weight
    return matrix


def assembled(links: list[tuple[int, int, int]], n: int = 6) -> csr_array:
    columns = np.array(links, dtype=np.int64).reshape(-1, 3).T
    return assemble(columns[0], columns[1], columns[2].astype(float), n)


def check_structure(matrix: csr_array) -> None:
    assert matrix.has_canonical_format  # sorted, none twice
    assert (matrix.data > 0).all()
    assert matrix.dtype == np.float32


@settings(deadline=None)  # what is compiled at its first call takes its time
@given(LINKS)
def test_links_are_added_up(links) -> None:
    matrix = assembled(links)
    check_structure(matrix)
    np.testing.assert_array_equal(matrix.toarray(), dense(links))


@settings(deadline=None)
@given(LINKS)
def test_a_symmetric_sum_is_both_ways_without_the_diagonal(links) -> None:
    expected = dense(links) + dense(links).T
    np.fill_diagonal(expected, 0)
    matrix = symmetric_sum(assembled(links))
    check_structure(matrix)
    np.testing.assert_array_equal(matrix.toarray(), expected)


def test_many_links_in_any_order() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 200, (2, 30_000))
    weight = rng.random(30_000)
    expected = np.zeros((200, 200))
    np.add.at(expected, (source, target), weight)
    matrix = assemble(source, target, weight, 200)
    check_structure(matrix)
    np.testing.assert_allclose(matrix.toarray(), expected, rtol=1e-6)
    both = symmetric_sum(matrix).toarray()
    np.testing.assert_array_equal(both, both.T)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(both, expected + expected.T, rtol=1e-6)


@pytest.mark.parametrize("n", [1, 3])
def test_no_links(n) -> None:
    empty = np.empty(0, dtype=np.int32)
    for matrix in (assemble(empty, empty, np.empty(0), n), symmetric_sum(assembled([], n))):
        assert (matrix.shape, matrix.nnz) == ((n, n), 0)


def test_an_undirected_graph_of_links_equals_that_of_edges_both_ways() -> None:
    ids = [f"r{number}" for number in range(6)]
    half = assembled([(0, 1, 2), (1, 4, 1), (2, 3, 7)])
    flows = symmetric_sum(half)
    graph = MobilityGraph.from_flows(flows, ids, symmetric=True)
    again = MobilityGraph.from_flows(flows, ids)
    np.testing.assert_array_equal(graph.adjacency.toarray(), again.adjacency.toarray())
    np.testing.assert_array_equal(graph.self_weight, again.self_weight)
    assert np.shares_memory(graph.adjacency.indices, flows.indices)
    assert graph.strength.dtype == np.float64


def test_ids_may_be_categories() -> None:
    import pandas as pd

    ids = ["a", "b", "c"]
    edges = pd.DataFrame({"source": ["c", "a"], "target": ["b", "c"], "weight": [1.0, 2.0]})
    coded = edges.astype({"source": pd.CategoricalDtype(["x", *ids]), "target": "category"})
    np.testing.assert_array_equal(
        directed_matrix(coded, ids).toarray(), directed_matrix(edges, ids).toarray()
    )
