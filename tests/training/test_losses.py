from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from placeprint.training import info_nce_kernel, info_nce_tiles, losses, symmetric_info_nce


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


def gradients(loss, tensors):
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    value = loss(*leaves)
    value.backward()
    return value.detach(), [leaf.grad for leaf in leaves]


def pairs(n: int, d: int = 16, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    """Anchors, others that resemble them, and a temperature."""
    generator = torch.Generator().manual_seed(n)
    anchor = torch.randn(n, d, generator=generator, dtype=dtype)
    other = anchor + 2 * torch.randn(n, d, generator=generator, dtype=dtype)
    return [anchor, other, torch.tensor(0.3, dtype=dtype)]


@pytest.mark.parametrize("n", [2, 3, 511, 512, 513, 1300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tiles_equal_the_whole_in_value_and_gradient(monkeypatch, n, dtype) -> None:
    monkeypatch.setattr(info_nce_tiles, "TILE_ENTRIES", 512 * 100)
    tensors = pairs(n, dtype=dtype)
    ours, ours_by = gradients(lambda *x: 3 * symmetric_info_nce(*x), tensors)
    exact = [tensor.double() for tensor in tensors]
    expected, expected_by = gradients(lambda *x: 3 * plain_info_nce(*x), exact)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-12
    assert ours.dtype == dtype
    torch.testing.assert_close(ours.double(), expected, rtol=2 * tolerance, atol=0)
    for one, other in zip(ours_by, expected_by):
        assert (one.double() - other).norm() < tolerance * other.norm()


def test_gradients_of_all_three_arguments_are_those_of_differences() -> None:
    tensors = [tensor.requires_grad_() for tensor in pairs(5, 3)]
    assert torch.autograd.gradcheck(symmetric_info_nce, tensors)


def test_tiles_that_are_kept_and_made_again_and_any_threads_give_the_same_bytes(
    monkeypatch,
) -> None:
    tensors, threads = pairs(1300, dtype=torch.float32), torch.get_num_threads()
    found = []
    try:
        for kept_tiles, number in [(9, 1), (0, 1), (4, 1), (4, 3)]:
            monkeypatch.setattr(info_nce_kernel, "KEPT_BYTES", kept_tiles * 4 * 512**2)
            torch.set_num_threads(number)
            value, by = gradients(symmetric_info_nce, tensors)
            found.append([value, *by])
    finally:
        torch.set_num_threads(threads)
    for other in found[1:]:
        assert all(torch.equal(x, y) for x, y in zip(found[0], other))


@pytest.mark.parametrize(("m", "n"), [(0, 5), (3, 600), (1100, 520), (520, 1100)])
def test_powers_of_strips_that_are_not_square(m, n) -> None:
    generator = torch.Generator().manual_seed(m)
    a, x = (F.normalize(torch.randn(k, 8, generator=generator), dim=1) for k in (m, n))
    u, v = torch.rand(m, generator=generator), torch.rand(n, generator=generator)
    e = ((a.double() @ x.double().T - 1) / 0.2).exp()
    weights = e * (u.double()[:, None] + v.double())
    expected = [e.sum(dim=1), e.sum(dim=0), weights @ x.double(), weights.T @ a.double()]
    for powers in (
        info_nce_kernel.CompiledPowers(a, x, 0.2, twice=True),
        info_nce_tiles.TorchPowers(a, x, torch.tensor(0.2)),
    ):
        found = [*powers.sums(), *powers.weighted(u, v)]
        for one, other in zip(found, expected):
            torch.testing.assert_close(one.double(), other, rtol=3e-6, atol=3e-5)


def test_without_a_gradient_the_value_is_the_same() -> None:
    tensors = pairs(600, dtype=torch.float32)
    value, _ = gradients(symmetric_info_nce, tensors)
    assert torch.equal(symmetric_info_nce(*tensors), value)
    leaves = [tensor.requires_grad_() for tensor in tensors]
    with torch.no_grad():
        assert torch.equal(symmetric_info_nce(*leaves), value)


def test_halves_of_mixed_precision_are_contrasted_in_single_precision() -> None:
    anchor, other, _ = pairs(50, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = symmetric_info_nce(anchor.bfloat16(), other.bfloat16(), 0.3)
    exact = symmetric_info_nce(anchor.bfloat16().float(), other.bfloat16().float(), 0.3)
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, exact)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_smallest_temperature_neither_overflows_nor_vanishes(dtype) -> None:
    x = torch.randn(40, 8, generator=torch.Generator().manual_seed(0), dtype=dtype)
    loss = symmetric_info_nce(x, -x, losses.MIN_TEMPERATURE)
    torch.testing.assert_close(loss, plain_info_nce(x, -x, losses.MIN_TEMPERATURE))
