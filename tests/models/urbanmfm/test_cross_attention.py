from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from placeprint.errors import InputError
from placeprint.models.urbanmfm.cross_attention import ResidualCrossAttention


def attention(dim: int = 8, heads: int = 2, seed: int = 0) -> ResidualCrossAttention:
    generator = torch.Generator().manual_seed(seed)
    return ResidualCrossAttention(dim, heads=heads, generator=generator).double()


def places(n: int, dim: int = 8):
    generator = torch.Generator().manual_seed(n)
    return torch.randn(2, n, dim, generator=generator, dtype=torch.float64)


def slow_attention(layer, tokens):
    """Multi-head attention over a list of tokens, head by head."""
    query, key, value = layer.projections.weight.chunk(3)
    of_query, of_key, of_value = layer.projections.bias.chunk(3)
    dim = len(tokens[0])
    width = dim // layer.heads
    results = []
    for token in tokens:
        parts = []
        for h in range(layer.heads):
            rows = slice(h * width, (h + 1) * width)
            q = query[rows] @ token + of_query[rows]
            powers, values = [], []
            for other in tokens:
                k = key[rows] @ other + of_key[rows]
                powers.append(torch.exp(q @ k / math.sqrt(width)))
                values.append(value[rows] @ other + of_value[rows])
            parts.append(sum(p * v for p, v in zip(powers, values)) / sum(powers))
        results.append(layer.output.weight @ torch.cat(parts) + layer.output.bias)
    return results


@pytest.mark.parametrize("n", [0, 1, 7])
@pytest.mark.parametrize(("dim", "heads"), [(8, 1), (8, 4), (12, 3)])
def test_equals_the_loop(n, dim, heads) -> None:
    attend = attention(dim, heads)
    text, view = places(n, dim)
    poi, svi = attend(text, view)
    assert poi.shape == svi.shape == (n, dim)
    for i in range(n):
        tokens = [text[i], view[i]]
        for layer in attend.layers:
            tokens = slow_attention(layer, tokens)
        torch.testing.assert_close(poi[i], text[i] + tokens[0])
        torch.testing.assert_close(svi[i], view[i] + tokens[1])


def test_a_layer_equals_that_of_the_library() -> None:
    layer = attention(12, 3).layers[0]
    theirs = nn.MultiheadAttention(12, 3, batch_first=True).double()
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = (
        layer.projections.weight.data,
        layer.projections.bias.data,
    )
    theirs.out_proj.weight.data, theirs.out_proj.bias.data = (
        layer.output.weight.data,
        layer.output.bias.data,
    )
    tokens = places(5, 12).transpose(0, 1)
    torch.testing.assert_close(layer(tokens), theirs(tokens, tokens, tokens)[0])


def test_each_hears_the_other_and_every_weight_learns() -> None:
    attend = attention()
    text, view = places(6)
    assert not torch.allclose(attend(text, view)[0], attend(text, view + 1)[0])
    assert not torch.allclose(attend(text, view)[1], attend(text + 1, view)[1])
    poi, svi = attend(text, view)
    (poi.square().sum() + svi.square().sum()).backward()
    for layer in attend.layers:
        query = layer.projections.weight.grad[:8]
        assert query.abs().max() > 1e-6
        assert layer.output.weight.grad.abs().max() > 1e-6


def test_the_two_layers_have_weights_of_their_own_and_follow_the_seed() -> None:
    one, same, other = attention(), attention(), attention(seed=1)
    weights = [layer.projections.weight for layer in one.layers]
    assert not torch.equal(*weights)
    assert torch.equal(weights[1], same.layers[1].projections.weight)
    assert not torch.equal(weights[1], other.layers[1].projections.weight)


def test_heads_that_do_not_divide_the_dimensions_are_refused() -> None:
    with pytest.raises(InputError, match="3 attention heads cannot share 8 dimensions"):
        attention(8, 3)
