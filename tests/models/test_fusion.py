"""The five steps of the fusion against an explicit reference."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from placeprint.models.fusion import FusedGroup, Fusion, Group

N = 25


def random_walk(n: int = N, seed: int = 0) -> csr_array:
    rng = np.random.default_rng(seed)
    weights = rng.exponential(size=(n, n)) * (rng.random((n, n)) < 0.3)
    weights = np.triu(weights, 1) + np.eye(n, k=1)
    weights = weights + weights.T
    return csr_array(weights / weights.sum(axis=1, keepdims=True))


@pytest.fixture
def groups() -> list[Group]:
    rng = np.random.default_rng(1)
    described = rng.normal(size=(N, 6)) * [1, 10, 0.1, 3, 5, 0] + 4
    described[[2, 9]] = np.nan
    wide = rng.normal(size=(N, 40))
    profile = rng.normal(size=(N, 3)) * [3, 2, 1]
    profile[4] = np.nan
    return [
        Group("described", described, hops=2, components=3),
        Group("wide", wide, hops=1, components=5),
        Group("profile", profile, components=None, weight=2.5, reliability=0.6),
    ]


def upright(vectors: np.ndarray) -> np.ndarray:
    """Columns whose entry of largest magnitude is positive."""
    for column in vectors.T:
        column *= np.sign(column[np.abs(column).argmax()])
    return vectors


def slow_step(partners: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Weighted mean over the partners that have the group, one region at a time."""
    arrived = np.full_like(h, np.nan)
    for u in range(len(h)):
        having = [v for v in range(len(h)) if partners[u, v] > 0 and not np.isnan(h[v]).any()]
        if having:
            weights = partners[u, having]
            arrived[u] = (weights[:, None] * h[having]).sum(axis=0) / weights.sum()
    return arrived


def slow_group(group: Group, partners: np.ndarray | None) -> np.ndarray:
    h, reliability = group.features, group.reliability
    if group.components is not None:  # step 2
        known = ~np.isnan(h).any(axis=1)
        scale = h[known].std(axis=0)
        z = (h[known] - h[known].mean(axis=0)) / np.where(scale > 1e-8, scale, 1)
        _, singular, axes = np.linalg.svd(z, full_matrices=False)
        reliability *= (singular[: group.components] ** 2).sum() / (singular**2).sum()
        reduced = np.full((len(h), group.components), np.nan)
        reduced[known] = z @ upright(axes[: group.components].T)
        h = reduced
    levels = [h]
    if partners is not None:  # step 3
        for _ in range(group.hops):
            levels.append(slow_step(partners, levels[-1]))
        if group.hops:
            levels[0] = np.where(np.isnan(h), levels[1], h)
    stack = np.hstack(levels)
    centred = np.nan_to_num(stack - np.nanmean(stack, axis=0))
    spread = np.sqrt(np.nanvar(stack, axis=0).sum())
    return group.weight * reliability * centred / spread  # step 4


def slow_fusion(groups: list[Group], partners: np.ndarray | None, dim: int, seed: int):
    joined = np.hstack([slow_group(group, partners) for group in groups])
    values, axes = np.linalg.eigh(joined.T @ joined / len(joined))  # step 5
    axes = upright(axes[:, ::-1][:, :dim])
    scale = np.sqrt(dim / values[::-1][:dim].sum())
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]
    return joined, joined @ axes @ rotation[: axes.shape[1]] * scale


def by_name(groups: list[Group]) -> dict[str, np.ndarray]:
    return {group.name: group.features for group in groups}


@pytest.mark.parametrize("dim", [2, 6, 12])
@pytest.mark.parametrize("walk", [True, False])
def test_equals_the_five_steps(groups, dim, walk) -> None:
    partners = random_walk() if walk else None
    fusion = Fusion.fit(groups, partners, dim=dim, seed=3)
    _, expected = slow_fusion(groups, partners.toarray() if walk else None, dim, 3)
    embedding = fusion.transform(by_name(groups), partners)
    assert embedding.dtype == np.float32
    np.testing.assert_allclose(embedding, expected, atol=2e-4)


def distances(x: np.ndarray) -> np.ndarray:
    return np.array([np.linalg.norm(x[i] - x[j]) for i, j in combinations(range(len(x)), 2)])


