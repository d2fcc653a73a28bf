"""A task: values that are known at some places, to be predicted from the places' vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.typing import FloatArray

__all__ = ["KINDS", "REGION", "SCALES", "TRANSFORMS", "Task"]

KINDS: Final = ("regression", "classification")
"""What a label is: a number, or one of several classes."""

REGION: Final = "region"
"""What most tasks are read off: the vectors of regions."""

SCALES: Final = ("grid", "point", "county", "city")
"""The scales at which tasks are posed; each has its published probe."""

TRANSFORMS: Final[dict[str, Callable[[FloatArray], FloatArray]]] = {
    "none": np.asarray,
    "log1p": np.log1p,
}
"""What may be done to a label before it is predicted and scored."""


@dataclass(frozen=True, eq=False)
class Task:
    """Values known at some regions, units or points.

    Attributes:
        name: Its name, unique among the tasks scored together.
        level: What has a value: ``"region"``, ``"point"``, the name of a level of units, or a kind
            of entities.
        scale: One of :data:`SCALES`; it decides the published probe settings.
        unit: The unit of measure of the values, before the transform.
        transform: One of :data:`TRANSFORMS`, for numbers. Probes fit, and metrics are in,
            transformed values. None of them learns anything from the values, so that there is
            nothing to learn inside a fold.
        leaks: The modalities and graphs that the values were derived from. A model that has seen
            one of them is told the answer.
        description: One sentence about what the values are.
        kind: One of :data:`KINDS`.
        source: Who published the values, and where to get them.
        about: What the vectors stand for that it is read off: ``"region"``, from which points and
            units are put together, or a kind of entities such as ``"buildings"``.
        title: What to call it where people read; its name if there is nothing better.
        values: Column ``value``, indexed by region, unit or entity id; for points the columns
            ``lon``, ``lat`` (degrees) and ``value``.

    Example:
        >>> table = pd.DataFrame({"value": [0.0, 9.0, np.nan]}, index=["a", "b", "c"])
        >>> task = Task("population", "region", "grid", table, transform="log1p")
        >>> task.known().index.tolist()
        ['a', 'b']
        >>> task.target().round(2).tolist()
        [0.0, 2.3]
    """

    name: str
    level: str
    scale: str
    values: pd.DataFrame
    unit: str = ""
    transform: str = "none"
    leaks: tuple[str, ...] = ()
    description: str = ""
    kind: str = "regression"
    source: str = ""
    about: str = REGION
    title: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.name)

    @property
    def metric(self) -> str:
        """The metric that the task is judged by: ``r2``, or ``macro_f1`` for classes."""
        return "r2" if self.kind == "regression" else "macro_f1"

    def known(self) -> pd.DataFrame:
        """The rows of ``values`` whose value is known; of regions and units sorted by id.

        The same labels in another order then give the same splits.

        Raises:
            InputError: If a column is missing, no value is known, a place has two values, or a
                value is infinite.
        """
        needed = ["lon", "lat", "value"] if self.level == "point" else ["value"]
        missing = [column for column in needed if column not in self.values]
        if missing:
            raise InputError(
                f"its labels lack {listing(missing)}; they have {listing(self.values.columns)}",
                source=self._source,
            )
        rows = self.values[self.values["value"].notna()]
        if rows.empty:
            raise InputError("no value is known", source=self._source)
        if self.level != "point" and rows.index.has_duplicates:
            twice = rows.index[rows.index.duplicated()][0]
            raise InputError(f"{twice!r} has more than one value", source=self._source)
        if self.kind == "regression" and np.isinf(_numbers(rows["value"], self._source)).any():
            raise InputError("its labels hold infinite values", source=self._source)
        return rows if self.level == "point" else rows.sort_index()

    def classes(self) -> list[str]:
        """The classes that occur, sorted; none for a regression.

        Raises:
            InputError: As :meth:`known`; or if there is only one class.
        """
        if self.kind == "regression":
            return []
        classes = sorted(self.known()["value"].astype(str).unique())
        if len(classes) < 2:
            raise InputError(
                f"all its labels are {classes[0]!r}, expected two classes or more",
                source=self._source,
            )
        return classes

    def target(self) -> FloatArray:
        """The known values, transformed, (n,) float64; of classes the position in ``classes``.

        Raises:
            InputError: As :meth:`known`; or if the kind or transform is unknown, the transform is
                not defined for a value, or a value to be regressed is no number.
        """
        if self.kind not in KINDS:
            raise InputError(
                f"no kind of task {self.kind!r}",
                source=self._source,
                hint=closest(self.kind, KINDS),
            )
        if self.kind == "classification":
            values = self.known()["value"].astype(str)
            codes: FloatArray = (
                pd.Index(self.classes()).get_indexer(pd.Index(values)).astype(np.float64)
            )
            return codes
        if self.transform not in TRANSFORMS:
            raise InputError(
                f"no transform {self.transform!r}",
                source=self._source,
                hint=closest(self.transform, TRANSFORMS),
            )
        numbers = _numbers(self.known()["value"], self._source)
        if self.transform == "log1p" and numbers.min() <= -1:
            raise InputError(
                f"the transform log1p needs values above -1, found {numbers.min():g}",
                source=self._source,
                hint="choose the transform 'none' for this task",
            )
        return TRANSFORMS[self.transform](numbers)

    @property
    def _source(self) -> str:
        return f"task {self.name}"


def _numbers(values: pd.Series, source: str) -> FloatArray:
    try:
        return values.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"its labels are no numbers, found for instance {values.iloc[0]!r}",
            source=source,
            hint="make it a classification: kind='classification'",
        ) from None
