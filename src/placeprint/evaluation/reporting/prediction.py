"""One prediction to look at: each place's value, predicted by a probe that never saw its area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.evaluation.probes import make_probe
from placeprint.evaluation.samples import Places, Samples, align, has_embedding
from placeprint.evaluation.scoring import predict_fold
from placeprint.evaluation.study_area import atlas_tasks
from placeprint.evaluation.tasks import Task
from placeprint.typing import FloatArray, IntArray

__all__ = ["Prediction", "predict_held_out"]

_FOLDS: Final = 5


@dataclass(frozen=True, eq=False)
class Prediction:
    """The true and the predicted value of each region.

    Attributes:
        task: What is predicted.
        truth: (n_regions,) transformed values, NaN where there is no label.
        predicted: (n_regions,) predicted values, NaN where there is no label or no embedding.
        blocked: Whether whole areas were held out; otherwise places were, at random.
        rows: How many labelled places were predicted.
    """

    task: Task
    truth: FloatArray
    predicted: FloatArray
    blocked: bool
    rows: int


def predict_held_out(atlas: Atlas, vectors: pd.DataFrame, name: str) -> Prediction:
    """Predict every label of a task out of fold, with the ridge probe.

    The blocks of the study area are dealt into five folds; each fold is predicted by a probe that
    was fitted on the other four.

    Args:
        atlas: The study area.
        vectors: One row per region, indexed by region id.
        name: A task about regions or units.

    Returns:
        Values per region; a unit's value stands at each of its regions.
    """
    (task,) = atlas_tasks(atlas, [name])
    places = Places.from_centroids(
        atlas.regions.centroids(), {level: atlas.units(level) for level in atlas.unit_levels}
    )
    samples = places.sample(task)
    X = align(vectors, samples, places)
    Y = samples.y[:, None]
    blocked = len(np.unique(samples.groups)) > 1
    groups = samples.groups if blocked else None
    predicted: FloatArray = np.empty(len(Y))
    for train, test in _folds(samples, blocked):
        probe = make_probe("ridge", task.scale)
        predicted[test] = predict_fold(probe, X, Y, train, test, groups=groups)[:, 0]
    predicted[~has_embedding(X)] = np.nan
    truth, predicted = (_at_regions(values, samples) for values in (samples.y, predicted))
    return Prediction(task, truth, predicted, blocked, len(Y))


def _folds(samples: Samples, blocked: bool) -> list[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import GroupKFold, KFold

    rows = np.empty(len(samples.y))
    if blocked:
        folds = min(_FOLDS, len(np.unique(samples.groups)))
        return list(GroupKFold(folds).split(rows, groups=samples.groups))
    return list(KFold(min(_FOLDS, len(rows)), shuffle=True, random_state=0).split(rows))


def _at_regions(values: FloatArray, samples: Samples) -> FloatArray:
    """The value of the row that each region belongs to, NaN where it belongs to none."""
    members = samples.membership.tocoo()
    painted = np.full(members.shape[1], np.nan)
    painted[members.col] = values[members.row]
    return painted
