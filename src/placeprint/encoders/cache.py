"""The user's cache folder, and the vectors of strings kept in it between runs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placeprint.errors import InputError
from placeprint.files import read_parquet, replacing
from placeprint.typing import BoolArray, FloatArray

__all__ = ["VectorCache", "cache_folder"]


def cache_folder() -> Path:
    """Where placeprint keeps what it can compute again.

    The first of ``$PLACEPRINT_CACHE``, ``$XDG_CACHE_HOME/placeprint`` and
    ``~/.cache/placeprint``. It may be deleted at any time.

    Example:
        >>> import os
        >>> from unittest import mock
        >>> with mock.patch.dict(os.environ, {"PLACEPRINT_CACHE": "scratch"}):
        ...     cache_folder().name
        'scratch'
    """
    own, shared = os.environ.get("PLACEPRINT_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own)
    return (Path(shared) if shared else Path.home() / ".cache") / "placeprint"


@dataclass(frozen=True)
class VectorCache:
    """Vectors of strings on disk: a folder of Parquet files, one per batch that was added.

    A file is written whole or not at all, is named after its content and is never changed, so any
    number of processes may read and write at once; one that was damaged afterwards is removed,
    and its strings are encoded again.

    Args:
        folder: Where the files are. It has to belong to one encoder, weights and all.

    Example:
        >>> import tempfile
        >>> cache = VectorCache(Path(tempfile.mkdtemp()))
        >>> cache.add(["café"], np.ones((1, 2), dtype=np.float32))
        >>> found, vectors = cache.find(["bar", "café"], dimensions=2)
        >>> found.tolist(), vectors[found].tolist()
        ([False, True], [[1.0, 1.0]])
    """

    folder: Path

    def find(self, strings: Sequence[str], *, dimensions: int) -> tuple[BoolArray, FloatArray]:
        """Look strings up.

        Args:
            strings: n strings.
            dimensions: Length d of their vectors.

        Returns:
            Which of the strings are there, (n,); and float32 vectors (n, d), of which only the
            rows that were found mean anything.
        """
        wanted = pa.array(strings, pa.string())
        found = np.zeros(len(wanted), dtype=bool)
        vectors = np.empty((len(wanted), dimensions), dtype=np.float32)
        for path in sorted(self.folder.glob("*.parquet")):
            if found.all():
                break
            try:
                held = read_parquet(path, ["text"]).column("text").combine_chunks()
                places = pc.fill_null(pc.index_in(wanted, held), -1).to_numpy()
                rows = np.flatnonzero((places >= 0) & ~found)
                if not len(rows):
                    continue
                column = read_parquet(path, ["embedding"]).column("embedding").combine_chunks()
                vectors[rows] = column.flatten().to_numpy().reshape(-1, dimensions)[places[rows]]
            except InputError:
                path.unlink(missing_ok=True)
                continue
            found[rows] = True
        return found, vectors

    def add(self, strings: Sequence[str], vectors: FloatArray) -> None:
        """Keep the vectors of some strings.

        Args:
            strings: n distinct strings.
            vectors: float32 (n, d).
        """
        values = np.ascontiguousarray(vectors, dtype=np.float32)
        embedding = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
        table = pa.table({"text": pa.array(strings, pa.string()), "embedding": embedding})
        digest = hashlib.sha256("\0".join(strings).encode()).hexdigest()[:24]
        with replacing(self.folder / f"{digest}.parquet") as temporary:
            pq.write_table(table, temporary)
