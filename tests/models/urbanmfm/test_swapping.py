from __future__ import annotations

import pytest
import torch

from placeprint.errors import InputError
from placeprint.models.urbanmfm.swapping import first_present, swap_modalities

NAMES = ["text", "view", "outline"]


def modalities(n: int, seed: int = 0):
    """Row i of modality k is (k, i); NaN where absent. Every node has one at least."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.rand(n, 3, generator=generator) < 0.5
    masks[~masks.any(dim=1), 0] = True
    values, present = {}, {}
    for k, name in enumerate(NAMES):
        values[name] = torch.stack([torch.full((n,), float(k)), torch.arange(n).float()], dim=1)
        values[name][~masks[:, k]] = torch.nan
        present[name] = masks[:, k]
    return values, present


@pytest.mark.parametrize("base", NAMES)
def test_the_plain_graph_shows_the_base_or_the_first_there_is(base) -> None:
    values, present = modalities(200)
    shown = first_present(values, present, base)
    for i in range(200):
        there = [name for name in NAMES if present[name][i]]
        expected = base if base in there else there[0]
        assert shown[i].tolist() == [NAMES.index(expected), i]


@pytest.mark.parametrize("base", NAMES)
def test_the_positive_graph_shows_another_if_there_is_one(base) -> None:
    values, present = modalities(200)
    swapped = swap_modalities(values, present, base, torch.Generator().manual_seed(0))
    for i in range(200):
        others = [NAMES.index(name) for name in NAMES if present[name][i] and name != base]
        assert swapped[i, 1] == i
        assert int(swapped[i, 0]) in (others or [NAMES.index(base)])


def test_the_others_are_drawn_alike() -> None:
    n = 6000
    values = {name: torch.full((n, 1), float(k)) for k, name in enumerate([*NAMES, "scene"])}
    present = {name: torch.ones(n, dtype=torch.bool) for name in values}
    swapped = swap_modalities(values, present, "view", torch.Generator().manual_seed(0))
    counts = torch.bincount(swapped[:, 0].long(), minlength=4) / n
    torch.testing.assert_close(counts, torch.tensor([1, 0, 1, 1]) / 3, atol=0.02, rtol=0)


def test_draws_follow_the_generator() -> None:
    values, present = modalities(50)
    one, same, other = (
        swap_modalities(values, present, "text", torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_gradients_reach_only_what_is_shown() -> None:
    values, present = modalities(60)
    values = {name: value.nan_to_num().requires_grad_() for name, value in values.items()}
    swapped = swap_modalities(values, present, "text", torch.Generator().manual_seed(0))
    swapped.sum().backward()
    for k, name in enumerate(NAMES):
        shown = (swapped[:, 0] == k) & present[name]
        assert torch.equal(values[name].grad, shown[:, None].expand(-1, 2).float())


def test_a_node_without_any_modality_is_refused() -> None:
    values, present = modalities(10)
    for name in NAMES:
        present[name][[2, 5]] = False
    with pytest.raises(InputError, match="2 nodes have none of the modalities view, text, outline"):
        first_present(values, present, "view")
    with pytest.raises(InputError, match="2 nodes have none"):
        swap_modalities(values, present, "view", torch.Generator())


def test_a_single_modality_is_kept() -> None:
    values, _ = modalities(10)
    value = {"text": values["text"].nan_to_num(7.0)}
    everywhere = {"text": torch.ones(10, dtype=torch.bool)}
    assert torch.equal(first_present(value, everywhere, "text"), value["text"])
    swapped = swap_modalities(value, everywhere, "text", torch.Generator())
    assert torch.equal(swapped, value["text"])
