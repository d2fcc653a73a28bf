"""The objective against a loop over modalities, and who takes part in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features


def network(views, config: MobCLIPConfig) -> MobCLIP:
    sizes = {name: frame.shape[1] for name, frame in views.features.items()}
    model = MobCLIP(config, sizes, node_features(views, config))
    model.standardise({name: frame.to_numpy() for name, frame in views.features.items()})
    return model


def all_vectors(model: MobCLIP, views) -> dict[str, dict[int, torch.Tensor]]:
    """For each view the vector of each region that has it, by its position."""
    found: dict[str, dict[int, torch.Tensor]] = {}
    for name, frame in views.features.items():
        vectors = model.towers[name](torch.tensor(frame.to_numpy()))
        found[name] = {
            views.region_ids.get_loc(region): vectors[row] for row, region in enumerate(frame.index)
        }
    if model.graph is not None:
        nodes = model.graph(views.adjacency)
        found["mobility"] = {i: nodes[i] for i in range(len(views)) if views.graph.degree[i] > 0}
    return found


def slow_loss(model: MobCLIP, views, batch: list[int]) -> torch.Tensor:
    vectors = all_vectors(model, views)
    anchor = model.config.anchor
    losses = []
    for name in vectors:
        if name == anchor:
            continue
        both = [i for i in batch if i in vectors[anchor] and i in vectors[name]]
        tau = model.config.temperatures.get(name, model.config.default_temperature)
        terms = []
        for i in both:
            for one, other in ((anchor, name), (name, anchor)):
                similar = torch.stack(
                    [F.cosine_similarity(vectors[one][i], vectors[other][j], dim=0) for j in both]
                )
                terms.append(-F.log_softmax(similar / tau, dim=0)[both.index(i)])
        losses.append(torch.stack(terms).mean())
    return torch.stack(losses).mean()


@pytest.mark.parametrize("anchor", ["mobility", "poi", "image"])
def test_the_loss_is_the_mean_over_modalities_of_the_regions_with_both(views, anchor) -> None:
    model = network(views, MobCLIPConfig(dim=6, anchor=anchor))
    objective = Alignment(model, views)
    for batch in (objective.samples, objective.samples[2:13]):
        expected = slow_loss(model, views, batch.tolist())
        torch.testing.assert_close(objective(batch), expected, atol=1e-5, rtol=1e-5)


def test_only_the_nodes_that_a_batch_needs_are_computed(views, monkeypatch) -> None:
    model = network(views, MobCLIPConfig(dim=6))
    asked = []
    whole = model.graph.forward

    def forward(adjacency, features=None, *, only=None):
        asked.append(only)
        return whole(adjacency, features, only=only)

    monkeypatch.setattr(model.graph, "forward", forward)
    batch = torch.tensor([9, 2, 14])
    Alignment(model, views)(batch)
    assert [only.tolist() for only in asked] == [[9, 2, 14]]


def test_features_may_be_mapped_from_disk(views, tmp_path) -> None:
    mapped = {}
    for name, frame in views.features.items():
        np.save(tmp_path / f"{name}.npy", frame.to_numpy())
        values = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
        mapped[name] = pd.DataFrame(values, index=frame.index, copy=False)
    model = network(views, MobCLIPConfig(dim=6))
    objective = Alignment(model, views)
    again = Alignment(model, replace(views, features=mapped))
    assert torch.equal(objective(objective.samples), again(objective.samples))


def test_without_a_graph(views) -> None:
    views = replace(
        views,
        rows={name: views.rows[name] for name in ("poi", "image")},
        graph=None,
        adjacency=None,
        flows=None,
    )
    model = network(views, MobCLIPConfig(dim=6, anchor="poi", graph=None))
    assert model.graph is None
    objective = Alignment(model, views)
    expected = slow_loss(model, views, objective.samples.tolist())
    torch.testing.assert_close(objective(objective.samples), expected, atol=1e-5, rtol=1e-5)


def test_samples_are_the_regions_with_the_anchor_and_another_view(views) -> None:
    config = MobCLIPConfig(dim=6)
    samples = Alignment(network(views, config), views).samples.tolist()
    # 7 has no link, 3 neither poi nor image.
    assert samples == [i for i in range(20) if i not in (3, 7)]


def test_a_region_that_lacks_a_modality_takes_part_with_the_others(views) -> None:
    model = network(views, MobCLIPConfig(dim=6))
    objective = Alignment(model, views)
    lacking = torch.tensor([5, 11])  # no image, but poi and mobility
    assert (views.rows["image"][lacking] == -1).all()
    objective(lacking).backward()
    assert model.towers["poi"].head[0].weight.grad.abs().sum() > 0
    assert model.graph.features.grad.abs().sum() > 0
    assert model.towers["image"].head[0].weight.grad is None


def test_a_region_alone_costs_nothing(views) -> None:
    objective = Alignment(network(views, MobCLIPConfig(dim=6)), views)
    assert objective(torch.tensor([5])).item() == pytest.approx(0, abs=1e-6)


def test_an_anchor_that_meets_no_other_view_is_refused(views) -> None:
    without = {name: torch.full_like(views.rows[name], -1) for name in ("poi", "image")}
    lonely = replace(views, rows={**views.rows, **without})
    with pytest.raises(InputError, match=r"0 regions have the anchor 'mobility' and another view"):
        Alignment(network(views, MobCLIPConfig(dim=6)), lonely)


def test_temperatures_are_those_of_the_configuration(views) -> None:
    config = MobCLIPConfig(dim=6, temperatures={"poi": 0.3}, default_temperature=0.9)
    model = network(views, config)
    assert set(model.log_temperatures) == {"poi", "image"}
    assert model.temperature("poi").item() == pytest.approx(0.3)
    assert model.temperature("image").item() == pytest.approx(0.2)
    aligned_to_poi = network(views, MobCLIPConfig(dim=6, anchor="poi", default_temperature=0.9))
    assert aligned_to_poi.temperature("mobility").item() == pytest.approx(0.9)


@pytest.mark.parametrize("learned", [False, True])
def test_temperatures_are_trained_if_asked_for(views, learned) -> None:
    model = network(views, MobCLIPConfig(dim=6, learn_temperatures=learned))
    objective = Alignment(model, views)
    objective(objective.samples).backward()
    gradients = [tau.grad for tau in model.log_temperatures.values()]
    assert all((g is not None and g.abs() > 0) if learned else g is None for g in gradients)


def test_weights_follow_the_seed(views) -> None:
    one, same, other = (
        network(views, MobCLIPConfig(dim=6, seed=seed)).state_dict() for seed in (0, 0, 1)
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["towers.poi.head.0.weight"], other["towers.poi.head.0.weight"])
    assert not torch.equal(one["towers.poi.head.0.weight"], one["towers.image.head.0.weight"])


def test_random_node_features_are_gaussian_and_seeded(views) -> None:
    config = MobCLIPConfig.model_validate({"dim": 400, "graph": {"initialisation": "random"}})
    noise = node_features(views, config)
    assert noise.shape == (20, 400)
    assert noise.std().item() == pytest.approx(400**-0.5, rel=0.05)
    assert torch.equal(noise, node_features(views, config))
    assert not torch.equal(noise, node_features(views, config.model_copy(update={"seed": 1})))
