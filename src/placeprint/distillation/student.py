"""The student: a multilayer perceptron that learns to give each place the vector of its teacher."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from placeprint.distillation.plan import Plan
from placeprint.distillation.settings import DistillSettings
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.encoders.position.spherical_harmonics import harmonics
from placeprint.training import Trainer
from placeprint.typing import FloatArray

__all__ = ["Lesson", "Student", "taught"]


@dataclass(frozen=True, eq=False)
class Lesson:
    """Places and their vectors, standardised.

    Attributes:
        lon: (n,) longitudes of the regions' centres in degrees.
        lat: (n,) latitudes.
        targets: (n, dim) float32, each column of mean 0 and variance 1.
        mean: (dim,) what was taken off.
        scale: (dim,) what was divided by: the standard deviation, 1 where it is 0.
    """

    lon: FloatArray
    lat: FloatArray
    targets: FloatArray
    mean: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, centroids: pd.DataFrame, vectors: FloatArray) -> Lesson:
        """The lesson of some regions.

        Example:
            >>> centres = pd.DataFrame({"lon": [1.0, 2.0], "lat": [3.0, 4.0]})
            >>> lesson = Lesson.of(centres, np.array([[1.0, 5.0], [3.0, 5.0]]))
            >>> lesson.targets.tolist(), lesson.scale.tolist()
            ([[-1.0, 0.0], [1.0, 0.0]], [1.0, 1.0])
        """
        exact = vectors.astype(np.float64)
        mean, scale = exact.mean(axis=0), exact.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        targets = ((exact - mean) / scale).astype(np.float32)
        return cls(centroids["lon"].to_numpy(), centroids["lat"].to_numpy(), targets, mean, scale)


class Student(nn.Module):
    """The perceptron in training.

    Args:
        plan: Its architecture.
        dim: Numbers of a vector.
        seed: Of its first weights.
    """

    def __init__(self, plan: Plan, dim: int, seed: int) -> None:
        super().__init__()
        widths = [plan.degree**2, *plan.widths, dim]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, L²) harmonics → (n, dim) standardised vectors."""
        hidden = inputs
        for number, layer in enumerate(self.layers):
            hidden = layer(hidden.relu() if number else hidden)
        return hidden

    def network(self, plan: Plan) -> PositionNetwork:
        """Its weights as they are kept."""
        pairs = [
            (
                np.ascontiguousarray(layer.weight.detach().cpu().numpy().T),
                layer.bias.detach().cpu().numpy().copy(),
            )
            for layer in self.layers
            if isinstance(layer, nn.Linear)
        ]
        weights, biases = zip(*pairs, strict=True)
        return PositionNetwork(plan.degree, weights, biases, plan.dilation)


class _Imitation:
    """The mean squared error of a batch of regions: harmonics are computed as they are needed."""

    def __init__(self, student: Student, plan: Plan, lesson: Lesson) -> None:
        self.samples = torch.arange(len(lesson.targets))
        self._student = student
        self._degree = plan.degree
        lon, lat = lesson.lon, lesson.lat
        self._lon, self._lat = plan.dilation(lon, lat) if plan.dilation else (lon, lat)
        self._targets = torch.from_numpy(lesson.targets)

    def start(self, epoch: int) -> None:
        """Nothing is drawn."""

    def __call__(self, batch: Tensor) -> Tensor:
        rows = batch.numpy()
        values = harmonics(self._lon[rows], self._lat[rows], self._degree)
        device = next(self._student.parameters()).device
        inputs = torch.from_numpy(values).float().to(device)
        return nn.functional.mse_loss(self._student(inputs), self._targets[batch].to(device))


def taught(
    plan: Plan,
    lesson: Lesson,
    settings: DistillSettings,
    *,
    share: float = 1.0,
    device: torch.device,
    checkpoint: Path | None = None,
    request: str = "",
    resume: bool = False,
    title: str = "teaching",
) -> tuple[PositionNetwork, pd.DataFrame]:
    """Teach a student.

    Args:
        plan: Its architecture.
        lesson: What it is to learn.
        settings: How.
        share: Of the epochs.
        device: On what.
        checkpoint: Where its state is kept; None: nowhere.
        request: Digest of what is taught.
        resume: Go on from the checkpoint, if there is one.
        title: What the progress bar says.

    Returns:
        The network, which gives standardised vectors, and its training curve.
    """
    student = Student(plan, lesson.targets.shape[1], settings.seed).to(device)
    trainer = Trainer(
        student,
        _Imitation(student, plan, lesson),
        settings.training(len(lesson.targets), share),
        seed=settings.seed,
        checkpoint=checkpoint,
        request=request,
        title=title,
    )
    history = trainer.fit(resume=resume)
    return student.network(plan), history
