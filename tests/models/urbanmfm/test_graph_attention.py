"""Attention over edges against attention over a dense matrix, written as loops."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from placeprint.errors import InputError
from placeprint.models.urbanmfm.graph_attention import GraphAttention

VERSIONS = ["gat", "gatv2"]


def layer(version: str = "gat", heads: int = 2, seed: int = 0) -> GraphAttention:
    generator = torch.Generator().manual_seed(seed)
    return GraphAttention(3, 8, heads=heads, version=version, generator=generator).double()


def graph(n: int, e: int, seed: int = 0):
    """Values, edges without loops (some may come twice), weights."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    edges = torch.randint(0, n, (2, e), generator=generator)
    edges = edges[:, edges[0] != edges[1]]
    weights = torch.rand(edges.shape[1], generator=generator, dtype=torch.float64) + 0.01
    return values, edges, weights


def slow_attention(layer: GraphAttention, values, edges, weights) -> torch.Tensor:
    links = list(zip(edges[0].tolist(), edges[1].tolist(), weights))
    width = layer.source.out_features // layer.heads
    results = []
    for i in range(len(values)):
        arriving = [(j, w) for j, target, w in links if target == i]
        own = max((w for _, w in arriving), default=torch.tensor(1.0))
        arriving.append((i, own))
        heads = []
        for h in range(layer.heads):
            rows = slice(h * width, (h + 1) * width)
            source = layer.source.weight[rows]
            powers, messages = [], []
            for j, w in arriving:
                if layer.target is None:
                    joined = torch.cat([source @ values[i], source @ values[j]])
                    s = F.leaky_relu(layer.attention[:, h].flatten() @ joined, 0.2)
                else:
                    both = torch.cat([layer.target.weight[rows], source], dim=1)
                    joined = both @ torch.cat([values[i], values[j]])
                    s = layer.attention[h] @ F.leaky_relu(joined, 0.2)
                powers.append(w * s.exp())
                messages.append(source @ values[j])
            heads.append(sum(p * m for p, m in zip(powers, messages)) / sum(powers))
        results.append(layer.output(torch.cat(heads)))
    return torch.stack(results)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize(("n", "e"), [(1, 0), (2, 1), (5, 12), (15, 40)])
def test_equals_the_loop(version, heads, n, e) -> None:
    attend = layer(version, heads)
    values, edges, weights = graph(n, e)
    expected = slow_attention(attend, values, edges, weights)
    torch.testing.assert_close(attend(values, edges, weights), expected)
    single = attend.float()(values.float(), edges, weights.float())
    torch.testing.assert_close(single, expected.float(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("version", VERSIONS)
def test_nodes_in_another_order_give_the_results_in_that_order(version) -> None:
    attend = layer(version)
    values, edges, weights = graph(12, 40)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    shuffled = attend(values[order], order.argsort()[edges], weights)
    torch.testing.assert_close(shuffled, attend(values, edges, weights)[order])


@pytest.mark.parametrize("version", VERSIONS)
def test_edges_in_another_order_change_nothing(version) -> None:
    attend = layer(version)
    values, edges, weights = graph(12, 40)
    order = torch.randperm(edges.shape[1], generator=torch.Generator().manual_seed(1))
    shuffled = attend(values, edges[:, order], weights[order])
    torch.testing.assert_close(shuffled, attend(values, edges, weights))


@pytest.mark.parametrize("version", VERSIONS)
def test_graphs_side_by_side_equal_each_alone(version) -> None:
    attend = layer(version)
    graphs = [graph(n, 3 * n, seed=n) for n in (4, 1, 9)]
    offsets = [0, 4, 5]
    together = attend(
        torch.cat([values for values, _, _ in graphs]),
        torch.cat([edges + start for (_, edges, _), start in zip(graphs, offsets)], dim=1),
        torch.cat([weights for _, _, weights in graphs]),
    )
    torch.testing.assert_close(together, torch.cat([attend(*one) for one in graphs]))


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_ratios_of_weights_matter(version) -> None:
    attend = layer(version)
    values, edges, weights = graph(8, 30)
    expected = attend(values, edges, weights)
    torch.testing.assert_close(attend(values, edges, weights / 1000), expected)
    assert not torch.allclose(attend(values, edges, weights**2), expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_that_no_edge_reaches_keeps_its_transformed_value(version) -> None:
    attend = layer(version)
    values = graph(3, 0)[0]
    results = attend(values, torch.tensor([[0], [1]]), torch.tensor([0.5]).double())
    torch.testing.assert_close(results[[0, 2]], attend.output(attend.source(values[[0, 2]])))
    assert not torch.allclose(results[1], attend.output(attend.source(values[1])))


@pytest.mark.parametrize("version", VERSIONS)
def test_gradients_are_those_of_the_formula_and_reach_every_weight(version) -> None:
    attend = layer(version)
    values, edges, weights = graph(5, 12)
    values.requires_grad_()
    weights.requires_grad_()
    assert torch.autograd.gradcheck(lambda v, w: attend(v, edges, w), (values, weights))
    attend(values, edges, weights).square().sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in attend.parameters())


@pytest.mark.parametrize("version", VERSIONS)
def test_large_values_and_extreme_weights_stay_finite(version) -> None:
    attend = layer(version).float()
    values, edges, _ = graph(8, 30)
    weights = torch.logspace(-12, 12, edges.shape[1])
    large = (1e3 * values.float()).requires_grad_()
    results = attend(large, edges, weights)
    results.sum().backward()
    assert torch.isfinite(results).all()
    assert torch.isfinite(large.grad).all()


@pytest.mark.parametrize("version", VERSIONS)
def test_weights_follow_the_seed(version) -> None:
    one, same, other = (layer(version, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


def test_heads_that_do_not_divide_the_dimensions_are_refused() -> None:
    with pytest.raises(InputError, match="3 attention heads cannot share 8 dimensions"):
        layer(heads=3)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_edges_without_weight_are_refused(weight) -> None:
    values, edges, weights = graph(5, 12)
    weights[3] = weight
    with pytest.raises(InputError, match="no positive weight"):
        layer()(values, edges, weights)
