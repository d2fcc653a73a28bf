"""K folds, shuffled anew by each seed: every row is tested once a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import IntArray

__all__ = ["FoldSplits"]


class FoldSplits:
    """Repeated K folds: run s equals ``KFold(n_folds, shuffle=True, random_state=seed + s)``.

    The folds of a run follow each other and are scored together, out of fold, so that where rows
    are few (cities) no figure rests on a handful of them. That is the published protocol for
    cities.

    Args:
        n_folds: Folds of a run, 2 or more.
        n_repeats: How many runs.
        seed: The seed of the first run.

    Source: MobCLIP, evaluation, city scale.

    Example:
        >>> splits = FoldSplits(n_folds=2, n_repeats=1)
        >>> [test.tolist() for _, test in splits.split(np.zeros((4, 2)))]
        [[2, 3], [0, 1]]
    """

    def __init__(self, n_folds: int = 5, n_repeats: int = 10, seed: int = 0) -> None:
        self.n_folds = n_folds
        self.n_repeats = n_repeats
        self.seed = seed

    @property
    def folds_per_seed(self) -> int:
        """How many folds are one run."""
        return self.n_folds

    def split(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each fold of each run.

        Args:
            X: The n rows.
            y: Unused, as scikit-learn has it.
            groups: Unused.

        Raises:
            InputError: If there are fewer rows than folds, or fewer than two folds.
        """
        from sklearn.model_selection import KFold

        if not 2 <= self.n_folds <= len(X):
            raise InputError(
                f"{len(X)} rows cannot be put into {self.n_folds} folds, which need as many rows, "
                "and 2 at least",
                hint="label more places, or use random splits",
            )
        for seed in range(self.seed, self.seed + self.n_repeats):
            folds = KFold(self.n_folds, shuffle=True, random_state=seed)
            yield from folds.split(np.empty(len(X)))

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """How many folds there are in all runs together."""
        return self.n_folds * self.n_repeats
