import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.mobility import MobilityGraph, directed_matrix

IDS = list("abcde")
EDGES = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.integers(0, 9)))


def frame(rows):
    return pd.DataFrame(rows, columns=["source", "target", "weight"])


@settings(deadline=None)  # what is compiled at its first call takes its time
@given(EDGES)
def test_graph_equals_a_dictionary_of_pairs(rows):
    expected = np.zeros((5, 5))
    stays = np.zeros(5)
    for source, target, weight in rows:
        u, v = IDS.index(source), IDS.index(target)
        if u == v:
            stays[u] += weight
        else:
            expected[u, v] += weight
            expected[v, u] += weight
    graph = MobilityGraph.from_edges(frame(rows), IDS)
    np.testing.assert_array_equal(graph.adjacency.toarray(), expected)
    np.testing.assert_array_equal(graph.self_weight, stays)
    np.testing.assert_array_equal(graph.strength, expected.sum(axis=1))
    np.testing.assert_array_equal(graph.degree, (expected > 0).sum(axis=1))
    assert graph.n_edges == np.count_nonzero(np.triu(expected))
    assert (graph.adjacency.data > 0).all()


@settings(deadline=None)
@given(EDGES)
def test_directed_matrix_keeps_the_direction_and_the_order_of_the_regions(rows):
    order = IDS[::-1]
    expected = np.zeros((5, 5))
    for source, target, weight in rows:
        expected[order.index(source), order.index(target)] += weight
    np.testing.assert_array_equal(directed_matrix(frame(rows), order).toarray(), expected)


def test_the_order_of_regions_is_kept_and_fractional_sums_are_symmetric_to_the_bit():
    generator = np.random.default_rng(0)
    ends = generator.choice(IDS, (500, 2))
    edges = frame({"source": ends[:, 0], "target": ends[:, 1], "weight": generator.random(500)})
    graph = MobilityGraph.from_edges(edges, IDS[::-1])
    assert graph.region_ids.tolist() == IDS[::-1]
    assert graph.region_ids.name == "region_id"
    dense = graph.adjacency.toarray()
    np.testing.assert_array_equal(dense, dense.T)


def test_no_edges_at_all():
    graph = MobilityGraph.from_edges(frame([]), IDS)
    assert graph.n_regions == 5
    assert graph.n_edges == 0
    assert graph.strength.tolist() == [0.0] * 5


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1.0, "many"])
def test_a_bad_weight_is_named_by_its_row(weight):
    with pytest.raises(InputError, match=rf"from a to c in row 1 is {weight}, expected a finite"):
        MobilityGraph.from_edges(frame([("a", "b", 1.0), ("a", "c", weight)]), IDS)


def test_an_unknown_region_is_named():
    with pytest.raises(InputError, match=r"flows\.csv: column 'target' .*: zz \(first in row 0"):
        directed_matrix(frame([("a", "zz", 1.0)]), IDS, source="flows.csv")


def test_numeric_ids_do_not_pass_for_strings():
    with pytest.raises(InputError, match="region ids are strings such as 1, 2"):
        directed_matrix(frame([(1, 2, 1.0)]), ["1", "2"])


def test_a_missing_column_and_a_repeated_region():
    with pytest.raises(InputError, match=r"no column 'weight'.*did you mean 'weights'"):
        directed_matrix(frame([("a", "b", 1.0)]).rename(columns={"weight": "weights"}), IDS)
    with pytest.raises(InputError, match="listed twice: b"):
        MobilityGraph.from_edges(frame([]), ["a", "b", "b"])
