"""Splits into training and test rows, as scikit-learn cross-validation objects.

A random split rewards a model that interpolates between neighbours; a split into whole blocks
asks whether what it learned carries over to a place it has never been near.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from placeprint.errors import InputError, closest
from placeprint.typing import AnyArray, IntArray

__all__ = ["SPLITS", "BlockSplits", "RandomSplits", "Splitter", "make_splits"]


class Splitter(Protocol):
    """What scikit-learn calls a CV object."""

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split."""
        ...

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many splits there are."""
        ...


class RandomSplits:
    """Random splits, one per seed: split s equals ``train_test_split(random_state=seed + s)``.

    That is the published protocol: 80/20, the seed by the run (MobCLIP, evaluation).

    Args:
        n_splits: How many, 1 or more.
        test_size: Share of the rows held out.
        seed: The seed of the first split.

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

        Raises:
            InputError: If there are fewer than two rows.
        """
        from sklearn.model_selection import ShuffleSplit

        if len(X) < 2:
            raise InputError(f"{len(X)} rows cannot be split, expected at least 2")
        for seed in range(self.seed, self.seed + self.n_splits):
            shuffle = ShuffleSplit(1, test_size=self.test_size, random_state=seed)
            yield next(shuffle.split(X))

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """How many splits there are."""
        return self.n_splits


class BlockSplits:
    """Splits that hold out whole groups, about a fifth of the rows each.

    Under each seed the groups are put in random order and held out one by one; the last is left
    out again if the share of held-out *rows* is nearer to ``test_size`` without it. (scikit-learn's
    ``GroupShuffleSplit`` holds out a share of the *groups*, so that its test sets vary in size as
    the groups do.) A group that holds more than half of the rows is always trained on.

    Args:
        n_splits: How many, 1 or more.
        test_size: Share of the rows to hold out, as nearly as whole groups allow.
        seed: The seed of the first split.

    Example:
        >>> groups = np.repeat(list("abcde"), 4)
        >>> train, test = next(BlockSplits(1).split(np.zeros(20), groups=groups))
        >>> len(test), len(set(groups[test])), set(groups[train]) & set(groups[test])
        (4, 1, set())
    """

    def __init__(self, n_splits: int = 10, test_size: float = 0.2, seed: int = 0) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.seed = seed

    def split(
        self,
        X: Any,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split.

        Args:
            X: Unused, as scikit-learn has it.
            y: Unused.
            groups: (n,) the group of each row.

        Raises:
            InputError: If there are no groups, or only one.
        """
        if groups is None:
            raise InputError("splitting by blocks needs the group of each row", hint="pass groups=")
        names, codes = np.unique(np.asarray(groups), return_inverse=True)
        if len(names) < 2:
            raise InputError(
                "all rows are in one block, so that none can be held out",
                hint="use random splits, or give the regions finer units",
            )
        sizes = np.bincount(codes)
        for seed in range(self.seed, self.seed + self.n_splits):
            order = np.random.default_rng(seed).permutation(len(names))
            held_out = self._draw(sizes, order)[codes]
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)

    def _draw(self, sizes: IntArray, order: IntArray) -> AnyArray:
        """Which groups are held out, (n_groups,) bool."""
        wanted = self.test_size * sizes.sum()
        order = order[sizes[order] <= sizes.sum() / 2]
        rows = np.cumsum(sizes[order])
        last = min(int(np.searchsorted(rows, wanted)), len(rows) - 1)
        if last > 0 and wanted - rows[last - 1] <= rows[last] - wanted:
            last -= 1
        held_out = np.zeros(len(sizes), dtype=bool)
        held_out[order[: last + 1]] = True
        return held_out

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """How many splits there are."""
        return self.n_splits


SPLITS: Final[dict[str, type[RandomSplits] | type[BlockSplits]]] = {
    "random": RandomSplits,
    "block": BlockSplits,
}
"""The splits that have a name."""


def make_splits(splits: Sequence[str] | Mapping[str, Splitter], seeds: int) -> dict[str, Splitter]:
    """Splitters by name; any scikit-learn CV object may be given a name of its own.

    Args:
        splits: Names from :data:`SPLITS`, or a mapping from names to CV objects.
        seeds: How many splits of each *named* kind.

    Raises:
        InputError: If a name is unknown.

    Example:
        >>> make_splits(["random"], seeds=3)["random"].get_n_splits()
        3
    """
    if isinstance(splits, Mapping):
        return dict(splits)
    for name in splits:
        if name not in SPLITS:
            raise InputError(f"no split {name!r}", hint=closest(name, SPLITS))
    return {name: SPLITS[name](n_splits=seeds) for name in splits}
