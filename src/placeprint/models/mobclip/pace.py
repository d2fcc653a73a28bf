"""How long a training will take, said again once its first steps are known."""

from __future__ import annotations

import time

from torch import Tensor

from placeprint.models.mobclip.estimate import spoken_time
from placeprint.progress import console
from placeprint.training import Objective

__all__ = ["Paced"]

MEASURED = 2
"""Steps that are timed; of the first, what is compiled is a part."""

SHORT = 20.0
"""A training of fewer seconds is not announced."""


class Paced:
    """An objective that times the steps that ask for it, and says how long all will take.

    Args:
        objective: The loss.
        steps: Steps of the whole training, at most.

    Attributes:
        samples: Those of the objective.
    """

    def __init__(self, objective: Objective, steps: int) -> None:
        self._objective = objective
        self._steps = steps
        self._training = False
        self._began: float | None = None
        self._taken: list[float] = []
        self.samples = objective.samples

    def start(self, epoch: int) -> None:
        """A pass begins: 0 is a validation."""
        self._training = epoch > 0
        self._objective.start(epoch)

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch; from one to the next is a step."""
        now = time.perf_counter()
        if self._began is not None and len(self._taken) < MEASURED:
            self._taken.append(now - self._began)
            if len(self._taken) == MEASURED:
                self._announce()
        self._began = now if self._training else None
        return self._objective(batch)

    def _announce(self) -> None:
        step = min(self._taken)
        whole = step * self._steps
        if whole > SHORT:
            console.print(
                f"a step takes {step:.1f} s: training {spoken_time(whole)} at most",
                highlight=False,
                soft_wrap=True,
            )
