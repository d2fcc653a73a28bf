"""The state of a training on disk: one safetensors file, no pickles."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn, optim

from placeprint.errors import InputError
from placeprint.files import replacing

__all__ = ["CheckpointFile", "Progress", "load_checkpoint", "save_checkpoint"]

LARGEST_SHARE = 0.05
"""Of the time of a training, so much at most goes into writing checkpoints."""


@dataclass
class Progress:
    """How far a training has come.

    Attributes:
        request: Digest of what is trained; another one's checkpoint is refused.
        epoch: Epochs finished.
        best_epoch: The epoch of the lowest validation loss.
        best_loss: That loss.
        history: One row per epoch: epoch, training, validation.
    """

    request: str
    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, float]] = field(default_factory=list)


class CheckpointFile:
    """A checkpoint that is written after each epoch, unless writing would take too much time.

    Where an epoch is short against the writing, some epochs are left out; a training that is
    stopped there repeats them, with the same result.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._took = 0.0
        self._last = time.monotonic()

    def save(
        self,
        model: nn.Module,
        best: dict[str, Tensor],
        optimizer: optim.Optimizer,
        progress: Progress,
        *,
        finished: bool,
    ) -> None:
        """Write the state, if it is time to, or if the training has ``finished``."""
        start = time.monotonic()
        if finished or self._took <= LARGEST_SHARE * (start - self._last):
            save_checkpoint(self._path, model, best, optimizer, progress)
            self._last = time.monotonic()
            self._took = self._last - start


def save_checkpoint(
    path: Path,
    model: nn.Module,
    best: dict[str, Tensor],
    optimizer: optim.Optimizer,
    progress: Progress,
) -> None:
    """Write everything that is needed to go on, atomically.

    Raises:
        PlaceprintError: If the disk is full; the checkpoint before is intact.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    if progress.best_epoch != progress.epoch:  # else they are the model's
        tensors |= {f"best.{name}": value for name, value in best.items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{key}": value for key, value in state.items()}
    on_disk = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with replacing(path) as temporary:
        save_file(on_disk, temporary, metadata={"progress": json.dumps(asdict(progress))})


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: optim.Optimizer, request: str
) -> tuple[Progress, dict[str, Tensor]]:
    """Restore a model and its optimiser; returns the progress and the best weights so far.

    Raises:
        InputError: If the checkpoint belongs to another atlas or configuration.
    """
    with safe_open(path, framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if progress.request != request:
        raise InputError(
            "this checkpoint was made from another atlas or with another configuration",
            source=path,
            hint="resume with the same atlas and configuration, or train anew with --overwrite",
        )
    weights = _part(tensors, "model.")
    model.load_state_dict(weights)
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimizer.").items():
        number, key = name.split(".", 1)
        states.setdefault(int(number), {})[key] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": states, "param_groups": groups})
    return progress, _part(tensors, "best.") or weights


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): torch.clone(value)
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
