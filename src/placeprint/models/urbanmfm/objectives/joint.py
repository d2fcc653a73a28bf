"""All objectives at once, for comparison with one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from placeprint.training import Objective

__all__ = ["JointObjective"]


class JointObjective:
    """The sum of several objectives; a step takes an equal share of the samples of each.

    Args:
        objectives: What is added up.
        refresh: Called before every epoch, so that features that the objectives share are those
            of the weights of now.

    Attributes:
        samples: As many positions as the largest objective has samples.

    Source:
        UrbanMFM, training: joint training lets the local objective dominate.
    """

    def __init__(self, objectives: Sequence[Objective], refresh: Callable[[], None]) -> None:
        self._objectives = objectives
        self._refresh = refresh
        self.samples = torch.arange(max(len(objective.samples) for objective in objectives))

    def start(self, epoch: int) -> None:
        """Begin an epoch of every objective."""
        if epoch:
            self._refresh()
        for objective in self._objectives:
            objective.start(epoch)

    def __call__(self, batch: Tensor) -> Tensor:
        """The sum of the losses of a batch of positions."""
        total = torch.zeros(())
        for objective in self._objectives:
            count = len(objective.samples)
            own = batch * count // len(self.samples)
            total = total + objective(objective.samples[own.unique()])
        return total
