"""Visits as whole numbers, read from Parquet files some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from placeprint.errors import InputError, closest
from placeprint.files import parquet_columns
from placeprint.typing import AnyArray, PathLike

__all__ = ["read_records"]

ROWS_AT_ONCE: Final = 1 << 19


def read_records(
    paths: Iterable[PathLike], columns: tuple[str, str, str] = ("user", "week", "cell")
) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
    """Read users, weeks and regions of Parquet files, half a million visits at a time.

    Args:
        paths: The files, in order.
        columns: The names of the three columns, all of whole numbers: any user numbers, weeks by
            their Mondays in days since 1970-01-01, regions numbered from 0.

    Yields:
        Users (int64 or uint64), weeks and regions of some visits.

    Raises:
        InputError: If a file is damaged, lacks a column, or a column holds anything else.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "visits.parquet"
        >>> pq.write_table(pa.table({"user": [7], "week": [19723], "cell": [0]}), path)
        >>> [[column.tolist() for column in batch] for batch in read_records([path])]
        [[[7], [19723], [0]]]
    """
    for path in map(Path, paths):
        names = parquet_columns(path)
        for column in columns:
            if column not in names:
                raise InputError(f"no column {column!r}", source=path, hint=closest(column, names))
        with pq.ParquetFile(path) as file:
            batches = file.iter_batches(ROWS_AT_ONCE, columns=list(columns), use_threads=False)
            try:
                for batch in batches:
                    users, weeks, regions = (_whole(batch[name], name, path) for name in columns)
                    yield users, weeks, regions
            except (pa.ArrowException, OSError) as error:
                raise InputError(
                    f"cannot be read to its end ({error})",
                    source=path,
                    hint="fetch or write the file again",
                ) from None


def _whole(column: pa.Array, name: str, path: Path) -> AnyArray:
    if not pa.types.is_integer(column.type):
        raise InputError(
            f"column {name!r} holds {column.type}, expected whole numbers",
            source=path,
            hint="number users and regions, give weeks as days since 1970-01-01",
        )
    if column.null_count:
        raise InputError(
            f"column {name!r} is empty in {column.null_count} of {len(column)} rows read at once",
            source=path,
            hint="drop these rows",
        )
    values: AnyArray = np.asarray(column)
    return values
