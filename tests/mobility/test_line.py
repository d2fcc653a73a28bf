import numpy as np
import pandas as pd
import pytest
from scipy.sparse import block_diag, csr_array
from sklearn.linear_model import RidgeClassifier

from placeprint.mobility import MobilityGraph, line_factorised, line_sampled

from .conftest import planted, random_graph


def dense_matrix(graph, negatives, exponent):
    adjacency = graph.adjacency.toarray()
    strength = adjacency.sum(axis=1)
    noise = np.where(strength > 0, strength, 1) ** exponent * (strength > 0)
    matrix = np.zeros_like(adjacency)
    for i, j in zip(*np.nonzero(adjacency), strict=True):
        ratio = adjacency[i, j] / (strength[i] * negatives * noise[j] / noise.sum())
        matrix[i, j] = max(np.log(ratio), 0)
    return matrix


@pytest.mark.parametrize("negatives", [1, 5])
@pytest.mark.parametrize("exponent", [0.75, 1.0])
def test_equals_the_dense_decomposition(negatives, exponent):
    graph, _ = planted(150, 5, 16)
    matrix = dense_matrix(graph, negatives, exponent)
    left, values, _ = np.linalg.svd(matrix)
    dim = 4  # the planted communities: a gap follows, so the subspace is well defined
    embedding = line_factorised(
        graph, dim, negatives=negatives, exponent=exponent, power_iterations=12
    ).astype(float)
    expected = left[:, :dim] * np.sqrt(values[:dim])
    np.testing.assert_allclose((embedding**2).sum(axis=0), values[:dim], rtol=1e-4)
    gram = embedding @ embedding.T
    np.testing.assert_allclose(gram, expected @ expected.T, atol=1e-4 * np.abs(gram).max())


def test_every_dimension_is_exact_when_all_are_asked_for():
    graph = random_graph(40, density=0.3, whole=False)
    left, values, _ = np.linalg.svd(dense_matrix(graph, 1, 0.75))
    embedding = line_factorised(graph, 64, negatives=1).astype(float)
    assert embedding.shape == (40, 64)
    assert not embedding[:, 40:].any()
    expected = left * values @ left.T
    np.testing.assert_allclose(embedding @ embedding.T, expected, atol=1e-4 * values[0])


def test_a_column_about_a_few_regions_is_zero_elsewhere():
    """Not rounding, which would be a signal once columns are divided by their deviation."""
    large = random_graph(150, density=0.05, whole=False)
    pairs = [np.array([[0, weight], [weight, 0]]) for weight in (1.0, 2.0, 3.0)]
    joined = csr_array(block_diag([large.adjacency, *pairs], format="csr"))
    graph = MobilityGraph(pd.Index(map(str, range(156))), joined, np.zeros(156))
    embedding = line_factorised(graph, 156)
    energy = np.square(embedding, dtype=float)
    about_pairs = energy[150:].sum(axis=0) > 0.5 * energy.sum(axis=0)
    assert about_pairs.sum() == 6
    assert not embedding[:150, about_pairs].any()
    assert (embedding[:150, ~about_pairs] != 0).mean() > 0.5


def accuracy(embedding, community):
    train = np.random.default_rng(0).permutation(len(community)) < len(community) // 2
    embedding = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    probe = RidgeClassifier(0.01).fit(embedding[train], community[train])
    return probe.score(embedding[~train], community[~train])


def test_recovers_planted_communities_no_worse_than_sampling(communities):
    graph, community = communities
    factorised = accuracy(line_factorised(graph, 16), community)
    sampled = accuracy(line_sampled(graph, 16, samples=25 * graph.adjacency.nnz), community)
    assert sampled > 0.5  # the reference has learnt: chance is 1 in 12
    assert factorised >= sampled
    assert factorised > 0.9


@pytest.mark.parametrize(
    "embed",
    [
        lambda graph, seed: line_factorised(graph, 8, seed=seed),
        lambda graph, seed: line_sampled(graph, 8, 20_000, seed=seed),
    ],
    ids=["factorised", "sampled"],
)
def test_one_seed_gives_the_same_bytes_and_untied_regions_are_zero(embed):
    graph = random_graph(60, density=0.2)
    first = embed(graph, 0)
    assert first.tobytes() == embed(graph, 0).tobytes()
    assert first.tobytes() != embed(graph, 1).tobytes()
    assert first.dtype == np.float32
    assert not first[-1].any()
    assert first[graph.degree > 0].any(axis=1).mean() > 0.9


def test_another_seed_hardly_changes_the_factorisation(communities):
    graph, _ = communities
    first, second = (line_factorised(graph, 8, power_iterations=8, seed=s) for s in (0, 1))
    np.testing.assert_allclose(first, second, atol=0.02 * np.abs(first).max())


@pytest.mark.parametrize("n", [2, 3])
def test_tiny_and_empty_graphs(n):
    graph = random_graph(n, density=0.0)
    assert line_factorised(graph, 4).tolist() == np.zeros((n, 4)).tolist()
    assert line_sampled(graph, 4, 10).tolist() == np.zeros((n, 4)).tolist()
