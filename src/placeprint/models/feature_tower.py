"""A head over the encoded features of a modality: standardise, then map to the common space."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from placeprint.models.rows import Rows, blocks

__all__ = ["FeatureTower"]

HIDDEN = 64
"""Width of the MLP head (40 → 64 → 128 in MobCLIP)."""


class FeatureTower(nn.Module):
    """A head over the encoded features of a modality.

    Features are standardised with the mean and deviation of the regions that have them.

    Args:
        in_features: Dimensions of the encoded modality.
        dim: Dimensions of the common space.
        mlp: An MLP in → 64 → dim with ReLU, instead of a linear map.
        generator: Of the initial weights.

    Shape:
        (n, in_features) → (n, dim)

    Source:
        MobCLIP, Sec. 4.2: linear heads; an MLP for demographics.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self, in_features: int, dim: int, *, mlp: bool, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(in_features))
        self.register_buffer("scale", torch.ones(in_features))
        widths = [in_features, HIDDEN, dim] if mlp else [in_features, dim]
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise(widths):
            layers += [_linear(fan_in, fan_out, generator), nn.ReLU()]
        self.head = nn.Sequential(*layers[:-1])

    def standardise(self, features: Rows) -> None:
        """Learn the mean and deviation of the known features (those that are not NaN)."""
        width = features.shape[1]
        rows, total, squares = np.zeros(width), np.zeros(width), np.zeros(width)
        for block in blocks(features):
            rows += np.isfinite(block).sum(axis=0)
            total += np.nansum(block, axis=0)
        mean = total / np.maximum(rows, 1)
        for block in blocks(features):
            squares += np.nansum((block - mean) ** 2, axis=0)
        deviation = np.sqrt(squares / np.maximum(rows, 1))
        self.mean.copy_(torch.from_numpy(mean))
        self.scale.copy_(torch.from_numpy(np.where(deviation > 1e-8, deviation, 1.0)))

    def forward(self, features: Tensor) -> Tensor:
        """Vectors of the common space."""
        projected: Tensor = self.head((features - self.mean) / self.scale)
        return projected


def _linear(fan_in: int, fan_out: int, generator: torch.Generator) -> nn.Linear:
    layer = nn.Linear(fan_in, fan_out)
    with torch.no_grad():
        for parameter in layer.parameters():
            bound = fan_in**-0.5
            parameter.uniform_(-bound, bound, generator=generator)
    return layer
