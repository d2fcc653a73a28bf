"""What each of two processes does in test_distributed.py: ``torchrun two_processes.py FOLDER``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from placeprint.training import Trainer, TrainingSettings, symmetric_info_nce
from placeprint.training.distributed import is_main, process_group, share, total

ROWS = 700
SPLITS = ([0, 200, 700], [0, 700, 700], [0, 1, 700])
SETTINGS = TrainingSettings(epochs=4, batch_size=60, learning_rate=0.01)


def pairs() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    anchor = torch.randn(ROWS, 8, generator=generator)
    return [anchor, anchor + torch.randn(ROWS, 8, generator=generator), torch.tensor(0.3)]


class Towers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.one, self.other = nn.Linear(8, 6), nn.Linear(8, 6)
        self.alone = nn.Parameter(torch.ones(3))
        self.log_temperature = nn.Parameter(torch.tensor(0.3).log())


class Aligned:
    """Rows of the second kind are missing from some samples, so that shares differ in size."""

    def __init__(self, towers: Towers) -> None:
        self.towers = towers
        self.samples = torch.arange(ROWS)
        self.anchor, self.others, _ = pairs()

    def start(self, epoch: int) -> None:
        pass

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        losses = []
        for part in (batch, batch[batch % 3 == 0], batch[batch < 5], batch[batch < 0]):
            if total(len(part)):
                a, x = self.towers.one(self.anchor[part]), self.towers.other(self.others[part])
                losses.append(symmetric_info_nce(a, x, self.towers.log_temperature.exp()))
        return torch.stack(losses).mean()


def trained(checkpoint: Path | None = None) -> dict[str, torch.Tensor]:
    towers = Towers()
    if os.environ.get("RANK") == "1":  # what the second process starts with does not matter
        nn.init.zeros_(towers.one.weight)
    trainer = Trainer(towers, Aligned(towers), SETTINGS, checkpoint=checkpoint, shared=True)
    history = trainer.fit()
    losses = torch.tensor(history[["training", "validation"]].to_numpy()).contiguous()
    return {**towers.state_dict(), "losses": losses}


def main(folder: Path) -> None:
    with process_group():
        rank = int(os.environ["RANK"])
        assert is_main() == (rank == 0)
        assert share(torch.arange(5)).tolist() == ([0, 1, 2] if rank == 0 else [3, 4])
        found = {}
        for number, bounds in enumerate(SPLITS):
            own = slice(bounds[rank], bounds[rank + 1])
            anchor, other, tau = pairs()
            leaves = [x.clone().requires_grad_() for x in (anchor[own], other[own], tau)]
            loss = symmetric_info_nce(*leaves)
            loss.backward()
            for name, value in zip(("anchor", "other", "tau"), leaves, strict=True):
                found[f"{number}.{name}"] = value.grad
            found[f"{number}.loss"] = loss.detach()
        found |= trained(folder / f"checkpoint-{rank}.safetensors")
    save_file(found, folder / f"found-{rank}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
