"""The splits that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from placeprint.errors import InputError, closest
from placeprint.evaluation.splits.block import BlockSplits
from placeprint.evaluation.splits.folds import FoldSplits
from placeprint.evaluation.splits.random import RandomSplits
from placeprint.evaluation.splits.splitter import Splitter
from placeprint.evaluation.splits.stratified import StratifiedSplits
from placeprint.evaluation.splits.unit import UnitSplits

__all__ = ["SPLITS", "make_splits"]

SPLITS: Final[dict[str, Callable[[int, float], Splitter]]] = {
    "random": lambda seeds, _: RandomSplits(seeds),
    "block": lambda seeds, buffer_km: BlockSplits(seeds, buffer_km=buffer_km),
    "region": lambda _, buffer_km: UnitSplits(buffer_km=buffer_km),
    "stratified": lambda seeds, _: StratifiedSplits(seeds),
    "folds": lambda seeds, _: FoldSplits(n_repeats=seeds),
}
"""How each split that has a name is made, given the number of seeds and the buffer in km.
``random``: 80/20. ``stratified``: half of each class trained on, a quarter tested. ``block``:
whole blocks held out. ``region``: each unit held out once.
``folds``: five folds, scored together."""


def make_splits(
    splits: Sequence[str] | Mapping[str, Splitter], seeds: int, *, buffer_km: float = 0.0
) -> dict[str, Splitter]:
    """Splitters by name; any scikit-learn CV object may be given a name of its own.

    Args:
        splits: Names from :data:`SPLITS`, or a mapping from names to CV objects, which are used
            as they are.
        seeds: How many runs of each *named* kind; ``"region"`` has only one, for nothing about it
            is random.
        buffer_km: Width of the buffer round the test rows of ``"block"`` and ``"region"`` in km;
            random rows and folds have none, for they are to show what neighbours give away.

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
    return {name: SPLITS[name](seeds, buffer_km) for name in splits}
