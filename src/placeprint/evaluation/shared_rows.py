"""Tasks about the same rows, which one fit can serve."""

from __future__ import annotations

from collections.abc import Sequence

from placeprint.evaluation.samples import Places, Samples
from placeprint.evaluation.tasks import Task

__all__ = ["by_rows"]


def by_rows(tasks: Sequence[Task], places: Places) -> list[list[tuple[Task, Samples]]]:
    """Put regressions about the same rows, at the same scale, together; each class task is alone.

    Args:
        tasks: What is to be predicted.
        places: The regions, units and blocks that the tasks refer to.

    Returns:
        Groups of tasks with their rows, in the order of their first tasks.

    Example:
        >>> import numpy as np, pandas as pd
        >>> ids = pd.Index(["a", "b", "c"], name="region_id")
        >>> values = pd.DataFrame({"value": [1.0, 2.0, 3.0]}, index=ids)
        >>> names = {"rise": values, "fall": -values, "rare": values.head(2)}
        >>> tasks = [Task(name, "region", "grid", rows) for name, rows in names.items()]
        >>> groups = by_rows(tasks, Places(ids, np.array(["x", "y", "z"])))
        >>> [[task.name for task, _ in group] for group in groups]
        [['rise', 'fall'], ['rare']]
    """
    together: dict[tuple[object, ...], list[tuple[Task, Samples]]] = {}
    for task in tasks:
        samples = places.sample(task)
        rows = samples.membership
        key: tuple[object, ...] = (task.scale, rows.shape, rows.indptr.tobytes())
        key += (rows.indices.tobytes(), samples.positions.tobytes())
        if task.kind == "classification":
            key += (task.name,)
        together.setdefault(key, []).append((task, samples))
    return list(together.values())