def test_the_rotation_keeps_distances(groups) -> None:
    partners = random_walk()
    joined, _ = slow_fusion(groups, partners.toarray(), 12, 0)
    whole = Fusion.fit(groups, partners, dim=30, seed=0).transform(by_name(groups), partners)
    ratio = distances(whole) / distances(joined)
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-3)
    turned = Fusion.fit(groups, partners, dim=30, seed=1).transform(by_name(groups), partners)
    np.testing.assert_allclose(distances(turned), distances(whole), rtol=1e-3)
    assert not np.allclose(turned, whole, atol=0.1)


def test_the_mean_variance_of_the_columns_is_one(groups) -> None:
    embedding = Fusion.fit(groups, random_walk(), dim=8, seed=0).transform(
        by_name(groups), random_walk()
    )
    assert (embedding**2).mean() == pytest.approx(1.0, rel=1e-3)


def test_standardising_changes_little() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 40)) @ rng.normal(size=(40, 40))
    fusion = Fusion.fit([Group("x", x, components=40)], None, dim=40, seed=0)
    deviations = fusion.transform({"x": x}, None).std(axis=0)
    components = (fusion.groups["x"].transform(x, None) @ fusion.loadings).std(axis=0)
    assert deviations.max() / deviations.min() < 0.1 * components.max() / components.min()


def test_travel_is_a_power_of_the_random_walk() -> None:
    partners, x = random_walk(), np.random.default_rng(0).normal(size=(N, 4))
    group = FusedGroup.fit(Group("x", x, hops=3, components=None), partners)
    stack = group.transform(x, partners) / group.factor + group.centre
    for hop in range(4):
        expected = np.linalg.matrix_power(partners.toarray(), hop) @ x
        np.testing.assert_allclose(stack[:, 4 * hop : 4 * hop + 4], expected, atol=1e-5)


def test_a_region_that_lacks_a_group_takes_what_its_partners_have() -> None:
    partners, x = random_walk(), np.random.default_rng(0).normal(size=(N, 4))
    x[6] = np.nan
    group = FusedGroup.fit(Group("x", x, hops=1, components=None), partners)
    stack = group.transform(x, partners) / group.factor + group.centre
    row = partners.toarray()[6]
    expected = (row[:, None] * np.nan_to_num(x)).sum(axis=0) / row.sum()
    np.testing.assert_allclose(stack[6, :4], expected, atol=1e-5)
    np.testing.assert_allclose(stack[6, 4:], expected, atol=1e-5)


def test_a_group_that_nobody_near_has_counts_as_its_mean() -> None:
    x = np.random.default_rng(0).normal(size=(N, 4))
    x[6] = np.nan
    group = FusedGroup.fit(Group("x", x, components=None), None)
    np.testing.assert_array_equal(group.transform(x, None)[6], 0)


def test_a_group_weighs_what_its_components_explain() -> None:
    rng = np.random.default_rng(0)
    line = np.outer(rng.normal(size=200), np.ones(10))
    noise = rng.normal(size=(200, 10))
    variances = []
    for features in (line, noise):
        group = FusedGroup.fit(Group("x", features, components=2), None)
        variance = group.transform(features, None).var(axis=0).sum()
        assert variance == pytest.approx(group.components.explained**2)
        variances.append(variance)
    assert variances[0] == pytest.approx(1)
    assert variances[1] < 0.2


def test_a_group_that_does_not_vary_adds_nothing(groups) -> None:
    constant = Group("constant", np.full((N, 3), 7.0))
    with_it = Fusion.fit([*groups, constant], None, dim=8, seed=0)
    vectors = with_it.transform({**by_name(groups), "constant": constant.features}, None)
    without = Fusion.fit(groups, None, dim=8, seed=0).transform(by_name(groups), None)
    np.testing.assert_allclose(vectors, without, atol=1e-5)


def test_fewer_regions_than_dimensions() -> None:
    x = np.random.default_rng(0).normal(size=(5, 9))
    fusion = Fusion.fit([Group("x", x)], random_walk(5), dim=16, seed=0)
    embedding = fusion.transform({"x": x}, random_walk(5))
    assert embedding.shape == (5, 16)
    joined, _ = slow_fusion([Group("x", x, components=4)], random_walk(5).toarray(), 4, 0)
    ratio = distances(embedding) / distances(joined)
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-3)


def test_a_region_is_embedded_by_its_own_features(groups) -> None:
    fusion = Fusion.fit(groups, None, dim=8, seed=0)
    whole = fusion.transform(by_name(groups), None)
    part = fusion.transform({name: x[3:8] for name, x in by_name(groups).items()}, None)
    np.testing.assert_allclose(part, whole[3:8], atol=1e-6)
