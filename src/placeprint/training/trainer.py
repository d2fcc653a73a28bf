"""The training loop: shuffled batches of regions, early stopping, checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn, optim

from placeprint.progress import track
from placeprint.training import tile_memory
from placeprint.training.checkpoints import CheckpointFile, Progress, load_checkpoint
from placeprint.training.devices import repeatable
from placeprint.training.distributed import equalise, is_main, share, sum_gradients, wait
from placeprint.training.settings import TrainingSettings

__all__ = ["Objective", "Trainer"]

FEWEST_HELD_OUT: Final = 8
"""Fewer held-out samples tell nothing: the contrast of one, which has no negatives, is 0."""


class Objective(Protocol):
    """A loss over a batch of samples, and the samples it is about."""

    samples: Tensor
    """(n,) positions that batches are drawn from."""

    def start(self, epoch: int) -> None:
        """Called before every pass: the number of the epoch, 0 before a validation.

        What an objective draws at random it draws anew from here, so that an epoch is the same
        whether or not the training was interrupted before it.
        """
        ...

    def __call__(self, batch: Tensor) -> Tensor:
        """The loss of a batch of positions, a scalar."""
        ...


class Trainer:
    """Minimises an objective with AdamW; stopping and resuming does not change the result.

    The order of the samples in epoch e is drawn from (seed, e), so an epoch is the same whether
    or not the training was interrupted before it. It runs where the model is; on a GPU in
    automatic mixed precision (bfloat16).

    Where the share that is to be held out comes to fewer than eight samples, none is: all of them
    are trained on, to the last epoch, and the last weights are kept.

    Args:
        model: The module whose parameters are trained.
        objective: The loss.
        settings: How to train.
        seed: Of the split and of the order of the samples.
        checkpoint: Where the state is kept after an epoch; None: nowhere.
        request: Digest of what is trained, so that a checkpoint of something else is refused.
        title: What the progress bar says.
        shared: Whether the objective is of all processes that train together
            (:mod:`placeprint.training.distributed`): then each is given its share of every batch,
            and gradients are summed. Otherwise each does the whole.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> class Distance:
        ...     samples = torch.arange(100)
        ...     def start(self, epoch):
        ...         pass
        ...     def __call__(self, batch):
        ...         return ((model.weight - 1) ** 2).sum()
        >>> model = nn.Linear(1, 1, bias=False)
        >>> settings = TrainingSettings(epochs=50, learning_rate=0.1)
        >>> history = Trainer(model, Distance(), settings).fit()
        >>> bool(history["validation"].iloc[-1] < history["validation"].iloc[0])
        True
    """

    def __init__(
        self,
        model: nn.Module,
        objective: Objective,
        settings: TrainingSettings,
        *,
        seed: int = 0,
        checkpoint: Path | None = None,
        request: str = "",
        title: str = "training",
        shared: bool = False,
    ) -> None:
        self._model = model
        self._objective = objective
        self._settings = settings
        self._seed = seed
        self._checkpoint = checkpoint
        self._request = request
        self._title = title
        self._shared = shared

    def fit(self, *, resume: bool = False) -> pd.DataFrame:
        """Train, and leave the model with its best weights, or the last if nothing was held out.

        Args:
            resume: Go on from the checkpoint, if there is one.

        Returns:
            One row per epoch: epoch, training and validation loss; the latter is missing where
            nothing was held out.

        Raises:
            InputError: If the checkpoint belongs to something else.
        """
        optimizer = self._optimizer()
        equalise(self._model)
        progress, best = Progress(self._request), self._weights()
        if resume and self._checkpoint is not None and self._checkpoint.exists():
            progress, best = load_checkpoint(
                self._checkpoint, self._model, optimizer, self._request
            )
        wait()  # until all have read the checkpoint that the first will replace
        writer = CheckpointFile(self._checkpoint) if self._checkpoint and is_main() else None
        training, validation = self._split()
        watched = len(validation) > 0
        epochs, steps = self._settings.epochs, self._settings.steps(len(training))
        device = next(self._model.parameters()).device
        with repeatable(device), track(self._title, total=epochs * steps) as tracker:
            tracker.advance(progress.epoch * steps)
            note = ""
            while not self._finished(progress, watched=watched):
                progress.epoch += 1
                stepped = partial(tracker.advance, note=f"epoch {progress.epoch}{note}")
                losses = {
                    "training": self._train_epoch(training, optimizer, progress.epoch, stepped),
                    "validation": self._validate(validation),
                }
                progress.history.append({"epoch": progress.epoch, **losses})
                if not watched or losses["validation"] < progress.best_loss:
                    progress.best_epoch, progress.best_loss = progress.epoch, losses["validation"]
                    best = self._weights()
                if writer is not None:
                    finished = self._finished(progress, watched=watched)
                    writer.save(self._model, best, optimizer, progress, finished=finished)
                shown = "validation" if watched else "training"
                note = f", {shown} loss {losses[shown]:.4f}"
        tile_memory.release()
        self._model.load_state_dict(best)
        return pd.DataFrame(progress.history)

    def _finished(self, progress: Progress, *, watched: bool) -> bool:
        return progress.epoch >= self._settings.epochs or (
            watched and self._waited(progress) >= self._settings.patience
        )

    def _waited(self, progress: Progress) -> int:
        """Epochs since the validation loss last fell by more than the tolerance."""
        lowest, fell = float("inf"), 0
        for row in progress.history:
            if lowest == float("inf") or row["validation"] < lowest * (
                1 - self._settings.tolerance
            ):
                lowest, fell = row["validation"], int(row["epoch"])
        return progress.epoch - fell

    def _optimizer(self) -> optim.Optimizer:
        parameters = [p for p in self._model.parameters() if p.requires_grad]
        decayed = [p for p in parameters if p.ndim >= 2]
        plain = [p for p in parameters if p.ndim < 2]
        groups = [
            {"params": decayed, "weight_decay": self._settings.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        # Fused: one pass over parameters, moments and gradients instead of ten.
        return optim.AdamW(
            [g for g in groups if g["params"]], lr=self._settings.learning_rate, fused=True
        )

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in self._model.state_dict().items()}

    def _split(self) -> tuple[Tensor, Tensor]:
        samples = self._objective.samples
        order = np.random.default_rng(self._seed).permutation(len(samples))
        held_out = round(self._settings.validation_share * len(samples))
        held_out = held_out if held_out >= FEWEST_HELD_OUT else 0
        return samples[np.sort(order[held_out:])], samples[np.sort(order[:held_out])]

    def _train_epoch(
        self,
        samples: Tensor,
        optimizer: optim.Optimizer,
        epoch: int,
        stepped: Callable[[], None],
    ) -> float:
        self._model.train()
        self._objective.start(epoch)
        total, batches = 0.0, self._batches(samples, epoch)
        for number, batch in enumerate(batches, start=1):
            done = (epoch - 1 + number / len(batches)) / self._settings.epochs
            for group in optimizer.param_groups:
                group["lr"] = self._settings.rate(done)
            optimizer.zero_grad(set_to_none=True)
            loss = self._loss(batch)
            loss.backward()
            if self._shared:
                sum_gradients(p for p in self._model.parameters() if p.requires_grad)
            optimizer.step()
            total += loss.item() * len(batch)
            stepped()
        return total / sum(len(batch) for batch in batches)

    def _batches(self, samples: Tensor, epoch: int) -> list[Tensor]:
        """The samples in the order of an epoch, pass after pass."""
        generator = np.random.default_rng([self._seed, epoch])
        size = self._settings.batch_size
        return [
            batch
            for _ in range(self._settings.passes(len(samples)))
            for batch in samples[generator.permutation(len(samples))].split(size)
        ]

    @torch.no_grad()
    def _validate(self, samples: Tensor) -> float:
        if not len(samples):
            return float("nan")
        self._model.eval()
        self._objective.start(0)
        batches = samples.split(self._settings.batch_size)
        total = sum(self._loss(batch).item() * len(batch) for batch in batches)
        return total / len(samples)

    def _loss(self, batch: Tensor) -> Tensor:
        device = next(self._model.parameters()).device
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            return self._objective(share(batch) if self._shared else batch)
