"""Raw tables, Parquet or CSV: the columns asked for, the rows asked for, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.files import parquet_columns, read_parquet
from placeprint.typing import PathLike

__all__ = ["Where", "check_numbers", "column_names", "match_columns", "read_rows"]

Scalar: TypeAlias = str | int | float | bool
Where: TypeAlias = Mapping[str, Scalar | list[Scalar]]
"""Conditions on rows: a column equals a value, or is one of several."""


def _kind(path: PathLike) -> str:
    suffix = Path(path).suffix.lower()
    if suffix in {".parquet", ".geoparquet"}:
        return "parquet"
    if suffix in {".csv", ".tsv", ".txt"}:
        return "csv"
    raise InputError(
        f"cannot read tables of type {suffix!r}", source=path, hint="give a Parquet or CSV file"
    )


def column_names(path: PathLike) -> list[str]:
    """The columns of a table, without reading it.

    Raises:
        InputError: If the file is missing, damaged or of an unknown type.
    """
    if not Path(path).exists():
        raise InputError("there is no such file", source=path)
    if _kind(path) == "csv":
        return [str(name) for name in _read_csv(path, rows=0).columns]
    return parquet_columns(path)


def match_columns(path: PathLike, patterns: Sequence[str]) -> list[str]:
    """The columns that the patterns name, in the order of the file.

    Args:
        path: A table.
        patterns: Names, or patterns such as ``male_*``.

    Raises:
        InputError: If a pattern matches no column.
    """
    names = column_names(path)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise InputError(
                f"no column matches {pattern!r}", source=path, hint=closest(pattern, names)
            )
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def check_columns(path: PathLike, columns: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        InputError: Naming the file, the column and the nearest name that is there.
    """
    names = column_names(path)
    for column in columns:
        if column not in names:
            raise InputError(f"no column {column!r}", source=path, hint=closest(column, names))


def read_rows(
    path: PathLike,
    columns: Iterable[str],
    where: Where | None = None,
    text: Iterable[str] = (),
) -> pd.DataFrame:
    """Read some columns of the rows that meet the conditions.

    Args:
        path: A Parquet or CSV file.
        columns: The columns to return.
        where: Conditions on rows, each on one column.
        text: Columns of identifiers, which a CSV reader must not turn into numbers.

    Returns:
        The rows in the order of the file, index 0..n−1.

    Raises:
        InputError: If the file or a column is missing, or no row meets the conditions.
    """
    wanted = list(dict.fromkeys(columns))
    conditions = dict(where or {})
    every = list(dict.fromkeys([*wanted, *conditions]))
    check_columns(path, every)
    if _kind(path) == "csv":
        frame = _read_csv(path, columns=every, text=[*text])
    else:
        frame = read_parquet(path, every).to_pandas(ignore_metadata=True)  # an index is a column
    for column, value in conditions.items():
        values = value if isinstance(value, list) else [value]
        chosen = frame[column].isin(values)
        if len(frame) and not chosen.any():
            raise InputError(
                f"no row has {column} = {listing(values)}",
                source=path,
                hint=f"the column holds {listing(frame[column].dropna().unique(), limit=5)}",
            )
        frame = frame[chosen]
    return frame[wanted].reset_index(drop=True)


def _read_csv(
    path: PathLike,
    columns: list[str] | None = None,
    text: Sequence[str] = (),
    rows: int | None = None,
) -> pd.DataFrame:
    separator = "\t" if Path(path).suffix.lower() == ".tsv" else ","
    try:
        return pd.read_csv(
            path, usecols=columns, dtype=dict.fromkeys(text, str), sep=separator, nrows=rows
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as CSV ({error})", source=path) from None


def check_numbers(
    frame: pd.DataFrame, columns: Iterable[str], source: PathLike, *, minimum: float | None = None
) -> None:
    """Refuse columns that hold anything but finite numbers, or numbers below a minimum.

    Raises:
        InputError: Naming the file, the column, the row and the value.
    """
    for column in columns:
        values = frame[column]
        if values.empty:
            continue
        if not pd.api.types.is_numeric_dtype(values):
            raise InputError(
                f"column {column!r} holds {values.dropna().head(1).tolist()}, expected numbers",
                source=source,
            )
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        bad = ~np.isfinite(numbers)
        if minimum is not None:
            bad |= numbers < minimum
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            expected = "a finite number" if minimum is None else f"a number of {minimum:g} or more"
            raise InputError(
                f"column {column!r} holds {numbers[row]} in row {row} (rows count from 0; "
                f"{int(bad.sum())} cannot be used), expected {expected}",
                source=source,
                hint="correct or drop these rows",
            )
