"""A training that test_checkpoints.py kills: ``killed.py CHECKPOINT``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from torch import nn

from placeprint.training import Trainer, TrainingSettings

SETTINGS = TrainingSettings(epochs=30, batch_size=40, learning_rate=0.05)


class Slow:
    """A regression that takes some milliseconds a step, so that there is time to kill it."""

    def __init__(self, model: nn.Module, seconds: float) -> None:
        generator = torch.Generator().manual_seed(1)
        self.model, self.seconds = model, seconds
        self.x = torch.randn(100, 300, generator=generator)
        self.y = self.x @ torch.randn(300, 200, generator=generator)
        self.samples = torch.arange(100)

    def start(self, epoch: int) -> None:
        pass

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        time.sleep(self.seconds)
        return ((self.model(self.x[batch]) - self.y[batch]) ** 2).mean()


def fitted(checkpoint: Path | None, seconds: float = 0.0) -> tuple[nn.Module, list[dict]]:
    torch.manual_seed(0)
    model = nn.Linear(300, 200)
    trainer = Trainer(model, Slow(model, seconds), SETTINGS, checkpoint=checkpoint)
    history = trainer.fit(resume=True)
    return model, history.to_dict("records")


if __name__ == "__main__":
    fitted(Path(sys.argv[1]), seconds=0.01)
