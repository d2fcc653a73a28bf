import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.mobility import line_sampled
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line.sampling_kernels import FLOOR, LEARNING_RATE, alias_table, ascend

from .conftest import random_graph


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=50).filter(lambda found: sum(found) > 1e-3))
def test_alias_tables_hold_the_weights(weights):
    weights = np.array(weights)
    share, alias = alias_table(weights)
    held = share.astype(float)
    np.add.at(held, alias, 1.0 - share)
    np.testing.assert_allclose(held / len(weights), weights / weights.sum(), atol=1e-6)


def test_one_step_follows_the_gradient():
    """A single edge 0 → 1, negatives all 2: the step of Eq. 7 by hand."""
    generator = np.random.default_rng(0)
    vertex, context = (generator.normal(size=(3, 4)).astype(np.float32) for _ in range(2))
    own, there, away = vertex[0].copy(), context[1].copy(), context[2].copy()
    only_two = np.array([0.0, 0.0, 1.0])
    ascend(
        vertex, context, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32),
        *alias_table(np.ones(1)), *alias_table(only_two), 1, 1, np.uint64(0),
    )  # fmt: skip
    near = LEARNING_RATE * (1 - 1 / (1 + np.exp(-own @ there)))
    far = -LEARNING_RATE / (1 + np.exp(-own @ away))
    np.testing.assert_allclose(context[1], there + near * own, rtol=1e-5)
    np.testing.assert_allclose(context[2], away + far * own, rtol=1e-5)
    np.testing.assert_allclose(vertex[0], own + near * there + far * away, rtol=1e-5)
    assert 0 < FLOOR < 1


@pytest.mark.parametrize("kind", [np.float32, np.uint16])
def test_a_matrix_serves_as_a_graph_does(kind):
    graph = random_graph(30)
    rows = CompressedRows.from_scipy(graph.adjacency, kind)
    expected = line_sampled(graph, 8, 1000)
    np.testing.assert_array_equal(line_sampled(rows, 8, 1000), expected)
    assert not line_sampled(graph, 8, 0)[-1].any()
