"""Layers whose initial weights are drawn from an explicit generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["linear", "uniform"]


def linear(
    fan_in: int, fan_out: int, *, generator: torch.Generator, bias: bool = True
) -> nn.Linear:
    """A linear map with weights and bias uniform within ±1/√fan_in.

    Example:
        >>> layer = linear(4, 2, generator=torch.Generator().manual_seed(0))
        >>> bool(layer.weight.abs().max() <= 0.5)
        True
    """
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, fan_in, fan_out, bias=bias)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-(fan_in**-0.5), fan_in**-0.5, generator=generator)
    return layer


def uniform(*shape: int, generator: torch.Generator) -> nn.Parameter:
    """A parameter uniform within ±1/√(its last dimension).

    Example:
        >>> uniform(3, 4, generator=torch.Generator().manual_seed(0)).shape
        torch.Size([3, 4])
    """
    values: Tensor = torch.empty(shape).uniform_(
        -(shape[-1] ** -0.5), shape[-1] ** -0.5, generator=generator
    )
    return nn.Parameter(values)
