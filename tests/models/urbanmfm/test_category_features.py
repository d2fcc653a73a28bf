"""Spread and density of categories against scikit-learn's DBSCAN, region by region."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from placeprint.models.urbanmfm.category_features import category_features, density_clusters


def city(p: int, regions: int, categories: int, seed: int = 0, width: float = 1500.0):
    """POIs in clumps, with outliers, some outside all regions or without a category."""
    rng = np.random.default_rng(seed)
    clumps = rng.uniform(0, width, (max(p // 8, 1), 2))
    points = clumps[rng.integers(0, len(clumps), p)] + rng.normal(0, 40, (p, 2))
    points += [459_000.0, 3_110_000.0]
    category = rng.integers(-1, categories, p)
    region = rng.integers(-1, regions, p)
    return *points.T, category, region, rng.uniform(0.05, 2.0, regions)


def slow_features(x, y, category, region, areas, categories, eps_km, min_points):
    features = np.zeros((len(areas), categories, 2))
    for u in range(len(areas)):
        for c in range(categories):
            points = np.array(
                [(x[i], y[i]) for i in range(len(x)) if region[i] == u and category[i] == c]
            )
            if not len(points):
                continue
            points = points / 1000
            labels = DBSCAN(eps=eps_km, min_samples=min_points).fit_predict(points)
            means = [points[labels == label].mean(axis=0) for label in set(labels) if label >= 0]
            means += list(points[labels == -1])
            centre = np.mean(means, axis=0)
            spread = max(np.hypot(*(point - centre)) for point in points)
            features[u, c] = np.sqrt(np.pi / areas[u]) * spread, len(points) / areas[u]
    return features


@pytest.mark.parametrize("p", [0, 1, 40, 600])
@pytest.mark.parametrize(("regions", "categories"), [(1, 1), (3, 4)])
@pytest.mark.parametrize(("eps_km", "min_points"), [(0.05, 2), (0.05, 4), (0.03, 3), (0.1, 1)])
def test_equals_a_loop_over_regions_and_categories(
    p, regions, categories, eps_km, min_points
) -> None:
    data = city(p, regions, categories, seed=p)
    features = category_features(*data, categories, eps_km=eps_km, min_points=min_points)
    expected = slow_features(*data, categories, eps_km, min_points)
    assert features.shape == (regions, categories, 2)
    np.testing.assert_allclose(features, expected, rtol=1e-7, atol=1e-9)


def partition(labels, group):
    """The clusters as a set of sets; label -1 is a cluster of its own."""
    clusters: dict[object, set[int]] = {}
    for i, label in enumerate(labels):
        key = ("noise", i) if label == -1 else (group[i], label)
        clusters.setdefault(key, set()).add(i)
    return {frozenset(members) for members in clusters.values()}


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 120),
    st.sampled_from([1.0, 1.5, 2.0]),
    st.integers(1, 6),
)
def test_clusters_are_those_of_scikit_learn(seed, n, eps, min_points) -> None:
    # On a lattice many points are exactly ε apart, and border points touch several clusters.
    rng = np.random.default_rng(seed)
    points, group = rng.integers(0, 11, (n, 2)).astype(float), rng.integers(0, 2, n)
    found = density_clusters(points, group, eps, min_points)
    assert (found[found] == found).all()
    expected = np.full(len(points), -1)
    for one in np.unique(group):
        members = group == one
        clusterer = DBSCAN(eps=eps, min_samples=min_points)
        expected[members] = clusterer.fit_predict(points[members])
    assert partition(found, [0] * len(found)) == partition(expected, group)


def test_an_outlier_weighs_as_much_as_a_cluster() -> None:
    x = np.array([0.0, 10.0, 20.0, 30.0, 1015.0])
    zero = np.zeros(5, dtype=int)
    features = category_features(x, np.zeros(5), zero, zero, np.array([np.pi]), 1)
    # The cluster's mean is 15 m, the outlier 1,015 m, so the centre is 515 m from both ends.
    assert features[0, 0].tolist() == pytest.approx([0.515, 5 / np.pi])


def test_moving_the_origin_changes_nothing() -> None:
    x, y, *rest = city(300, 3, 4)
    moved = category_features(x + 100_000, y - 2_000_000, *rest, 4)
    np.testing.assert_allclose(moved, category_features(x, y, *rest, 4), atol=1e-6)


def test_a_region_without_pois_has_no_spread_and_no_density() -> None:
    x, y, category, region, _ = city(100, 2, 3)
    features = category_features(x, y, category, region, np.array([1.0, 1.0, 0.5]), 3)
    assert (features[2] == 0).all()
    assert (features[:2] > 0).all()
