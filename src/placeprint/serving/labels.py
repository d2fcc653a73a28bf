"""What is known, and what was predicted, about each region of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.evaluation import Task, atlas_places, atlas_tasks
from placeprint.evaluation.metrics.measures import measure, metrics
from placeprint.evaluation.predictions import out_of_fold
from placeprint.files import read_parquet
from placeprint.models import Run
from placeprint.typing import FloatArray

__all__ = ["RegionValues", "held_out", "labels_of_regions", "original", "shown_tasks"]

_INVERSE: Final[dict[str, Callable[[FloatArray], FloatArray]]] = {
    "none": np.asarray,
    "log1p": np.expm1,
}


@dataclass(frozen=True, eq=False)
class RegionValues:
    """A label, or its prediction, region by region.

    Attributes:
        task: What it is about.
        by_region: One value per region of the atlas, in its order and in the label's unit: numbers,
            NaN where not known; of a classification strings, None where not known.
        score: Of predictions the metric of the task over all labelled rows; NaN for labels.
        split: Of predictions which rows were held out together: ``block`` or ``random``.
    """

    task: Task
    by_region: pd.Series
    score: float = np.nan
    split: str = ""


def shown_tasks(atlas: Atlas, names: Iterable[str] | None = None) -> list[Task]:
    """The labels of an atlas that regions have a value of: those of regions and of units.

    Args:
        atlas: The study area.
        names: Which labels; None: all of them.

    Raises:
        InputError: If a label is unknown.
    """
    chosen = atlas.label_names if names is None else list(names)
    levels = {"region", *atlas.unit_levels}
    return [task for task in atlas_tasks(atlas, chosen) if task.level in levels] if chosen else []


def labels_of_regions(atlas: Atlas, tasks: Iterable[Task]) -> list[RegionValues]:
    """The known values; of a label about units each region has that of its unit."""
    return [
        RegionValues(task, _spread(atlas, task, atlas.labels(task.name)["value"])) for task in tasks
    ]


def held_out(run: Run, tasks: Iterable[Task], *, fit: bool = False) -> list[RegionValues]:
    """The predictions by probes that had not seen the region: whole areas held out.

    Those of the last ``placeprint evaluate`` where there are any.

    Args:
        run: The run.
        tasks: Labels about regions or units.
        fit: Whether probes are fitted for labels that were not evaluated; else these are left
            out.
    """
    atlas, chosen = run.atlas, list(tasks)
    path = run.path / "predictions.parquet"
    rows = read_parquet(path).to_pandas() if path.exists() else pd.DataFrame({"task": []})
    evaluated = set(rows["task"])
    wanted = [task for task in chosen if task.name not in evaluated]
    if fit and wanted:
        found = out_of_fold({run.model: run.embeddings}, wanted, atlas_places(atlas))
        rows = pd.concat([rows, found]) if len(rows) else found
    by_task = dict(iter(rows.groupby("task"))) if len(rows) else {}
    return [_predicted(atlas, task, by_task[task.name]) for task in chosen if task.name in by_task]


def original(task: Task, transformed: FloatArray) -> FloatArray:
    """Transformed values in the unit of the label again.

    Example:
        >>> table = pd.DataFrame({"value": [1.0]}, index=["a"])
        >>> original(Task("t", "region", "grid", table, transform="log1p"), np.log1p([3.0]))
        array([3.])
    """
    values: FloatArray = _INVERSE[task.transform](transformed)
    return values


def _predicted(atlas: Atlas, task: Task, rows: pd.DataFrame) -> RegionValues:
    split = "block" if (rows["split"] == "block").any() else "random"
    rows = rows[(rows["split"] == split) & (rows["model"] == rows["model"].iloc[0])]
    rows = rows[rows["predicted"].notna()]
    truth, predicted = rows["truth"].to_numpy(float), rows["predicted"].to_numpy(float)
    classes = task.classes()
    values: pd.Series
    if classes:
        table = np.eye(len(classes))
        one = (table[truth.astype(int)], table[predicted.astype(int)])
        values = pd.Series(np.array(classes, dtype=object)[predicted.astype(int)], rows["id"])
    else:
        one = (truth[:, None], predicted[:, None])
        values = pd.Series(original(task, predicted), rows["id"])
    sums = measure(task.kind, *one, np.zeros(len(rows), dtype=np.int64), 1).total()
    score = float(np.ravel(metrics(sums, classes)[task.metric])[0])
    return RegionValues(task, _spread(atlas, task, values), score, split)


def _spread(atlas: Atlas, task: Task, values: pd.Series) -> pd.Series:
    """Values by region or by unit, one for each region of the atlas."""
    if task.level != "region":
        unit_of = atlas.units(task.level)
        unit_of = unit_of[~unit_of.index.duplicated()]
        values = unit_of.map(values)
    spread: pd.Series = values.reindex(atlas.region_ids)
    if task.kind == "classification":
        return spread.astype(object).where(spread.notna(), None)
    return spread.astype(float)
