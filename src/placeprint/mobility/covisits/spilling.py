"""Records that do not fit in memory wait on disk, block by block, in one file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from placeprint.errors import InputError, PlaceprintError
from placeprint.files import disk_full
from placeprint.typing import AnyArray, IntArray, PathLike

__all__ = ["BlockLog", "Buffers", "MemoryBudgetError", "block_length", "memory_exceeded"]


class MemoryBudgetError(InputError):
    """Work that cannot be cut small enough for the memory allowed; it goes on where more is."""


class BlockLog:
    """A file that only grows, of blocks of numbers, each of which belongs to one bucket.

    Writing is sequential, however many buckets there are, and takes one open file; a bucket is
    read back by its blocks. What the file held at a checkpoint is found again after a crash: the
    index says how much of it counts, the rest is cut off.

    Args:
        path: The file; made if missing.
        dtype: The type of the numbers.
        index: (k, 3) int64 as :meth:`checkpoint` gave it: bucket, place and length of each
            block. None: start anew.

    Raises:
        InputError: If the file is shorter than the index says.
        PlaceprintError: If the disk is full.

    Example:
        >>> import tempfile
        >>> with BlockLog(Path(tempfile.mkdtemp()) / "log", np.int64) as log:
        ...     for bucket in (1, 0, 1):
        ...         log.append(bucket, np.full(2, bucket))
        ...     log.read(1, 2).tolist()
        [1, 1, 1, 1]
    """

    def __init__(self, path: PathLike, dtype: npt.DTypeLike, index: IntArray | None = None) -> None:
        self._path = Path(path)
        self.dtype = np.dtype(dtype)
        self._blocks: dict[int, list[tuple[int, int]]] = {}
        self._end = 0
        for bucket, place, count in [] if index is None else index.tolist():
            self._blocks.setdefault(bucket, []).append((place, count))
            self._end += count
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        size = self._end * self.dtype.itemsize
        if self._path.stat().st_size < size:
            raise InputError(
                f"holds {self._path.stat().st_size:,} bytes, expected {size:,}: "
                "it was cut off after it had been written",
                source=self._path,
                hint="remove the folder and start anew",
            )
        self._file = self._path.open("r+b", buffering=0)
        self._file.truncate(size)
        self._file.seek(size)

    def append(self, bucket: int, numbers: AnyArray) -> None:
        """Write one block of a bucket."""
        with _room(self._path):
            view = np.ascontiguousarray(numbers, dtype=self.dtype).view(np.uint8).data
            while len(view):
                view = view[self._file.write(view) :]
        self._blocks.setdefault(bucket, []).append((self._end, len(numbers)))
        self._end += len(numbers)

    def checkpoint(self) -> IntArray:
        """Bring everything to the disk.

        Returns:
            The index, (k, 3) int64: bucket, place and length of each block.
        """
        with _room(self._path):
            os.fsync(self._file.fileno())
        rows = [(bucket, *block) for bucket, blocks in self._blocks.items() for block in blocks]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)

    def counts(self, buckets: int) -> IntArray:
        """Numbers in each of so many buckets, int64."""
        return np.array([self.count(bucket, bucket + 1) for bucket in range(buckets)], np.int64)

    def count(self, first: int, stop: int) -> int:
        """How many numbers the buckets ``first`` ≤ b < ``stop`` hold."""
        return sum(count for _, count in self._of(first, stop))

    def read(self, first: int, stop: int) -> AnyArray:
        """All numbers of the buckets ``first`` ≤ b < ``stop``."""
        whole = np.empty(self.count(first, stop), dtype=self.dtype)
        start = 0
        with self._path.open("rb", buffering=0) as file:
            for place, count in self._of(first, stop):
                self._fill(file, place, whole[start : start + count])
                start += count
        return whole

    def blocks(self, first: int, stop: int) -> Iterator[AnyArray]:
        """The same numbers as :meth:`read`, block by block."""
        with self._path.open("rb", buffering=0) as file:
            for place, count in self._of(first, stop):
                block = np.empty(count, dtype=self.dtype)
                self._fill(file, place, block)
                yield block

    def _of(self, first: int, stop: int) -> list[tuple[int, int]]:
        return [block for bucket in range(first, stop) for block in self._blocks.get(bucket, [])]

    def _fill(self, file: FileIO, place: int, block: AnyArray) -> None:
        file.seek(place * self.dtype.itemsize)
        view = block.view(np.uint8).data
        while len(view):
            got = file.readinto(view)
            if not got:
                raise PlaceprintError(f"{self._path}: ends before what was written to it")
            view = view[got:]

    def __enter__(self) -> BlockLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Buffers:
    """Room in memory for one block of each bucket, written to the log whenever it is full.

    Args:
        log: Where full blocks go.
        buckets: How many buckets there are.
        length: Numbers in a block.

    Attributes:
        room: (buckets, length) of the log's type.
        fill: (buckets,) int64, how many numbers wait in each.
    """

    def __init__(self, log: BlockLog, buckets: int, length: int) -> None:
        self._log = log
        self.room = np.empty((buckets, length), dtype=log.dtype)
        self.fill = np.zeros(buckets, dtype=np.int64)

    def flush(self, bucket: int) -> None:
        """Write what waits in one bucket."""
        self._log.append(bucket, self.room[bucket, : self.fill[bucket]])
        self.fill[bucket] = 0

    def flush_all(self) -> None:
        """Write what waits in every bucket."""
        for bucket in np.flatnonzero(self.fill):
            self.flush(int(bucket))


def block_length(allowed: int, words: int, longest: int) -> int:
    """Numbers in a block: at most as many as allowed, in whole records, an odd number of lines.

    Blocks that are filled side by side must not begin a power of two apart, or they contend for
    the same places in the processor's caches.

    Example:
        >>> block_length(10_000, 3, 1 << 16)
        9936
    """
    line = 16 * words
    lines = min(max(allowed, line), longest) // line
    return line * (lines - (lines + 1) % 2)


def memory_exceeded(
    what: str, needed: float, given: float, otherwise: str = ""
) -> MemoryBudgetError:
    """The error for work that cannot be cut small enough for the memory allowed."""
    return MemoryBudgetError(
        f"{what} {needed / 1e6:,.0f} MB of memory, {given / 1e6:,.0f} MB are allowed",
        hint=f"allow at least {needed / 1e6:,.0f} MB{otherwise}",
    )


@contextmanager
def _room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = disk_full(error, path.parent)
        if not full:
            raise
        raise PlaceprintError(
            f"{path}: {full}, and what is spilled while visits are counted does not fit. To mend "
            "it: free some space and run the same again, it continues where it stopped; or begin "
            "anew with the output on a larger disk."
        ) from error
