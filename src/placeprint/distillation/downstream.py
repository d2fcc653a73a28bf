"""What a student is worth beside its teacher: the tasks of the atlas, scored for both."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.evaluation import evaluate
from placeprint.evaluation.statistics import summary
from placeprint.evaluation.statistics.summary import MEAN
from placeprint.evaluation.study_area import atlas_tasks
from placeprint.evaluation.tasks import REGION
from placeprint.models import Run
from placeprint.typing import PathLike

__all__ = ["MODELS", "compared"]

MODELS: Final = ("teacher", "student", "spherical_harmonics", "coordinates")
"""The two, and what position tells without any teacher."""


def compared(
    run: Run, student: pd.DataFrame, out: PathLike, *, seeds: int, overwrite: bool = False
) -> dict[str, Any]:
    """Score teacher and student on the labels of the run's atlas, and keep all scores in a folder.

    Args:
        run: The run that was distilled.
        student: The student's vectors of the same regions, indexed by region id.
        out: The folder; ``placeprint report`` reads it.
        seeds: How many random and blocked splits.
        overwrite: Whether scores of another student may be replaced.

    Returns:
        For each metric, split and task, and the mean of the tasks that leak nothing, each model's
        mean over the splits, where it has one; empty if the atlas has no labels about regions.
    """
    atlas = run.atlas
    tasks = (
        [task for task in atlas_tasks(atlas) if task.about == REGION] if atlas.label_names else []
    )
    if not tasks:
        return {}
    scores = evaluate(
        {"teacher": run.embeddings, "student": student},
        [task.name for task in tasks],
        atlas,
        out=out,
        models=MODELS,
        seeds=seeds,
        overwrite=overwrite,
    )
    found: dict[str, Any] = {}
    for metric in sorted({task.metric for task in tasks}):
        about = [task for task in tasks if task.metric == metric]
        rows = scores[scores["task"].isin([task.name for task in about])]
        table = summary(rows, about, metric)
        table["task"] = table["task"].where(table["task"] != MEAN, "mean")
        found[metric] = {
            str(split): {
                str(task): {
                    str(model): round(float(value), 4)
                    for model, value in zip(of_task["model"], of_task["mean"], strict=True)
                    if np.isfinite(value)  # no split of a task may have labels on both sides
                }
                for task, of_task in of_split.groupby("task")
            }
            for split, of_split in table.groupby("split")
        }
    return found
