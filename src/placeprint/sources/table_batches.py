"""A raw table in batches: as many rows at a time as memory should hold, never the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from placeprint.errors import InputError
from placeprint.sources.tables import check_columns
from placeprint.typing import PathLike

__all__ = ["ROWS_AT_ONCE", "column_types", "row_name", "table_batches"]

ROWS_AT_ONCE: Final = 1 << 18
BLOCK_BYTES: Final = 1 << 24


def column_types(path: PathLike, columns: list[str]) -> dict[str, pa.DataType | None]:
    """The types that a table says its columns have; None in a CSV file, which says nothing.

    Raises:
        InputError: If the file or a column is missing.
    """
    check_columns(path, columns)
    if not _is_parquet(path):
        return dict.fromkeys(columns)
    schema = pq.read_schema(path)
    return {column: schema.field(column).type for column in columns}


def table_batches(
    path: PathLike, columns: Mapping[str, pa.DataType]
) -> Iterator[tuple[pa.RecordBatch, float]]:
    """Read some columns, batch by batch, in the order of the file.

    Args:
        path: A Parquet or CSV file.
        columns: The columns, and the type that each has if the file says nothing (CSV).

    Yields:
        Batches of at most ``ROWS_AT_ONCE`` rows, and the share of the file that is read.

    Raises:
        InputError: If the file or a column is missing, a column has no name of its own, or the
            file is damaged.
    """
    check_columns(path, columns)
    try:
        if _is_parquet(path):
            yield from _parquet_batches(path, columns)
        else:
            yield from _csv_batches(path, columns)
    except pa.ArrowKeyError as error:  # pandas, which read the header, gave names to these
        raise InputError(
            f"its header has a column twice, or without a name ({error})",
            source=path,
            hint="give every column a name of its own",
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"cannot be read ({error})", source=path) from None


def row_name(position: int) -> str:
    """A row of a file in words, as a person counts who looks for it.

    Example:
        >>> row_name(0)
        'row 1 (counted from 1, without the header)'
    """
    return f"row {position + 1:,} (counted from 1, without the header)"


def _is_parquet(path: PathLike) -> bool:
    return Path(path).suffix.lower() in {".parquet", ".geoparquet"}


def _parquet_batches(
    path: PathLike, columns: Mapping[str, pa.DataType]
) -> Iterator[tuple[pa.RecordBatch, float]]:
    with pq.ParquetFile(path) as file:
        rows = 0
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(columns)):
            rows += batch.num_rows
            plain = [_decoded(column) for column in batch.columns]
            yield pa.record_batch(plain, batch.schema.names), rows / file.metadata.num_rows


def _decoded(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column


def _csv_batches(
    path: PathLike, columns: Mapping[str, pa.DataType]
) -> Iterator[tuple[pa.RecordBatch, float]]:
    separator = "\t" if Path(path).suffix.lower() == ".tsv" else ","
    with pa.OSFile(str(path)) as file:
        reader = csv.open_csv(
            file,
            csv.ReadOptions(block_size=BLOCK_BYTES),
            csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=dict(columns), include_columns=list(columns), strings_can_be_null=True
            ),
        )
        for batch in reader:
            share = file.tell() / file.size()
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield batch.slice(start, ROWS_AT_ONCE), share
