"""A probe fitted once on the labels of a run's atlas, to predict the label of any vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation import Task, align, atlas_places, atlas_tasks
from placeprint.evaluation.probes import LINEAR, Probe, make_probe
from placeprint.evaluation.samples import has_embedding
from placeprint.models import Run
from placeprint.serving.labels import RegionValues, held_out, original
from placeprint.typing import FloatArray

__all__ = ["Predictor", "fit_predictor"]


@dataclass(frozen=True, eq=False)
class Predictor:
    """A fitted probe.

    Attributes:
        task: The label.
        probe: Ridge for numbers, logistic for classes.
        rows: How many labelled rows it was fitted on.
        held_out: Of each region the prediction by a probe that had not seen its area, and the
            score of these predictions; None for labels at points, whose rows are no regions.
    """

    task: Task
    probe: Probe
    rows: int
    held_out: RegionValues | None

    def predict(self, vectors: FloatArray) -> list[Any]:
        """The predicted label of each vector, in the label's unit; None where there is no vector.

        Args:
            vectors: (n, d); rows of NaN where there is none.
        """
        known = has_embedding(vectors)
        found: list[Any] = [None] * len(vectors)
        if not known.any():
            return found
        predicted = self.probe.predict(vectors[known])
        classes = self.task.classes()
        if classes:
            values: list[Any] = [classes[i] for i in predicted.argmax(axis=1)]
        else:
            values = original(self.task, predicted[:, 0]).tolist()
        for row, value in zip(np.flatnonzero(known), values, strict=True):
            found[row] = value
        return found


def fit_predictor(run: Run, label: str) -> Predictor:
    """Fit the linear probe of a label on all its rows, and score it on areas held out.

    Args:
        run: The run; its atlas has to be where it was.
        label: The name of a label of the atlas, about regions, units or points.

    Raises:
        InputError: If there is no such label, it is about entities, or fewer than two of its rows
            have a vector.
    """
    atlas = run.atlas
    task = atlas_tasks(atlas, [label])[0]
    if task.about != "region":
        raise InputError(
            f"the label {label!r} is about {task.about}, and the service predicts for places",
            source=f"atlas {atlas.name}",
            hint="name a label about regions, units or points",
        )
    places = atlas_places(atlas)
    samples = places.sample(task)
    X = align(run.embeddings, samples, places)
    known = has_embedding(X)
    if known.sum() < 2:
        raise InputError(
            f"{known.sum()} of its {len(known)} labelled rows have a vector, expected 2 at least",
            source=f"task {label}",
            hint="label more places that have a vector",
        )
    probe = make_probe(LINEAR[task.kind], task.scale, task.kind)
    probe.fit(X[known], samples.Y[known], samples.groups[known])
    scored = held_out(run, [task], fit=True)[0] if task.level != "point" else None
    return Predictor(task, probe, int(known.sum()), scored)
