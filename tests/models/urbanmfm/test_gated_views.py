from __future__ import annotations

from itertools import product

import pytest
import torch

from placeprint.errors import InputError
from placeprint.models.urbanmfm.facing import DIRECTIONS
from placeprint.models.urbanmfm.gated_views import GatedViews

EVERY = [
    (mask, facing) for mask in product([False, True], repeat=4) if any(mask) for facing in range(4)
]


def fusion(dim: int = 5, seed: int = 0) -> GatedViews:
    return GatedViews(dim, generator=torch.Generator().manual_seed(seed)).double()


def groups(dim: int = 5):
    """All 15 incomplete or complete groups, seen from all four sides; absent views are NaN."""
    present = torch.tensor([mask for mask, _ in EVERY])
    facing = torch.tensor([facing for _, facing in EVERY])
    generator = torch.Generator().manual_seed(1)
    views = torch.randn(len(EVERY), 4, dim, generator=generator, dtype=torch.float64)
    views[~present] = torch.nan
    return views, present, facing


def angle(one: int, other: int) -> tuple[int, int]:
    """Degrees between two directions, and which is the next clockwise of two equally near."""
    clockwise = 90 * ((other - one) % 4)
    return min(clockwise, 360 - clockwise), clockwise


def slow_fusion(fuse: GatedViews, views, present, facing) -> torch.Tensor:
    results = []
    for row in range(len(views)):
        there = [d for d in range(4) if present[row, d]]
        chosen = min(there, key=lambda d: angle(int(facing[row]), d))
        anchor = views[row, chosen]
        rest = [views[row, d] for d in there if d != chosen]
        if not rest:
            results.append(anchor)
            continue
        context = sum(rest) / len(rest)
        logits = fuse.gate.weight @ torch.cat([anchor, context]) + fuse.gate.bias
        weights = logits.exp() / logits.exp().sum()
        results.append(weights[0] * anchor + weights[1] * context)
    return torch.stack(results)


@pytest.mark.parametrize("dim", [1, 5, 16])
def test_equals_the_loop_for_every_group_that_can_be(dim) -> None:
    fuse = fusion(dim)
    torch.testing.assert_close(fuse(*groups(dim)), slow_fusion(fuse, *groups(dim)))


@pytest.mark.parametrize(
    ("there", "facing", "stands_in"),
    [("ESWN", "W", "W"), ("SWN", "E", "S"), ("WN", "E", "N"), ("W", "E", "W"), ("EN", "W", "N")],
)
def test_the_nearest_direction_stands_in(there, facing, stands_in) -> None:
    fuse = fusion()
    views = torch.zeros(1, 4, 5).double()
    views[0, DIRECTIONS.index(stands_in)] = 1.0
    present = torch.tensor([[direction in there for direction in DIRECTIONS]])
    fused = fuse(views, present, torch.tensor([DIRECTIONS.index(facing)]))
    context_and_facing = torch.zeros(10).double()
    context_and_facing[:5] = 1
    share = fuse.gate(context_and_facing).softmax(0)[0] if len(there) > 1 else 1.0
    torch.testing.assert_close(fused, torch.ones(1, 5).double() * share)


def test_absent_views_are_never_read_and_give_no_gradient() -> None:
    fuse = fusion()
    views, present, facing = groups()
    fused = fuse(views.requires_grad_(), present, facing)
    fused.sum().backward()
    assert torch.isfinite(fused).all()
    assert (views.grad[~present] == 0).all()
    assert torch.isfinite(fuse.gate.weight.grad).all()
    assert fuse.gate.weight.grad.abs().max() > 0


def test_a_group_without_images_is_refused() -> None:
    views, present, facing = groups()
    present[7] = False
    with pytest.raises(InputError, match="has no image"):
        fusion()(views, present, facing)


def test_weights_follow_the_seed() -> None:
    assert torch.equal(fusion().gate.weight, fusion().gate.weight)
    assert not torch.equal(fusion().gate.weight, fusion(seed=1).gate.weight)
