"""What every splitter offers: the interface that scikit-learn calls a CV object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from placeprint.typing import IntArray

__all__ = ["Splitter"]


class Splitter(Protocol):
    """What scikit-learn calls a CV object.

    The evaluation hands it the positions of the rows as ``X``: (n, 2) longitude and latitude in
    degrees, NaN where a row has none; as ``y`` the first target, or of a classification
    the class of each row, and the block of each row as ``groups``. A splitter may also
    have an attribute ``folds_per_seed``: how many folds that follow each other are one run, whose
    predictions are pooled before they are scored; None if all of them are. Without it each fold is
    a run of its own.
    """

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split."""
        ...

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many splits there are."""
        ...
