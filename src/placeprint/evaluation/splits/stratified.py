"""Stratified splits: every class in the same shares, half of it to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.typing import AnyArray, IntArray

__all__ = ["MIN_MEMBERS", "StratifiedSplits"]

MIN_MEMBERS: Final = 4
"""Members that a class needs, so that each part holds one of them."""


class StratifiedSplits:
    """Random splits of 50/25/25 within every class: training, validation and test.

    The shares are those that building function was published with. Whatever a probe tunes it
    tunes inside its training rows, so that :meth:`split` leaves the validation part out: like the
    published figures, scores are of a fit to one half of the rows, tested on a quarter, and the
    choices behind them have seen fewer rows, never more. :meth:`parts` gives all three to those
    who tune outside a probe.

    Args:
        n_splits: How many, 1 or more.
        seed: The seed of the first split.

    Source: UrbanMFM, evaluation, building function.

    Example:
        >>> classes = np.repeat([0, 1], [8, 4])
        >>> train, test = next(StratifiedSplits(1).split(np.zeros((12, 2)), classes))
        >>> np.bincount(classes[train]).tolist(), np.bincount(classes[test]).tolist()
        ([4, 2], [2, 1])
    """

    def __init__(self, n_splits: int = 10, seed: int = 0) -> None:
        self.n_splits = n_splits
        self.seed = seed

    def split(
        self,
        X: Any,
        y: Any = None,
        groups: Any = None,  # noqa: ARG002
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (training rows, test rows) of each split.

        Args:
            X: The n rows; not looked at.
            y: (n,) the class of each row.
            groups: Unused, as scikit-learn has it.

        Raises:
            InputError: If there are no classes, or one has fewer than four members.
        """
        for train, _, test in self.parts(X, y):
            yield train, test

    def parts(self, X: Any, y: Any) -> Iterator[tuple[IntArray, IntArray, IntArray]]:  # noqa: ARG002
        """Yield (training rows, validation rows, test rows) of each split.

        Of n members of a class the first ⌊n / 2⌋ in random order are trained on, those up to
        ⌊3 n / 4⌋ are for validation, the others are tested.

        Args:
            X: The n rows; not looked at.
            y: (n,) the class of each row.

        Raises:
            InputError: See :meth:`split`.
        """
        codes, sizes = _classes(y)
        starts = np.cumsum(sizes) - sizes
        for seed in range(self.seed, self.seed + self.n_splits):
            shuffled = np.random.default_rng(seed).permutation(len(codes))
            order = shuffled[np.argsort(codes[shuffled], kind="stable")]
            place = np.arange(len(order)) - np.repeat(starts, sizes)
            of = np.repeat(sizes, sizes)
            part = (place >= of // 2).astype(int) + (place >= 3 * of // 4)
            train, validation, test = (np.sort(order[part == number]) for number in range(3))
            yield train, validation, test

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """How many splits there are."""
        return self.n_splits


def _classes(y: Any) -> tuple[IntArray, IntArray]:
    """The class of each row as a number, and the members of each class."""
    classes: AnyArray = np.asarray(y)
    if y is None or classes.dtype.kind == "f":
        raise InputError(
            "stratified splits need the class of each row, found numbers or nothing",
            hint="use random splits for values that are no classes",
        )
    codes, names = pd.factorize(classes, sort=True)
    sizes: IntArray = np.bincount(codes)
    if (sizes < MIN_MEMBERS).any():
        few = [f"{names[code]} ({sizes[code]})" for code in np.flatnonzero(sizes < MIN_MEMBERS)]
        raise InputError(
            f"too few members to be split 50/25/25: {listing(few)}; each class needs "
            f"{MIN_MEMBERS} or more",
            hint="leave these classes out, or join them with others",
        )
    return codes, sizes
