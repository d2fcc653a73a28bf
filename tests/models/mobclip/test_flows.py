"""The profile of flows against a dense singular value decomposition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from placeprint.mobility import directed_matrix
from placeprint.models.mobclip.flows import COMPONENTS, FlowProfile

N = 30
IDS = pd.Index([f"r{number:02d}" for number in range(N)], name="region_id")


@pytest.fixture
def edges() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    ends = rng.choice(IDS[:-1], (400, 2))  # the last region has no flow
    weight = rng.integers(1, 90, 400).astype(float)
    pairs = pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "weight": weight})
    return pairs.groupby(["source", "target"], as_index=False).sum()


def fit(edges: pd.DataFrame, ids: pd.Index = IDS, seed: int = 0) -> FlowProfile:
    return FlowProfile.fit(directed_matrix(edges, ids), ids, seed=seed)


def transform(profile: FlowProfile, edges: pd.DataFrame, ids: pd.Index = IDS) -> np.ndarray:
    return profile.transform(directed_matrix(edges, ids), ids)


def dense(edges: pd.DataFrame) -> np.ndarray:
    flows = np.zeros((N, N))
    for source, target, weight in edges.itertuples(index=False):
        flows[IDS.get_loc(source), IDS.get_loc(target)] = weight
    return np.hstack([flows, flows.T])


def test_equals_the_dense_decomposition(edges) -> None:
    profile = fit(edges)
    scores = transform(profile, edges)
    assert np.isnan(scores[-1]).all()
    start, explained = 0, []
    for number, x in enumerate([dense(edges), np.sqrt(dense(edges))]):
        deviation = x.std(axis=0)
        varying = deviation > 0
        np.testing.assert_allclose(profile.scales[number][varying], deviation[varying], rtol=1e-4)
        assert np.isinf(profile.scales[number][~varying]).all()
        scaled = x[:, varying] / deviation[varying]
        left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
        width = profile.loadings[number].shape[1]
        assert width == N - 1
        expected = (left * singular)[:-1, :width]
        found = scores[:-1, start : start + width]
        np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=0.02)
        gram = found @ found.T
        np.testing.assert_allclose(gram, (scaled @ scaled.T)[:-1, :-1], rtol=1e-3, atol=0.05)
        explained.append((left * singular)[:, :width].var(axis=0).sum() / varying.sum())
        start += width
    assert scores.shape[1] == start
    assert profile.reliability == pytest.approx(np.mean(explained), rel=1e-3)


def test_many_regions_are_described_by_few_components() -> None:
    rng = np.random.default_rng(0)
    ids = pd.Index([f"r{number:03d}" for number in range(150)])
    groups = np.arange(150) // 50
    source, target = np.nonzero(rng.random((150, 150)) < 0.2)
    weight = rng.poisson(5 + 60 * (groups[source] == groups[target])) + 1.0
    edges = pd.DataFrame({"source": ids[source], "target": ids[target], "weight": weight})
    profile = fit(edges, ids)
    assert [loadings.shape for loadings in profile.loadings] == [(300, COMPONENTS)] * 2
    assert 0 < profile.reliability < 1
    x = np.zeros((150, 150))
    x[source, target] = weight
    x = np.hstack([x, x.T])
    _, singular, _ = np.linalg.svd(x / x.std(axis=0), full_matrices=False)
    leading = transform(profile, edges, ids)[:, :COMPONENTS]
    found = np.linalg.norm(leading, axis=0)
    np.testing.assert_allclose(found[:5], singular[:5], rtol=1e-3)
    np.testing.assert_allclose((found**2).sum(), (singular[:64] ** 2).sum(), rtol=0.02)


def test_a_part_of_the_regions_and_new_ones(edges) -> None:
    profile = fit(edges)
    whole = transform(profile, edges)
    twin = edges.replace({"source": {"r04": "new"}, "target": {"r04": "new"}})
    both = pd.concat([edges, twin[twin.ne(edges).any(axis=1)]])
    others = pd.Index(["new", *IDS])
    renamed = transform(profile, both, others)[others.get_indexer(["r09", "new", "r29"])]
    np.testing.assert_allclose(renamed[0], whole[9], atol=1e-4)
    # A new region with the flows of r04 is described as r04 is, but for what stays within.
    stays = edges[(edges["source"] == "r04") & (edges["target"] == "r04")]
    assert stays.empty
    np.testing.assert_allclose(renamed[1], whole[4], atol=1e-4)
    assert np.isnan(renamed[2]).all()


def test_the_seed_decides(edges) -> None:
    one, same = (fit(edges, seed=1) for _ in range(2))
    np.testing.assert_array_equal(transform(one, edges), transform(same, edges))


def test_a_symmetric_matrix_is_held_once_and_described_the_same() -> None:
    rng = np.random.default_rng(0)
    half = np.triu(rng.integers(1, 60, (N, N)) * (rng.random((N, N)) < 0.4), k=1)
    flows = csr_array((half + half.T).astype(np.float32))
    twice = FlowProfile.fit(flows, IDS, seed=0)
    once = FlowProfile.fit(flows, IDS, seed=0, symmetric=True)
    np.testing.assert_allclose(once.reliability, twice.reliability, rtol=1e-5)
    np.testing.assert_allclose(
        once.transform(flows, IDS, symmetric=True), twice.transform(flows, IDS), atol=1e-4
    )
    others = pd.Index([*IDS[3:], "x", "y", "z"])  # of other regions those that are known count
    np.testing.assert_allclose(
        once.transform(flows, others, symmetric=True), twice.transform(flows, others), atol=1e-4
    )
