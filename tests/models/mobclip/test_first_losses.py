"""Ten steps of training against ten plain ones: the whole graph, whole logits, torch's gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from placeprint.models import MobCLIPConfig
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features
from placeprint.training import Trainer

MODALITIES = ("poi", "image")


class Plain:
    """The published step over regions that have all views."""

    def __init__(self, model: MobCLIP, views) -> None:
        self.temperatures = {name: model.temperature(name).item() for name in MODALITIES}
        self.weights = {
            name: value.detach().clone().requires_grad_()
            for name, value in model.named_parameters()
            if "temperature" not in name
        }
        matrix = views.adjacency.to_scipy().tocoo()
        self.adjacency = torch.sparse_coo_tensor(
            torch.tensor(np.stack([matrix.row, matrix.col])),
            torch.tensor(matrix.data),
            matrix.shape,
            check_invariants=False,
        )
        self.features, self.rows = {}, views.rows
        for name in MODALITIES:
            tower = model.towers[name]
            values = torch.tensor(views.features[name].to_numpy())
            self.features[name] = (values - tower.mean) / tower.scale
        matrices = [w for w in self.weights.values() if w.ndim > 1]
        biases = [w for w in self.weights.values() if w.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": 1e-3},
            {"params": biases, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3)

    def step(self, batch: torch.Tensor) -> float:
        layers = [self.weights["graph.features"]]
        for _ in range(2):
            layers.append(torch.spmm(self.adjacency, layers[-1]))
        anchor = torch.stack(layers).sum(dim=0)[batch]
        losses = []
        for name in MODALITIES:
            weight, bias = (self.weights[f"towers.{name}.head.0.{p}"] for p in ("weight", "bias"))
            other = F.linear(self.features[name][self.rows[name][batch]], weight, bias)
            logits = F.normalize(anchor) @ F.normalize(other).T / self.temperatures[name]
            labels = torch.arange(len(batch))
            losses += [F.cross_entropy(logits, labels), F.cross_entropy(logits.T, labels)]
        loss = torch.stack(losses).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


@pytest.mark.parametrize("size", [5, 14])
def test_the_first_ten_losses_are_those_of_the_plain_step(views, size) -> None:
    config = MobCLIPConfig(dim=24)
    model = MobCLIP(config, dict.fromkeys(MODALITIES, 5), node_features(views, config))
    model.standardise({name: frame.to_numpy() for name, frame in views.features.items()})
    plain, objective = Plain(model, views), Alignment(model, views)
    optimizer = Trainer(model, objective, config.training)._optimizer()
    whole = torch.stack([rows >= 0 for rows in views.rows.values()]).all(dim=0)
    samples = torch.nonzero(whole)[:, 0]
    generator = torch.Generator().manual_seed(0)
    for number in range(10):
        batch = samples[torch.randperm(len(samples), generator=generator)[:size]]
        optimizer.zero_grad()
        loss = objective(batch)
        loss.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(plain.step(batch), rel=1e-5), f"step {number}"
