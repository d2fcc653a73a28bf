"""The losses against the formulas written as loops."""

from __future__ import annotations

import math

import pytest
import torch

from placeprint.training.contrastive import group_info_nce, info_nce, relation_info_nce

SIZES = [2, 5, 17]
TEMPERATURES = [0.05, 0.2, 0.5]


def randn(n: int, d: int = 6, seed: int = 0, dtype=torch.float64) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def power(u, v, temperature: float) -> float:
    u, v = u.tolist(), v.tolist()
    dot = sum(p * q for p, q in zip(u, v))
    lengths = math.sqrt(sum(p * p for p in u)) * math.sqrt(sum(q * q for q in v))
    return math.exp(dot / lengths / temperature)


def slow_info_nce(anchor, positive, temperature, same) -> float:
    total = 0.0
    for i in range(len(anchor)):
        below = 0.0
        for j in range(len(positive)):
            if j == i or same[j] != same[i]:
                below += power(anchor[i], positive[j], temperature)
        total -= math.log(power(anchor[i], positive[i], temperature) / below)
    return total / len(anchor)


def slow_group_info_nce(anchors, positives, group, temperature) -> float:
    total = 0.0
    for i in range(len(anchors)):
        above = power(anchors[i], positives[i], temperature)
        below = above
        for j in range(len(anchors)):
            if group[j] != group[i]:
                below += power(anchors[i], anchors[j], temperature)
                below += power(anchors[i], positives[j], temperature)
        total -= math.log(above / below)
    return total / len(anchors)


def slow_relation_info_nce(z, positives, temperature) -> float:
    rows = []
    for i in range(len(z)):
        below = sum(power(z[i], z[k], temperature) for k in range(len(z)) if k != i)
        terms = [
            -math.log(power(z[i], z[j], temperature) / below)
            for j in range(len(z))
            if j != i and positives[i, j]
        ]
        if terms:
            rows.append(sum(terms) / len(terms))
    return sum(rows) / len(rows)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_pairs_equal_the_loop(n, temperature) -> None:
    anchor, positive = randn(n), randn(n, seed=1)
    expected = slow_info_nce(anchor, positive, temperature, range(n))
    assert info_nce(anchor, positive, temperature).item() == pytest.approx(expected, abs=1e-6)
    single = info_nce(anchor.float(), positive.float(), temperature).item()
    assert single == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_rows_of_one_group_are_no_negatives(n, temperature) -> None:
    anchor, positive = randn(n), randn(n, seed=1)
    same = torch.arange(n) // 2
    expected = slow_info_nce(anchor, positive, temperature, same.tolist())
    loss = info_nce(anchor, positive, temperature, same=same)
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    if n > 2:
        assert loss < info_nce(anchor, positive, temperature)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("a_group", [1, 2])
def test_groups_equal_the_loop(n, temperature, a_group) -> None:
    anchors, positives = randn(n), randn(n, seed=1)
    group = torch.arange(n) // a_group
    expected = slow_group_info_nce(anchors, positives, group.tolist(), temperature)
    loss = group_info_nce(anchors, positives, group, temperature)
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    single = group_info_nce(anchors.float(), positives.float(), group, temperature).item()
    assert single == pytest.approx(expected, rel=2e-5, abs=1e-6)


def test_a_single_group_costs_nothing() -> None:
    assert group_info_nce(randn(3), randn(3, seed=1), torch.zeros(3), 0.5).item() == 0


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
def test_relations_equal_the_loop(n, temperature, share) -> None:
    z = randn(n)
    positives = torch.rand(n, n, generator=torch.Generator().manual_seed(n)) < share
    positives[0, 1] = True  # one at least
    expected = slow_relation_info_nce(z, positives, temperature)
    loss = relation_info_nce(z, positives, temperature)
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    assert relation_info_nce(z.float(), positives, temperature).item() == pytest.approx(
        expected, rel=2e-5, abs=1e-6
    )


def test_the_diagonal_is_no_relation() -> None:
    z = randn(5)
    positives = torch.zeros(5, 5, dtype=torch.bool)
    positives[0, 3] = positives[3, 0] = True
    with_diagonal = positives | torch.eye(5, dtype=torch.bool)
    assert relation_info_nce(z, with_diagonal, 0.5) == relation_info_nce(z, positives, 0.5)


@pytest.mark.parametrize("n", [1, 4])
def test_a_batch_without_relations_costs_nothing_and_teaches_nothing(n) -> None:
    z = randn(n).requires_grad_()
    loss = relation_info_nce(z, torch.eye(n, dtype=torch.bool), 0.5)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(z.grad, torch.zeros_like(z))


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_gradients_are_finite_in_single_precision_where_all_is_against_it(temperature) -> None:
    x = randn(40, dtype=torch.float32)
    group = torch.arange(40) // 2
    positives = group[:, None] == group[None, :]
    losses = (
        lambda a, p: info_nce(a, p, temperature),
        lambda a, p: info_nce(a, p, temperature, same=group),
        lambda a, p: group_info_nce(a, p, group, temperature),
        lambda a, p: relation_info_nce(torch.cat([a, p])[::2], positives, temperature),
    )
    for loss in losses:
        for sign in (1, -1):
            anchor, positive = x.clone().requires_grad_(), (sign * 1e4 * x).requires_grad_()
            value = loss(anchor, positive)
            value.backward()
            assert torch.isfinite(value)
            assert torch.isfinite(anchor.grad).all()
            assert torch.isfinite(positive.grad).all()


def test_gradients_equal_finite_differences() -> None:
    a, p = randn(5, 3).requires_grad_(), randn(5, 3, seed=1).requires_grad_()
    group = torch.tensor([0, 0, 1, 2, 2])
    positives = group[:, None] == group[None, :]
    assert torch.autograd.gradcheck(lambda a, p: info_nce(a, p, 0.3, same=group), (a, p))
    assert torch.autograd.gradcheck(lambda a, p: group_info_nce(a, p, group, 0.3), (a, p))
    assert torch.autograd.gradcheck(lambda a: relation_info_nce(a, positives, 0.3), (a,))
