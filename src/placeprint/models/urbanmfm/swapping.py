"""Which modality a node of a graph shows: its own, or in the positive graph another."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from placeprint.errors import InputError, listing

__all__ = ["first_present", "swap_modalities"]


def first_present(values: Mapping[str, Tensor], present: Mapping[str, Tensor], base: str) -> Tensor:
    """The value of each node in the plain graph: its base modality, or else the first it has.

    Args:
        values: For each modality (n, d); rows of nodes that lack it may hold anything.
        present: For each modality (n,) bool, whether the node has it.
        base: The modality that is shown where it is present; the others follow in the order of
            ``values``.

    Returns:
        (n, d) values.

    Raises:
        InputError: If a node has no modality.

    Example:
        >>> values = {"text": torch.tensor([[1.0], [2.0]]), "view": torch.tensor([[3.0], [4.0]])}
        >>> present = {"text": torch.tensor([True, False]), "view": torch.tensor([True, True])}
        >>> first_present(values, present, "text")
        tensor([[1.],
                [4.]])
    """
    names = [base, *(name for name in values if name != base)]
    preference = torch.arange(len(names), 0, -1, device=values[base].device)
    return _choose(values, present, names, preference.expand(len(values[base]), -1))


def swap_modalities(
    values: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    base: str,
    generator: torch.Generator,
) -> Tensor:
    """The value of each node in the positive graph: another modality than the base, at random.

    Each node draws uniformly among the other modalities that it has; one that has no other keeps
    its base.

    Args:
        values: For each modality (n, d); rows of nodes that lack it may hold anything.
        present: For each modality (n,) bool, whether the node has it.
        base: The modality that is replaced.
        generator: Of the draws.

    Returns:
        (n, d) values.

    Raises:
        InputError: If a node has no modality.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: in G_l⁺ "every node's value is replaced at
        random by its street-view E_v or polygon E_p embedding"; global stage: by E_micro.

    Example:
        >>> values = {"text": torch.tensor([[1.0], [2.0]]), "view": torch.tensor([[3.0], [4.0]])}
        >>> present = {"text": torch.tensor([True, True]), "view": torch.tensor([True, False])}
        >>> swap_modalities(values, present, "text", torch.Generator().manual_seed(0))
        tensor([[3.],
                [2.]])
    """
    names = [base, *(name for name in values if name != base)]
    drawn = 1 + torch.rand(len(values[base]), len(names), generator=generator)
    drawn[:, 0] = 0.5  # below every draw: kept only where there is nothing else
    return _choose(values, present, names, drawn.to(values[base].device))


def _choose(
    values: Mapping[str, Tensor], present: Mapping[str, Tensor], names: list[str], rank: Tensor
) -> Tensor:
    """The present modality of the highest rank, (n, modalities) and positive, of each node."""
    available = torch.stack([present[name] for name in names], dim=1)
    without = torch.nonzero(~available.any(dim=1))[:, 0]
    if len(without):
        raise InputError(
            f"{len(without)} nodes have none of the modalities {listing(names)}",
            hint="leave nodes of which nothing is known out of the graph",
        )
    choice = (available * rank).argmax(dim=1)
    chosen = torch.zeros_like(values[names[0]])
    for number, name in enumerate(names):
        rows = torch.nonzero(choice == number)[:, 0]
        chosen = chosen.index_put((rows,), values[name][rows])
    return chosen
