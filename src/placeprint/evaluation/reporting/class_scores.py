"""F1 of each class by model: what a mean over the classes hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from placeprint.evaluation.probes import PRIOR
from placeprint.evaluation.reporting.matrices import class_names
from placeprint.evaluation.reporting.names import MODELS, PROBES, SPLITS, ordered
from placeprint.evaluation.statistics.score_tables import beside_every_probe
from placeprint.evaluation.tasks import Task

__all__ = ["ClassTable", "class_tables"]


@dataclass(frozen=True)
class ClassTable:
    """F1 of the classes of one task, read by one probe.

    Attributes:
        task: The task.
        probe: The probe.
        splits: The splits, the easiest first.
        models: The models, those judged first.
        judged: Those models that are no baselines.
        rows: Each class, the places of it (None where it is not known), and the mean F1 over the
            seeds by split and model; the most frequent class first. A class that no seed tests or
            predicts has no value.
        best: The highest value of each class and split, as it is shown.
    """

    task: str
    probe: str
    splits: list[str]
    models: list[str]
    judged: list[str]
    rows: list[tuple[str, int | None, dict[tuple[str, str], float]]]
    best: dict[tuple[str, str], float]


def class_tables(
    scores: pd.DataFrame,
    tasks: Sequence[Task],
    judged: Sequence[str],
    predictions: pd.DataFrame | None = None,
) -> list[ClassTable]:
    """The tables of all classifications, by task and probe.

    Args:
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them.
        tasks: The tasks in them.
        judged: The models that are no baselines, the one that the page is about first.
        predictions: Of one model or more, to count the places of each class; None: not counted.

    Example:
        >>> rows = [["use", "random", "logistic", "mine", seed, metric, value, 9, 1.0]
        ...         for seed in (0, 1)
        ...         for metric, value in (("f1[field]", 0.5), ("f1[town]", 0.25 * seed))]
        >>> columns = ["task", "split", "probe", "model", "seed", "metric", "value", "n",
        ...            "coverage"]
        >>> task = Task("use", "region", "grid", pd.DataFrame(), kind="classification")
        >>> (table,) = class_tables(pd.DataFrame(rows, columns=columns), [task], ["mine"])
        >>> [(name, values["random", "mine"]) for name, _, values in table.rows]
        [('field', 0.5), ('town', 0.125)]
    """
    found = []
    for task in tasks:
        of_task = scores[scores["task"] == task.name]
        classes = class_names(of_task["metric"].unique().tolist())
        rows = beside_every_probe(of_task[of_task["metric"].str.startswith("f1[")])
        sizes = _sizes(task, classes, predictions)
        for probe in ordered(set(rows["probe"]) - {PRIOR}, PROBES) if classes else []:
            part = rows[rows["probe"] == probe]
            found.append(_table(task.name, probe, part, classes, sizes, judged))
    return found


def _table(
    task: str,
    probe: str,
    rows: pd.DataFrame,
    classes: list[str],
    sizes: dict[str, int],
    judged: Sequence[str],
) -> ClassTable:
    means = rows.groupby(["metric", "split", "model"])["value"].mean().dropna()
    values: dict[str, dict[tuple[str, str], float]] = {name: {} for name in classes}
    for row in means.reset_index().to_dict("records"):
        where = str(row["split"]), str(row["model"])
        values[str(row["metric"])[3:-1]][where] = float(row["value"])
    splits = ordered(rows["split"].unique(), SPLITS)
    models = ordered(rows["model"].unique(), MODELS, first=judged)
    best = {
        (name, split): max(shown)
        for name in classes
        for split in splits
        if (shown := [round(v, 2) for (at, _), v in values[name].items() if at == split])
    }
    order = sorted(classes, key=lambda name: (-sizes.get(name, 0), name))
    shown_rows = [(name, sizes.get(name), values[name]) for name in order]
    own = [name for name in judged if name in models]
    return ClassTable(task, probe, splits, models, own, shown_rows, best)


def _sizes(task: Task, classes: list[str], predictions: pd.DataFrame | None) -> dict[str, int]:
    """The places of each class, by its position in the predictions of one model and split."""
    if predictions is None or not classes:
        return {}
    rows = predictions[predictions["task"] == task.name]
    if rows.empty:
        return {}
    first = rows.iloc[0]
    rows = rows[(rows["split"] == first["split"]) & (rows["model"] == first["model"])]
    counts = rows["truth"].astype(int).value_counts()
    return {name: int(counts.get(at, 0)) for at, name in enumerate(classes)}
