"""How far the counting of co-visits has come, kept so that it continues after a crash."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

import numpy as np

from placeprint.files import replacing
from placeprint.mobility.covisits.user_partitions import Tally
from placeprint.typing import IntArray

__all__ = ["Checkpoint"]

NAME: Final = "checkpoint.npz"


def _no_blocks() -> IntArray:
    return np.empty((0, 3), dtype=np.int64)


@dataclass(frozen=True)
class Checkpoint:
    """What is known and done so far.

    Attributes:
        request: The digest of what was asked for.
        tally: What was counted while visits were read.
        stage: Which pass is at work: ``visits``, ``pairs`` or ``edges``.
        batches: Batches of visits that are spilled.
        read: Visits that were read, once all are.
        visits: Index of the spilled visits.
        partition: The first partition of users that is not done.
        pairs: Index of the spilled pairs.
        dropped: Regions of a user and week that the caps took away.
    """

    request: str
    tally: Tally
    stage: str = "visits"
    batches: int = 0
    read: int = 0
    visits: IntArray = field(default_factory=_no_blocks)
    partition: int = 0
    pairs: IntArray = field(default_factory=_no_blocks)
    dropped: int = 0

    @classmethod
    def new(cls, request: str, n_regions: int) -> Checkpoint:
        """Nothing is done."""
        return cls(request, Tally.zero(n_regions))

    @classmethod
    def load(cls, folder: Path) -> Checkpoint | None:
        """Read the checkpoint of a folder; None if there is none."""
        path = folder / NAME
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            values = {name: stored[name] for name in stored.files}
        tally = Tally(*(values.pop(f.name) for f in fields(Tally)))
        return cls(tally=tally, **{name: v if v.ndim else v.item() for name, v in values.items()})

    def save(self, folder: Path) -> None:
        """Write it into a folder, atomically."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "tally"}
        values |= {f.name: getattr(self.tally, f.name) for f in fields(Tally)}
        with replacing(folder / NAME) as temporary, temporary.open("wb") as handle:
            np.savez(handle, **values)
