"""Random splits: the published protocol, which rewards interpolation between neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import IntArray

__all__ = ["RandomSplits"]


class RandomSplits:
    """Random splits, one per seed: split s equals ``train_test_split(random_state=seed + s)``.

    That is the published protocol: 80/20, the seed by the run.

    Args:
        n_splits: How many, 1 or more.
        test_size: Share of the rows held out.
        seed: The seed of the first split.

    Source: MobCLIP, evaluation.

    Example:
        >>> train, test = next(RandomSplits(1).split(np.zeros((10, 2))))
        >>> len(train), len(test)
        (8, 2)
    """

    def __init__(self, n_splits: int = 10, test_size: float = 0.2, seed: int = 0) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.seed = seed

    def split(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split.

        Args:
            X: The n rows.
            y: Unused, as scikit-learn has it.
            groups: Unused.

        Raises:
            InputError: If there are fewer than two rows.
        """
        from sklearn.model_selection import ShuffleSplit

        if len(X) < 2:
            raise InputError(
                f"{len(X)} rows cannot be split, expected at least 2", hint="label more places"
            )
        for seed in range(self.seed, self.seed + self.n_splits):
            shuffle = ShuffleSplit(1, test_size=self.test_size, random_state=seed)
            yield next(shuffle.split(np.empty(len(X))))

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """How many splits there are."""
        return self.n_splits
