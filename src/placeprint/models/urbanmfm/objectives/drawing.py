"""Randomness of an objective, the same in an epoch however the training came to it."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Drawing"]


class Drawing:
    """Base of objectives that draw at random.

    Args:
        seed: Of everything that is drawn.
        samples: (n,) what batches are drawn from.

    Example:
        >>> drawing = Drawing(0, torch.arange(3))
        >>> drawing.start(1)
        >>> first = torch.rand(2, generator=drawing.generator)
        >>> drawing.start(1)
        >>> bool((torch.rand(2, generator=drawing.generator) == first).all())
        True
    """

    def __init__(self, seed: int, samples: Tensor) -> None:
        self.samples = samples
        self.generator = torch.Generator()
        self._seed = seed
        self.start(0)

    def start(self, epoch: int) -> None:
        """Begin an epoch; 0 is a validation, whose draws are always the same."""
        self.generator.manual_seed(1_000_003 * self._seed + epoch)

    def pick(self, counts: Tensor) -> Tensor:
        """One number from 0 to count − 1 for each count."""
        return (torch.rand(len(counts), generator=self.generator) * counts).long()
