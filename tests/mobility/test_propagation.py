import numpy as np
import pytest

from placeprint.mobility import propagate

from .conftest import random_graph


def slow_step(dense, values):
    result = np.full(values.shape, np.nan)
    for u, weights in enumerate(dense):
        for column in range(values.shape[1]):
            known = ~np.isnan(values[:, column]) & (weights > 0)
            if known.any():
                result[u, column] = np.average(values[known, column], weights=weights[known])
    return result


@pytest.mark.parametrize("whole_rows", [True, False])
@pytest.mark.parametrize("hops", [0, 1, 3])
@pytest.mark.parametrize("n", [3, 30])
def test_equals_a_loop_over_regions(n, hops, whole_rows):
    adjacency = random_graph(n, density=0.3, whole=False).adjacency
    generator = np.random.default_rng(1)
    values = generator.normal(size=(n, 4))
    missing = generator.random((n, 1 if whole_rows else 4)) < 0.6
    values = np.where(missing, np.nan, values)
    expected = values
    for _ in range(hops):
        expected = slow_step(adjacency.toarray(), expected)
    np.testing.assert_allclose(propagate(adjacency, values, hops), expected, rtol=1e-4, atol=1e-5)


def test_where_nothing_is_known_nothing_arrives():
    adjacency = random_graph(10, density=0.9).adjacency
    assert np.isnan(propagate(adjacency, np.full((10, 2), np.nan))).all()
    known = propagate(adjacency, np.ones((10, 2)))
    assert np.isnan(known[-1]).all()
    np.testing.assert_array_equal(known[:-1], 1)
