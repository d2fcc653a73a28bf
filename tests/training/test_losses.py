from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from placeprint.training import losses, symmetric_info_nce


def slow_info_nce(anchor, other, temperature) -> float:
    n = len(anchor)
    unit = [[v / math.sqrt(sum(x * x for x in row)) for v in row] for row in (*anchor, *other)]
    a, b = unit[:n], unit[n:]
    scores = [[sum(p * q for p, q in zip(u, v)) / temperature for v in b] for u in a]
    total = 0.0
    for i in range(n):
        row = sum(math.exp(scores[i][j]) for j in range(n))
        column = sum(math.exp(scores[j][i]) for j in range(n))
        total -= math.log(math.exp(scores[i][i]) / row)
        total -= math.log(math.exp(scores[i][i]) / column)
    return total / (2 * n)


@pytest.mark.parametrize("n", [2, 5, 17])
@pytest.mark.parametrize("temperature", [0.2, 0.7])
def test_equals_the_formula_written_as_loops(n, temperature) -> None:
    generator = torch.Generator().manual_seed(n)
    anchor = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    other = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    expected = slow_info_nce(anchor.tolist(), other.tolist(), temperature)
    assert symmetric_info_nce(anchor, other, temperature).item() == pytest.approx(expected)


def test_is_symmetric_and_lower_for_matches() -> None:
    x = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))
    shuffled = x.roll(1, dims=0)
    assert symmetric_info_nce(x, shuffled, 0.5).item() == pytest.approx(
        symmetric_info_nce(shuffled, x, 0.5).item()
    )
    assert symmetric_info_nce(x, x, 0.5) < symmetric_info_nce(x, shuffled, 0.5)


def plain_info_nce(anchor, other, temperature):
    logits = F.normalize(anchor, dim=1) @ F.normalize(other, dim=1).T / temperature
    targets = torch.arange(len(anchor))
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


@pytest.mark.parametrize("n", [3, losses.TILE - 1, losses.TILE, losses.TILE + 1, 1300])
def test_tiles_equal_the_whole_in_value_and_gradient(n) -> None:
    generator = torch.Generator().manual_seed(n)
    tensors = [torch.randn(n, 6, generator=generator, dtype=torch.float64) for _ in range(2)]
    tensors.append(torch.tensor(0.3, dtype=torch.float64))
    tiled = [tensor.clone().requires_grad_() for tensor in tensors]
    plain = [tensor.clone().requires_grad_() for tensor in tensors]
    ours, expected = 3 * symmetric_info_nce(*tiled), 3 * plain_info_nce(*plain)
    ours.backward()
    expected.backward()
    torch.testing.assert_close(ours, expected)
    for one, other in zip(tiled, plain):
        torch.testing.assert_close(one.grad, other.grad)


def test_the_smallest_temperature_neither_overflows_nor_vanishes() -> None:
    x = torch.randn(40, 8, generator=torch.Generator().manual_seed(0))
    loss = symmetric_info_nce(x, -x, losses.MIN_TEMPERATURE)
    torch.testing.assert_close(loss, plain_info_nce(x, -x, losses.MIN_TEMPERATURE))
