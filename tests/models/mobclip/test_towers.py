from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, random_array

from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.models.feature_tower import FeatureTower
from placeprint.models.mobclip.graph_tower import GraphTower


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("mlp", [False, True])
def test_a_feature_tower_is_a_head_over_standardised_features(mlp) -> None:
    x = torch.randn(50, 6, generator=generator(1)) * 30 + 100
    x[:, 2] = 4.0  # does not vary
    tower = FeatureTower(6, 8, mlp=mlp, generator=generator())
    tower.standardise(x)
    columns = [
        (x[:, j] - x[:, j].mean()) / (x[:, j].std(correction=0) if j != 2 else 1) for j in range(6)
    ]
    z = torch.stack(columns, dim=1)
    assert z[:, 2].abs().max() == 0
    weights = dict(tower.head.named_parameters())
    if mlp:
        hidden = torch.relu(z @ weights["0.weight"].T + weights["0.bias"])
        assert hidden.shape == (50, 64)
        expected = hidden @ weights["2.weight"].T + weights["2.bias"]
    else:
        expected = z @ weights["0.weight"].T + weights["0.bias"]
    torch.testing.assert_close(tower(x), expected, atol=1e-5, rtol=1e-5)


def test_weights_follow_the_seed() -> None:
    one, same, other = (
        FeatureTower(4, 3, mlp=True, generator=generator(seed)).state_dict() for seed in (0, 0, 1)
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["head.0.weight"], other["head.0.weight"])
    assert one["head.0.weight"].abs().max() <= 4**-0.5


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_a_graph_tower_is_a_sum_of_powers(layers) -> None:
    half = random_array((12, 12), density=0.2, rng=np.random.default_rng(0))
    adjacency = NormalisedAdjacency.of(csr_array(half + half.T))
    features = torch.randn(12, 5, generator=generator())
    tower = GraphTower(features, layers)
    dense = torch.tensor(adjacency.to_scipy().toarray())
    expected = sum(torch.linalg.matrix_power(dense, hop) @ features for hop in range(layers + 1))
    torch.testing.assert_close(tower(adjacency), expected, atol=1e-5, rtol=1e-5)
    other = torch.randn(12, 5, generator=generator(2))
    replaced = sum(torch.linalg.matrix_power(dense, hop) @ other for hop in range(layers + 1))
    torch.testing.assert_close(tower(adjacency, other), replaced, atol=1e-5, rtol=1e-5)
    some = torch.tensor([7, 0])
    torch.testing.assert_close(tower(adjacency, only=some), expected[some], atol=1e-5, rtol=1e-5)


def test_the_features_of_the_nodes_are_learned_from_a_copy() -> None:
    features = torch.ones(3, 2)
    tower = GraphTower(features, 1)
    assert tower.features.requires_grad
    with torch.no_grad():
        tower.features += 1
    assert features.max() == 1
