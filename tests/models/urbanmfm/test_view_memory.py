from __future__ import annotations

import math

import pytest
import torch

from placeprint.models.urbanmfm.view_memory import view_memory


def pairs(p: int, m: int, d: int = 4):
    generator = torch.Generator().manual_seed(m)
    text = torch.randn(p, d, generator=generator, dtype=torch.float64)
    views = torch.randn(m, d, generator=generator, dtype=torch.float64)
    poi = torch.randint(0, p, (m,), generator=generator).sort().values
    distance = 1000 * torch.rand(m, generator=generator, dtype=torch.float64)
    return text, views, poi, distance


def slow_memory(text, views, poi, distance, max_distance, temperature):
    results, seen = [], []
    for i in range(len(text)):
        mine = [k for k in range(len(views)) if poi[k] == i]
        seen.append(bool(mine))
        if not mine:
            results.append(torch.full_like(text[i], torch.nan))
            continue
        powers = []
        for k in mine:
            similar = float(text[i] @ views[k] / text[i].norm() / views[k].norm())
            prior = max_distance / (float(distance[k]) + max_distance)
            powers.append(math.exp(similar * prior / temperature))
        results.append(sum(w * views[k] for w, k in zip(powers, mine)) / sum(powers))
    return torch.stack(results), torch.tensor(seen)


@pytest.mark.parametrize(("p", "m"), [(1, 0), (1, 1), (5, 3), (8, 40), (3, 60)])
@pytest.mark.parametrize("temperature", [0.05, 0.5])
@pytest.mark.parametrize("max_distance", [200.0, 1000.0])
def test_equals_the_loop(p, m, temperature, max_distance) -> None:
    data = pairs(p, m)
    expected, expected_seen = slow_memory(*data, max_distance, temperature)
    memory, seen = view_memory(*data, max_distance, temperature)
    assert torch.equal(seen, expected_seen)
    torch.testing.assert_close(memory, expected, equal_nan=True)
    text, views, poi, distance = data
    single, _ = view_memory(
        text.float(), views.float(), poi, distance.float(), max_distance, temperature
    )
    torch.testing.assert_close(single, expected.float(), atol=1e-5, rtol=1e-5, equal_nan=True)


def test_the_nearer_of_two_like_views_counts_more() -> None:
    text = torch.tensor([[1.0, 0.0]])
    views = torch.tensor([[1.0, 0.5], [1.0, -0.5]])
    memory, _ = view_memory(text, views, torch.zeros(2).long(), torch.tensor([900.0, 10]), 1e3, 0.5)
    assert memory[0, 1] < 0


def test_pois_without_views_disturb_no_gradient() -> None:
    text, views, poi, distance = pairs(8, 5)
    text.requires_grad_()
    views.requires_grad_()
    memory, seen = view_memory(text, views, poi, distance, 1000.0, 0.5)
    assert not seen.all()
    memory[seen].square().sum().backward()
    assert torch.isfinite(text.grad).all()
    assert torch.isfinite(views.grad).all()
    assert views.grad.abs().max() > 0
