"""The objectives on a simulated town, each against a loop, and each learnable."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import optim
from torch.nn import functional as F  # noqa: N812

from placeprint.models.urbanmfm.config import STAGES
from placeprint.models.urbanmfm.objectives.joint import JointObjective
from placeprint.models.urbanmfm.objectives.poi import PoiObjective
from placeprint.models.urbanmfm.stages import objective_of


@pytest.mark.parametrize("stage", STAGES)
def test_a_few_steps_lower_each_loss(stage, sources) -> None:
    objective = objective_of(stage, sources, seed=0)
    optimizer = optim.Adam(sources.network.parameters(), lr=1e-3)
    batch = objective.samples[:12]
    losses = []
    for _ in range(6):
        objective.start(1)
        optimizer.zero_grad()
        loss = objective(batch)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 1e-3


@pytest.mark.parametrize("stage", STAGES)
def test_an_epoch_draws_the_same_whenever_it_starts(stage, sources) -> None:
    sources.network.eval()
    objective = objective_of(stage, sources, seed=3)
    batch = objective.samples[:16]
    losses = {}
    for epoch in (1, 2, 1):
        objective.start(epoch)
        losses.setdefault(epoch, []).append(objective(batch).item())
    assert losses[1][0] == losses[1][1]
    if stage != "macro":  # with few partners to choose from, two draws may agree
        assert losses[1][0] != losses[2][0]


def test_the_poi_loss_is_that_of_a_loop_over_roads(network, city) -> None:
    objective = PoiObjective(network, city, seed=0)
    batch = objective.samples
    members = {
        int(road): [
            row
            for row in range(len(city.entities))
            if city.entities.road[row] == road and city.text[row] >= 0
        ]
        for road in batch
    }
    assert all(len(rows) >= 2 for rows in members.values())
    vectors = network.text(city.texts[city.text.clamp_min(0)])
    objective.start(5)
    loss = objective(batch).item()
    objective.start(5)
    counts = torch.tensor([len(members[int(road)]) for road in batch])
    picked = objective.pick(counts)
    chosen = [members[int(road)][int(p)] for road, p in zip(batch, picked, strict=True)]
    means = torch.stack([vectors[members[int(road)]].mean(dim=0) for road in batch])
    terms = []
    for i, row in enumerate(chosen):
        alike = torch.stack([F.cosine_similarity(vectors[row], m, dim=0) for m in means]) / 0.5
        terms.append(-(alike[i] - alike.logsumexp(0)))
    assert loss == pytest.approx(torch.stack(terms).mean().item(), rel=1e-5)


def test_images_are_features_of_now_after_a_refresh(sources) -> None:
    before = sources.modalities._street.clone()
    with torch.no_grad():
        for parameter in sources.network.images.parameters():
            parameter.mul_(1.1)
    assert torch.equal(sources.modalities._street, before)
    sources.refresh()
    assert not torch.allclose(sources.modalities._street, before)


def test_all_at_once_is_the_sum(sources) -> None:
    sources.network.eval()
    parts = [objective_of(stage, sources, seed=0) for stage in ("poi", "local", "global")]
    joint = JointObjective(parts, sources.refresh)
    joint.start(0)
    total = joint(joint.samples[:200]).item()
    for part in parts:
        part.start(0)
    count = len(joint.samples)
    expected = sum(
        part(part.samples[np.unique(np.arange(min(200, count)) * len(part.samples) // count)])
        for part in parts
    )
    assert total == pytest.approx(expected.item(), rel=1e-6)
