import math
from fractions import Fraction

import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.mobility import random_share, top_share

from .conftest import random_graph


def quota(degree, share):
    return math.ceil(Fraction(str(share)) * degree)


def slow_top_share(dense, share):
    kept = np.zeros_like(dense)
    for u, row in enumerate(dense):
        partners = sorted(np.flatnonzero(row), key=lambda v: (-row[v], v))
        for v in partners[: quota(len(partners), share)]:
            kept[u, v] = row[v]
    return kept


@pytest.mark.parametrize("n", [2, 7, 40, 150])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 1.0])
def test_top_share_equals_a_loop_over_regions(n, share):
    graph = random_graph(n, density=0.6)
    expected = slow_top_share(graph.adjacency.toarray(), share)
    directed = top_share(graph, share, symmetric=False).toarray()
    np.testing.assert_array_equal(directed, expected)
    union = np.maximum(expected, expected.T)
    np.testing.assert_array_equal(top_share(graph, share).toarray(), union)


@pytest.mark.parametrize("degree", [10, 30, 70, 90])
def test_a_tenth_of_a_multiple_of_ten_is_whole(degree):
    graph = random_graph(degree + 2, density=1.1)
    assert np.diff(top_share(graph, 0.1, symmetric=False).indptr)[0] == degree // 10


def test_random_share_keeps_as_many_links_and_depends_on_the_seed():
    graph = random_graph(60, density=0.5)
    first = random_share(graph, 0.2, seed=0, symmetric=False)
    expected = [quota(degree, 0.2) for degree in graph.degree.tolist()]
    assert np.diff(first.indptr).tolist() == expected
    dense, kept = graph.adjacency.toarray(), first.toarray()
    np.testing.assert_array_equal(kept, np.where(kept > 0, dense, 0))
    again = random_share(graph, 0.2, seed=0, symmetric=False)
    np.testing.assert_array_equal(again.toarray(), kept)
    assert (random_share(graph, 0.2, seed=1, symmetric=False).toarray() != kept).any()
    union = random_share(graph, 0.2, seed=0).toarray()
    np.testing.assert_array_equal(union, np.maximum(kept, kept.T))


def test_random_share_prefers_no_link():
    graph = random_graph(12, density=1.1)
    counts = sum(random_share(graph, 0.3, s, symmetric=False).toarray() > 0 for s in range(400))
    tied = graph.adjacency.toarray() > 0
    np.testing.assert_allclose(counts[tied] / 400, quota(10, 0.3) / 10, atol=0.12)


@pytest.mark.parametrize("share", [0, -0.1, 1.5, math.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(InputError, match=r"give one in \(0, 1\]"):
        top_share(random_graph(5), share)
