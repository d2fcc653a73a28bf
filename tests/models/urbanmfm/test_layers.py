from __future__ import annotations

import pytest
import torch

from placeprint.models.urbanmfm.layers import linear, uniform


def drawn(seed: int):
    generator = torch.Generator().manual_seed(seed)
    layer = linear(16, 40, generator=generator)
    return layer.weight, layer.bias, uniform(2, 50, 16, generator=generator)


def test_weights_follow_the_generator_alone() -> None:
    before = torch.get_rng_state()
    one, same, other = drawn(0), drawn(0), drawn(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(x, y) for x, y in zip(one, same))
    assert not any(torch.equal(x, y) for x, y in zip(one, other))


def test_weights_fill_their_range() -> None:
    for values in drawn(0):
        assert values.abs().max() <= 0.25
        assert values.std().item() == pytest.approx(0.25 / 3**0.5, rel=0.15)


def test_a_map_without_bias() -> None:
    assert linear(3, 2, generator=torch.Generator(), bias=False).bias is None
