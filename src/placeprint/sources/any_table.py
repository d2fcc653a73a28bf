"""A table whose columns are not known beforehand: every plain column, typed as it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placeprint.errors import InputError
from placeprint.files import parquet_columns, read_metadata, read_parquet
from placeprint.sources.keys import EXACT, is_key
from placeprint.sources.polygons import read_vector
from placeprint.sources.tables import column_names, read_rows
from placeprint.typing import FloatArray, PathLike

__all__ = [
    "geometry_columns",
    "is_parquet",
    "is_vector_file",
    "list_columns",
    "read_any_table",
    "read_list_column",
]

PARQUET: Final = {".parquet", ".geoparquet", ".pq"}
VECTOR_FILES: Final = {".geojson", ".json", ".gpkg", ".shp", ".fgb"}


def is_parquet(path: PathLike) -> bool:
    """Whether the name of a file says that it is Parquet."""
    return Path(path).suffix.lower() in PARQUET


def is_vector_file(path: PathLike) -> bool:
    """Whether the name of a file says that it holds geometries, as GeoJSON and GeoPackage do."""
    return Path(path).suffix.lower() in VECTOR_FILES


def read_any_table(path: PathLike, text: Iterable[str] = ()) -> pd.DataFrame:
    """Read every column of numbers, truth values, text or dates; no lists, no geometries.

    Columns that a data frame was indexed by are columns like others. Whole numbers stay whole
    numbers where some are missing. Columns of a CSV file whose names say that they are
    identifiers are read as text, so that leading zeros stay.

    Args:
        path: A Parquet, CSV or vector file.
        text: Further columns of a CSV file that are identifiers.

    Returns:
        The rows in the order of the file, index 0..n−1.

    Raises:
        InputError: If the file is missing, damaged, of an unknown type or holds no rows.
    """
    if is_parquet(path):
        table = _from_parquet(path)
    elif is_vector_file(path):
        frame = read_vector(path)
        table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    else:
        names = column_names(path)
        keys = [name for name in names if is_key(name) or name in set(text)]
        table = _whole_numbers(read_rows(path, names, text=keys))
    if not len(table):
        raise InputError("it holds no rows", source=path)
    return table


def _from_parquet(path: PathLike) -> pd.DataFrame:
    geometries = geometry_columns(path)
    plain = [
        field.name for field in _schema(path) if _is_plain(field) and field.name not in geometries
    ]
    table = read_parquet(path, plain)
    # The footer of pandas would turn the columns of an index into an index again.
    frame = table.to_pandas(ignore_metadata=True)
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_integer(field.type) and column.null_count:
            frame[field.name] = pd.Series(column.to_pylist(), dtype="Int64")
        elif pa.types.is_decimal(field.type):
            frame[field.name] = pc.cast(column, pa.float64()).to_pandas()
    return pd.DataFrame(frame)


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers that became floats because some are missing, as whole numbers again."""
    for name in table.select_dtypes("float").columns[table.select_dtypes("float").isna().any()]:
        known = table[name].dropna()
        if len(known) and (known % 1 == 0).all() and (known.abs() <= EXACT).all():
            table[name] = table[name].astype("Int64")
    return table


def _schema(path: PathLike) -> pa.Schema:
    parquet_columns(path)  # refuses a missing or damaged file
    return pq.read_schema(path)


def _is_plain(field: pa.Field) -> bool:
    return not (
        pa.types.is_nested(field.type)
        or pa.types.is_binary(field.type)
        or pa.types.is_large_binary(field.type)
        or pa.types.is_null(field.type)
    )


def geometry_columns(path: PathLike) -> list[str]:
    """The geometry columns of a GeoParquet file; none for a Parquet file without."""
    return sorted(json.loads(read_metadata(path).get("geo", "{}")).get("columns", {}))


def list_columns(path: PathLike) -> list[str]:
    """The columns of a Parquet file that hold a list of numbers in each row."""
    geometries = geometry_columns(path)
    return [
        field.name for field in _schema(path) if _is_list(field) and field.name not in geometries
    ]


def _is_list(field: pa.Field) -> bool:
    kind = field.type
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(is_list(kind) for is_list in lists):
        return False
    return bool(pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type))


def read_list_column(path: PathLike, column: str) -> FloatArray:
    """Read one list of numbers per row as a matrix.

    Args:
        path: A Parquet file.
        column: A column of lists of one length; see :func:`list_columns`.

    Returns:
        (n, d) float32; NaN where a list, or a number in it, is missing.

    Raises:
        InputError: If the lists differ in length, or all are missing or empty.
    """
    lists = read_parquet(path, [column]).column(column).combine_chunks()
    lengths = pc.unique(pc.list_value_length(lists).drop_null()).to_pylist()
    if len(lengths) != 1 or lengths[0] == 0:
        found = f"lists of {min(lengths)} to {max(lengths)} numbers" if lengths else "no list"
        raise InputError(
            f"column {column!r} holds {found}, expected as many in every row",
            source=path,
            hint="leave out the rows that have no vector",
        )
    known = lists.is_valid().to_numpy(zero_copy_only=False)
    # flatten leaves out the lists that are missing
    numbers = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    numbers = numbers.reshape(-1, lengths[0])
    if known.all():
        return np.asarray(numbers)
    matrix = np.full((len(known), lengths[0]), np.nan, dtype=np.float32)
    matrix[known] = numbers
    return matrix
