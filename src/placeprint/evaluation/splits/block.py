"""Block splits: whole areas are held out, with a buffer round them if wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.evaluation.blocks import block_names, cell_blocks, degree_blocks
from placeprint.evaluation.sphere import lonlat
from placeprint.evaluation.splits.buffer import buffered
from placeprint.typing import AnyArray, IntArray

__all__ = ["BlockSplits"]


class BlockSplits:
    """Splits that hold out whole blocks, about a fifth of the rows each.

    The blocks are the groups of the rows, or squares of ``size`` degrees, or H3 cells of a
    ``resolution``. Under each seed they are put in random order and held out one by one; the last
    is left out again if the share of held-out *rows* is nearer to ``test_size`` without it.
    (scikit-learn's ``GroupShuffleSplit`` holds out a share of the *groups*, so that its test sets
    vary in size as the groups do.) A block that holds more than half of the rows is always
    trained on. Rows in no block, or without a position, are one block together.

    Args:
        n_splits: How many, 1 or more.
        test_size: Share of the rows to hold out, as nearly as whole blocks allow.
        seed: The seed of the first split.
        buffer_km: Training rows within this distance of a test row, in km, are dropped.
        size: Make blocks of this size in degrees, whatever the groups.
        resolution: Make blocks of H3 cells of this resolution, whatever the groups.

    Example:
        >>> groups = np.repeat(list("abcde"), 4)
        >>> train, test = next(BlockSplits(1).split(np.zeros((20, 2)), groups=groups))
        >>> len(test), len(set(groups[test])), set(groups[train]) & set(groups[test])
        (4, 1, set())
        >>> X = np.column_stack([np.arange(20.0), np.zeros(20)])
        >>> train, test = next(BlockSplits(1, size=5, buffer_km=120).split(X))
        >>> test.tolist(), train.tolist()
        ([10, 11, 12, 13, 14], [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19])
    """

    def __init__(
        self,
        n_splits: int = 10,
        test_size: float = 0.2,
        seed: int = 0,
        *,
        buffer_km: float = 0.0,
        size: float | None = None,
        resolution: int | None = None,
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.seed = seed
        self.buffer_km = buffer_km
        self.size = size
        self.resolution = resolution

    def split(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        groups: Any = None,
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split.

        Args:
            X: (n, 2) longitude and latitude in degrees, NaN where a row has no position; looked
                at for a buffer and for blocks of a size or resolution.
            y: Unused, as scikit-learn has it.
            groups: (n,) the block of each row, unless blocks of a size or resolution are made.

        Raises:
            InputError: If there are no blocks, or only one; if both a size and a resolution are
                given; if the buffer leaves nothing to train on.
        """
        names, codes = np.unique(self._blocks(X, groups), return_inverse=True)
        if len(names) < 2:
            raise InputError(
                f"all {len(codes)} rows are in one block, so that none can be held out; rows in "
                "two blocks are needed",
                hint="use random splits, or tell where the regions are (--regions) or in which "
                "units (--units)",
            )
        yield from buffered(self._folds(np.bincount(codes), codes), X, self.buffer_km)

    def _blocks(self, X: Any, groups: Any) -> AnyArray:
        """The block of each row, (n,)."""
        if self.size is not None and self.resolution is not None:
            raise InputError(
                f"blocks cannot be both {self.size} degrees and H3 cells of resolution "
                f"{self.resolution}",
                hint="give either size or resolution",
            )
        if self.size is not None:
            return degree_blocks(*lonlat(X), self.size)
        if self.resolution is not None:
            return cell_blocks(*lonlat(X), self.resolution)
        if groups is None:
            raise InputError(
                "splitting by blocks needs the group of each row",
                hint="pass groups=, or make blocks with size= or resolution=",
            )
        return block_names(groups)

    def _folds(self, sizes: IntArray, codes: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Training and test rows of each seed, before the buffer."""
        for seed in range(self.seed, self.seed + self.n_splits):
            order = np.random.default_rng(seed).permutation(len(sizes))
            held_out = self._draw(sizes, order)[codes]
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)

    def _draw(self, sizes: IntArray, order: IntArray) -> AnyArray:
        """Which blocks are held out, (n_blocks,) bool."""
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
