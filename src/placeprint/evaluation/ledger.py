"""The ledger of an evaluation: what has been scored, kept on disk while the work goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from placeprint.files import read_parquet, write_table
from placeprint.typing import FloatArray, PathLike

__all__ = ["COLUMNS", "KEYS", "Key", "Ledger", "ScoreRow"]

COLUMNS: Final = (
    "task",
    "split",
    "probe",
    "model",
    "seed",
    "metric",
    "value",
    "n",
    "coverage",
)
"""The columns of a table of scores."""

KEYS: Final = list(COLUMNS[:5])
"""What names one fitted probe: the columns of the key."""

ScoreRow: TypeAlias = tuple[str, str, str, str, int, str, float, int, float]
Key: TypeAlias = tuple[str, str, str, str, int]

_SECONDS: Final = 10.0
"""How much work a power cut may cost."""


class Ledger:
    """Scores and their resamples, added as probes are fitted, and written every ten seconds.

    In a folder they are ``scores.parquet`` and ``resamples.parquet``; each is replaced as a whole,
    so that a reader never finds half of one. What the folder holds already counts as done, and is
    not fitted again.

    Args:
        folder: Where to keep them; None: in memory alone.

    Example:
        >>> ledger = Ledger()
        >>> ledger.add([("t", "random", "ridge", "m", 0, "r2", 0.5, 9, 1.0)], [])
        >>> ("t", "random", "ridge", "m", 0) in ledger
        True
        >>> ledger.scores()["value"].tolist()
        [0.5]
    """

    def __init__(self, folder: PathLike | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        self._scores: list[ScoreRow] = []
        self._resamples: list[tuple[Key, FloatArray]] = []
        if self.folder is not None and (self.folder / "scores.parquet").exists():
            self._read(self.folder)
        self._done = {row[:5] for row in self._scores}
        self._written = time.monotonic()

    def __contains__(self, key: Key) -> bool:
        return key in self._done

    def add(self, rows: Iterable[ScoreRow], resamples: Sequence[tuple[Key, FloatArray]]) -> None:
        """Take up scores, and the headline metric under every resample; write them if it is time.

        Args:
            rows: Rows with the columns :data:`COLUMNS`.
            resamples: Pairs of a key and its (B,) values.
        """
        added = list(rows)
        self._scores += added
        self._resamples += resamples
        self._done |= {row[:5] for row in added}
        if time.monotonic() - self._written > _SECONDS:
            self.write()

    def scores(self) -> pd.DataFrame:
        """The columns :data:`COLUMNS`, sorted by key and metric."""
        scores = pd.DataFrame(self._scores, columns=list(COLUMNS))
        return scores.sort_values(list(COLUMNS[:6]), ignore_index=True)

    def resamples(self) -> pd.DataFrame:
        """The headline metric under each of B resamples of the places, indexed by key, sorted."""
        index = pd.MultiIndex.from_tuples([key for key, _ in self._resamples], names=KEYS)
        values = np.array([values for _, values in self._resamples], dtype=np.float32)
        return pd.DataFrame(values.reshape(len(index), -1), index=index).sort_index()

    def write(self) -> None:
        """Write both tables; the scores last, for what they hold counts as done."""
        self._written = time.monotonic()
        if self.folder is None or not self._scores:
            return
        resamples = self.resamples()
        listed = resamples.index.to_frame(index=False).assign(values=list(resamples.to_numpy()))
        write_table(self.folder / "resamples.parquet", listed)
        write_table(self.folder / "scores.parquet", self.scores())

    def _read(self, folder: Path) -> None:
        scores = read_parquet(folder / "scores.parquet").to_pandas()
        self._scores = list(scores[list(COLUMNS)].itertuples(index=False, name=None))
        done = set(zip(*(scores[column] for column in KEYS), strict=True))
        listed = read_parquet(folder / "resamples.parquet").to_pandas()
        keys = zip(*(listed[column] for column in KEYS), strict=True)
        self._resamples = [
            (key, values) for key, values in zip(keys, listed["values"], strict=True) if key in done
        ]
