from __future__ import annotations

import math

import pytest
import torch

from placeprint.models.urbanmfm.gated_fusion import GatedFusion


def fusion(dim: int, seed: int = 0) -> GatedFusion:
    return GatedFusion(dim, generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize("n", [0, 1, 9])
@pytest.mark.parametrize("dim", [1, 6])
def test_equals_the_loop(n, dim) -> None:
    fuse = fusion(dim)
    generator = torch.Generator().manual_seed(n)
    poi, svi = torch.randn(2, n, dim, generator=generator, dtype=torch.float64)
    fused = fuse(poi, svi)
    weight, bias = fuse.gate.weight.tolist(), fuse.gate.bias.tolist()
    for i in range(n):
        both = [*poi[i].tolist(), *svi[i].tolist()]
        for k in range(dim):
            inside = sum(w * x for w, x in zip(weight[k], both)) + bias[k]
            gate = 1 / (1 + math.exp(-max(inside, 0.0)))
            expected = gate * float(poi[i, k]) + (1 - gate) * float(svi[i, k])
            assert fused[i, k].item() == pytest.approx(expected)


def test_the_relu_keeps_the_first_from_counting_less_than_the_second() -> None:
    fuse = fusion(4)
    with torch.no_grad():
        fuse.gate.weight.zero_()
        fuse.gate.bias.copy_(torch.tensor([-5.0, 0.0, 1.0, 50.0]))
    gate = fuse(torch.ones(1, 4).double(), torch.zeros(1, 4).double())[0].detach()
    torch.testing.assert_close(gate[:3].float(), torch.tensor([0.5, 0.5, 0.7310586]))
    assert gate[3] == pytest.approx(1.0)


def test_weights_follow_the_seed() -> None:
    assert torch.equal(fusion(3).gate.weight, fusion(3).gate.weight)
    assert not torch.equal(fusion(3).gate.weight, fusion(3, seed=1).gate.weight)
