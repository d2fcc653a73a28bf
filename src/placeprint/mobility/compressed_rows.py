"""Sparse matrices of 6 bytes an entry, in memory or on disk.

SciPy's arrays force one type on both of their index arrays, so that a graph of more than 2³¹
entries takes 8 bytes for each column; columns alone fit in 4.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from placeprint.errors import InputError, closest
from placeprint.files import prepare_output, read_json, replacing, write_json
from placeprint.mobility.checked_entries import (
    check_block,
    check_columns,
    fitted,
    highest_column,
)
from placeprint.typing import AnyArray, IntArray, PathLike

__all__ = ["CompressedRows"]

DESCRIPTION: Final = "rows.json"
"""Written last: a folder without it is unfinished."""

WEIGHTS: Final = ("float32", "float16", "uint16")

AT_ONCE: Final = 1 << 22
"""Entries that are checked and written at a time."""


@dataclass(frozen=True, eq=False)
class CompressedRows:
    """A sparse matrix as compressed rows (CSR).

    The entries of row i are those from ``indptr[i]`` to ``indptr[i + 1]``.

    Attributes:
        indptr: (n + 1,) int64, where each row starts.
        indices: (nnz,) int32, the column of each entry; sorted in each row, none twice.
        weights: (nnz,) float32, float16 or uint16, the value of each entry; None if all are 1.
        columns: The number of columns; None if the matrix is square.

    Example:
        >>> rows = CompressedRows.from_scipy(csr_array([[0, 2, 0], [1, 0, 3.0]]))
        >>> rows.shape, rows.nnz, rows.weights.tolist()
        ((2, 3), 3, [2.0, 1.0, 3.0])
        >>> rows.to_scipy().toarray().tolist()
        [[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]
    """

    indptr: IntArray
    indices: IntArray
    weights: AnyArray | None
    columns: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        n = len(self.indptr) - 1
        return n, n if self.columns is None else self.columns

    @property
    def nnz(self) -> int:
        """The number of stored entries."""
        return len(self.indices)

    @property
    def nbytes(self) -> int:
        """The bytes of the three arrays, in memory or on disk."""
        weights = 0 if self.weights is None else self.weights.nbytes
        return int(self.indptr.nbytes + self.indices.nbytes + weights)

    @property
    def mapped(self) -> bool:
        """Whether the entries were opened from disk."""
        return _mapping(self.indices) is not None

    @classmethod
    def from_scipy(cls, matrix: csr_array, weights: npt.DTypeLike = np.float32) -> Self:
        """Take over a SciPy matrix; what has the right type already is shared with it.

        Args:
            matrix: (n, m).
            weights: The type of the weights: float32, float16 or uint16.

        Raises:
            InputError: If weights do not fit their type (uint16: whole numbers up to 65,535;
                others: finite, and zero only if they were).
        """
        given = matrix.copy() if not matrix.has_canonical_format else matrix
        given.sum_duplicates()
        values = fitted(given.data, np.dtype(weights))
        columns = None if given.shape[0] == given.shape[1] else given.shape[1]
        indptr: IntArray = given.indptr.astype(np.int64, copy=False)
        indices: IntArray = given.indices.astype(np.int32, copy=False)
        return cls(indptr, indices, values, columns)

    def to_scipy(self) -> csr_array:
        """The matrix as SciPy's, its weights float32 (float16 and uint16 are widened)."""
        if self.weights is None:
            weights = np.ones(self.nnz, dtype=np.float32)
        else:
            weights = np.asarray(self.weights, dtype=np.float32)
        kind = np.int32 if self.nnz <= np.iinfo(np.int32).max else np.int64
        structure = (weights, self.indices.astype(kind), self.indptr.astype(kind))
        return csr_array(structure, shape=self.shape)

    def save(self, folder: PathLike, *, overwrite: bool = False) -> None:
        """Write three .npy files and their description into a folder.

        Raises:
            OutputExistsError: If the folder is not empty and may not be overwritten.
            PlaceprintError: If the disk is full.
        """
        kind = None if self.weights is None else self.weights.dtype
        self.stream(folder, self._parts(), kind, columns=self.columns, overwrite=overwrite)

    @staticmethod
    def stream(
        folder: PathLike,
        blocks: Iterable[tuple[IntArray, IntArray, AnyArray | None]],
        weights: npt.DTypeLike | None,
        *,
        columns: int | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write a matrix that need not fit in memory, some rows at a time.

        Args:
            folder: Where to; what is not finished cannot be opened.
            blocks: For consecutive rows: the entries of each row, their columns, their weights.
            weights: The type of the weights; None if all are 1.
            columns: The number of columns; None if the matrix is square.
            overwrite: Whether a folder that is not empty may be overwritten.

        Raises:
            InputError: If a block's columns or weights are more or fewer than its entries, a
                column is none of the matrix, or weights do not fit their type.
            OutputExistsError: If the folder is not empty and may not be overwritten.
            PlaceprintError: If the disk is full.
        """
        kind = None if weights is None else np.dtype(weights)
        if kind is not None and kind.name not in WEIGHTS:
            raise InputError(f"weights of type {kind}", hint=closest(kind.name, WEIGHTS))
        target = prepare_output(folder, overwrite=overwrite)
        (target / DESCRIPTION).unlink(missing_ok=True)
        sizes = [np.zeros(1, dtype=np.int64)]
        highest = -1
        with ExitStack() as stack:
            places = stack.enter_context(_Column.writing(target / "indices.npy", np.int32))
            values = None
            if kind is not None:
                values = stack.enter_context(_Column.writing(target / "weights.npy", kind))
            for number, (entries, indices, some) in enumerate(blocks):
                check_block(number, entries, indices, some, weighted=values is not None)
                highest = max(highest, highest_column(indices, columns))
                sizes.append(np.asarray(entries, dtype=np.int64))
                places.append(indices)
                if values is not None and some is not None:
                    values.append(fitted(some, values.kind))
        with _Column.writing(target / "indptr.npy", np.int64) as starts:
            starts.append(np.cumsum(np.concatenate(sizes)))
        n = starts.length - 1
        check_columns(0, highest, n if columns is None else columns)
        shape = [n, n if columns is None else columns]
        name = None if kind is None else kind.name
        write_json(target / DESCRIPTION, {"shape": shape, "nnz": places.length, "weights": name})

    @classmethod
    def open(cls, folder: PathLike) -> Self:
        """Map a saved matrix into memory: its pages are read when they are used.

        Raises:
            InputError: If the folder is missing, unfinished or damaged.
        """
        source = Path(folder)
        if not (source / DESCRIPTION).exists():
            raise InputError(
                f"no {DESCRIPTION} in this folder: it is no saved matrix, or it was not finished",
                source=source,
                hint="write it again",
            )
        about = read_json(source / DESCRIPTION)
        (n, m), nnz, kind = about["shape"], about["nnz"], about["weights"]
        indptr = np.array(_mapped(source / "indptr.npy", "int64", n + 1))
        indices = _mapped(source / "indices.npy", "int32", nnz)
        weights = None if kind is None else _mapped(source / "weights.npy", kind, nnz)
        if kind not in (None, *WEIGHTS) or indptr[0] != 0 or indptr[-1] != nnz:
            raise InputError("its parts do not fit together", source=source, hint="write it again")
        return cls(indptr, indices, weights, None if n == m else m)

    def blocks(self, entries: int) -> Iterator[tuple[int, int]]:
        """Consecutive ranges of rows of about so many entries each, or a single longer row.

        Example:
            >>> rows = CompressedRows(np.array([0, 2, 4, 9, 10]), np.zeros(10, np.int32), None)
            >>> list(rows.blocks(4))
            [(0, 2), (2, 3), (3, 4)]
        """
        first, n = 0, len(self.indptr) - 1
        while first < n:
            reach = self.indptr[first] + entries
            last = int(np.searchsorted(self.indptr, reach, side="right")) - 1
            last = min(max(last, first + 1), n)
            yield first, last
            first = last

    def _parts(self) -> Iterator[tuple[IntArray, IntArray, AnyArray | None]]:
        """Blocks as :meth:`stream` takes them."""
        for first, last in self.blocks(AT_ONCE):
            part = slice(int(self.indptr[first]), int(self.indptr[last]))
            weights = None if self.weights is None else self.weights[part]
            yield np.diff(self.indptr[first : last + 1]), self.indices[part], weights

    def forget(self, first: int, last: int) -> None:
        """Let go of the memory of some rows that were mapped from disk and have been read.

        They stay in the system's cache as long as nothing else needs the memory, and are read
        again when used. Nothing happens to a matrix that was not opened from disk.

        Args:
            first: The first of the rows.
            last: The row after the last.
        """
        if not hasattr(mmap, "MADV_DONTNEED"):
            return
        for array in (self.indices, self.weights):
            mapping = None if array is None else _mapping(array)
            if array is None or mapping is None:
                continue
            head = len(mapping) - array.nbytes  # the array is the end of its file
            start, end = (head + int(self.indptr[row]) * array.itemsize for row in (first, last))
            start = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE  # its first page may be half read
            if end > start:
                mapping.madvise(mmap.MADV_DONTNEED, start, end - start)


@dataclass
class _Column:
    """A .npy file that grows."""

    file: BinaryIO
    kind: np.dtype[Any]
    length: int = 0

    @classmethod
    @contextmanager
    def writing(cls, path: Path, kind: npt.DTypeLike) -> Iterator[Self]:
        """Write to a temporary file, which is moved into place at the end."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            column = cls(file, np.dtype(kind))
            column._head()
            yield column
            file.seek(0)
            column._head()

    def append(self, values: AnyArray) -> None:
        self.file.write(np.ascontiguousarray(values, dtype=self.kind).data)
        self.length += len(values)

    def _head(self) -> None:
        """The header, which NumPy pads, so that it keeps its size whatever the length."""
        about = {"descr": self.kind.str, "fortran_order": False, "shape": (self.length,)}
        np.lib.format.write_array_header_1_0(self.file, about)


def _mapped(path: Path, kind: str, length: int) -> AnyArray:
    try:
        array: AnyArray = np.load(path, mmap_mode="r" if length else None)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read, it may be truncated ({error})", source=path, hint="write it again"
        ) from None
    if array.dtype != kind or array.shape != (length,):
        raise InputError(
            f"found {array.shape} {array.dtype}, expected ({length},) {kind}",
            source=path,
            hint="write it again",
        )
    return array


def _mapping(array: AnyArray) -> mmap.mmap | None:
    """The mapping that an array lies in, or None if it is in memory."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, mmap.mmap) else None
