from __future__ import annotations

import math

import pytest
import torch

from placeprint.models.urbanmfm.segments import segment_mean, segment_softmax


def drawn(m: int, *shape: int):
    generator = torch.Generator().manual_seed(m)
    values = torch.randn(m, *shape, generator=generator, dtype=torch.float64)
    return values, torch.randint(0, 5, (m,), generator=generator)


@pytest.mark.parametrize("m", [0, 1, 7, 60])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_softmax_equals_the_loop(m, shape) -> None:
    logits, segment = drawn(m, *shape)
    weights = segment_softmax(logits, segment, 6)
    for i in range(m):
        below = sum(logits[k].exp() for k in range(m) if segment[k] == segment[i])
        torch.testing.assert_close(weights[i], logits[i].exp() / below)


def test_softmax_neither_overflows_nor_vanishes() -> None:
    logits = torch.tensor([1e4, 1e4, -1e4, -1e4 - 1]).requires_grad_()
    weights = segment_softmax(logits, torch.tensor([0, 0, 1, 1]), 2)
    share = math.e / (1 + math.e)
    torch.testing.assert_close(weights.detach(), torch.tensor([0.5, 0.5, share, 1 - share]))
    weights[0].backward()
    assert torch.isfinite(logits.grad).all()


def test_softmax_has_the_gradient_of_the_formula() -> None:
    logits, segment = drawn(9, 2)
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: segment_softmax(x, segment, 5), (logits,))


@pytest.mark.parametrize("m", [0, 1, 7, 60])
def test_mean_equals_the_loop(m) -> None:
    values, segment = drawn(m, 3)
    means = segment_mean(values, segment, 6)
    assert means.shape == (6, 3)
    for s in range(6):
        rows = [values[i] for i in range(m) if segment[i] == s]
        expected = sum(rows) / len(rows) if rows else torch.full((3,), torch.nan).double()
        torch.testing.assert_close(means[s], expected, equal_nan=True)


def test_an_empty_segment_leaves_the_gradient_finite() -> None:
    values = torch.ones(2, 3, requires_grad=True)
    segment_mean(values, torch.tensor([0, 2]), 3)[[0, 2]].sum().backward()
    assert torch.equal(values.grad, torch.ones(2, 3))
