"""Leave one unit out: each state, province or city is predicted from all the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation.blocks import block_names
from placeprint.evaluation.splits.buffer import buffered
from placeprint.typing import AnyArray, IntArray

__all__ = ["UnitSplits"]


class UnitSplits:
    """Each unit is held out once, as ``LeaveOneGroupOut`` has it: every row is tested once.

    The folds together are one run, scored out of fold; there is nothing random about it. Rows
    that lie in no unit are held out together, as if they were one, so that what no vector covers
    is counted here as under every other split.

    Args:
        buffer_km: Training rows within this distance of a test row, in km, are dropped.

    Example:
        >>> units = np.array(["north", "south", "south"])
        >>> folds = UnitSplits().split(np.zeros((3, 2)), groups=units)
        >>> [(train.tolist(), test.tolist()) for train, test in folds]
        [([1, 2], [0]), ([0], [1, 2])]
    """

    folds_per_seed: ClassVar[int | None] = None
    """All folds are one run."""

    def __init__(self, *, buffer_km: float = 0.0) -> None:
        self.buffer_km = buffer_km

    def split(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        groups: Any = None,
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows), a unit at a time in the order of their names.

        Args:
            X: (n, 2) longitude and latitude in degrees; not looked at without a buffer.
            y: Unused, as scikit-learn has it.
            groups: (n,) the unit of each row.

        Raises:
            InputError: If there are no groups, or only one; or the buffer leaves nothing to
                train on.
        """
        names, codes = _units(groups)
        if len(names) < 2:
            raise InputError(
                f"all {len(codes)} rows are in one unit, so that none can be held out; rows in two "
                "units are needed",
                hint="use random splits, or units of a finer level",
            )
        folds = (
            (np.flatnonzero(codes != i), np.flatnonzero(codes == i)) for i in range(len(names))
        )
        yield from buffered(folds, X, self.buffer_km)

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,
    ) -> int:
        """How many units there are.

        Raises:
            InputError: If there are no groups.
        """
        return len(_units(groups)[0])


def _units(groups: Any) -> tuple[AnyArray, IntArray]:
    """The names of the units, sorted, and the position of each row's unit among them."""
    if groups is None:
        raise InputError("leaving units out needs the unit of each row", hint="pass groups=")
    names, codes = np.unique(block_names(groups), return_inverse=True)
    return names, codes
