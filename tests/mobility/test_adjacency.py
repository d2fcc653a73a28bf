"""Both normalisations against dense loops."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from placeprint.errors import InputError
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sampling import top_share

from .conftest import planted, random_graph


def public_code(dense):
    """Scale columns by row degrees, transpose, scale columns again: entry by entry."""
    n = len(dense)
    degree = [sum(dense[u]) + 1e-10 for u in range(n)]
    normalised = np.zeros((n, n))
    for u in range(n):
        for v in range(n):
            normalised[v, u] = degree[v] ** -0.5 * dense[u, v] * degree[u] ** -0.5
    return normalised


def textbook(dense):
    n = len(dense)
    degree = [sum(dense[u]) for u in range(n)]
    normalised = np.zeros((n, n))
    for u in range(n):
        for v in range(n):
            if dense[u, v]:
                normalised[u, v] = dense[u, v] / (degree[u] * degree[v]) ** 0.5
    return normalised


def test_published_is_that_of_the_public_code_on_the_directed_strongest_links():
    kept = top_share(planted(n=60, communities=3)[0], 0.3, symmetric=False)
    dense = kept.toarray()
    assert (dense != dense.T).any()
    found = NormalisedAdjacency.of(kept, "published").to_scipy().toarray()
    np.testing.assert_allclose(found, public_code(dense), rtol=1e-6)
    assert (found != found.T).any()
    degrees = dense.sum(axis=1)
    textbook_of_rows = dense / np.sqrt(np.outer(degrees, dense.sum(axis=0).clip(1)))
    assert not np.allclose(found, textbook_of_rows)


def test_published_of_nodes_that_keep_nothing():
    dense = np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    found = NormalisedAdjacency.of(csr_array(dense), "published").to_scipy().toarray()
    np.testing.assert_allclose(found, public_code(dense), rtol=1e-6)


@pytest.mark.parametrize("normalisation", ["symmetric", "published"])
@pytest.mark.parametrize("kind", [np.float32, np.float16, np.uint16, None])
def test_weights_stay_raw(normalisation, kind):
    graph = random_graph(25, density=0.4).adjacency
    if kind is None:
        graph.data[:] = 1
        rows = CompressedRows.from_scipy(graph)
        rows = CompressedRows(rows.indptr, rows.indices, None)
    else:
        rows = CompressedRows.from_scipy(graph, kind)
    found = NormalisedAdjacency.of(rows, normalisation)
    assert getattr(found.rows.weights, "dtype", None) == (None if kind is None else kind) or (
        kind is None and normalisation == "published"
    )
    expected = {"symmetric": textbook, "published": public_code}[normalisation](graph.toarray())
    np.testing.assert_allclose(found.to_scipy().toarray(), expected, rtol=1e-6, atol=1e-9)
    back = found.transpose.to_scipy().toarray()
    np.testing.assert_array_equal(back, found.rows.to_scipy().toarray().T)


def test_a_graph_that_is_not_symmetric_is_refused():
    directed = csr_array([[0.0, 2.0], [0.0, 0.0]])
    with pytest.raises(InputError, match=r"leave node 0 weigh 2, those that arrive 0.*'published'"):
        NormalisedAdjacency.of(directed)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(InputError, match=r"'row' is unknown.*symmetric, published"):
        NormalisedAdjacency.of(csr_array([[0.0]]), "row")
