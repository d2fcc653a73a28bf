"""Tables with a vector in each row, written in parts: Parquet, GeoParquet or wide CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
import shapely

from placeprint.errors import InputError, listing
from placeprint.files import parquet_columns, prepare_output, replacing, what_is, write_parts
from placeprint.lookup.opening import EmbeddedRegions
from placeprint.sources import Table
from placeprint.sources.ids import is_key
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = [
    "GEOMETRY",
    "VECTOR",
    "about_vectors",
    "check_free",
    "columns_kept",
    "prepare_table",
    "to_wkb",
    "typed_rows",
    "write_vector_table",
]

VECTOR: Final = "embedding"
GEOMETRY: Final = "geometry"
CSV: Final = ".csv"
READ_AT_ONCE: Final = 1 << 18
NUMBERS: Final = (
    (r"^-?(0|[1-9]\d{0,17})$", pa.int64()),
    (r"^-?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)([eE][+-]?\d+)?$", pa.float64()),
)
"""How numbers are written in text, and what type they have; with leading zeros they are codes."""


def prepare_table(path: PathLike, *, overwrite: bool, others: Sequence[str] = ()) -> Path:
    """Check, before work starts, that a table of vectors may be written under a name.

    Args:
        path: The name.
        overwrite: Whether the file may be replaced.
        others: Endings that the command takes besides, for the message.

    Raises:
        InputError: If the ending is neither that of Parquet nor of CSV, or nothing can be written
            there.
        OutputExistsError: If the file exists and may not be replaced.
    """
    if Path(path).suffix.lower() not in {".parquet", ".geoparquet", ".pq", CSV}:
        raise InputError(
            f"cannot write vectors to a file of type {Path(path).suffix!r}",
            source=path,
            hint=f"choose a name that ends in {' or '.join(['.parquet', CSV, *others])}",
        )
    return prepare_output(path, overwrite=overwrite)


def check_free(names: Iterable[str], ours: Sequence[str], source: PathLike) -> None:
    """Refuse a table that has columns already by the names of those that are added.

    Raises:
        InputError: Naming the columns.
    """
    taken = [name for name in names if name in ours]
    if taken:
        raise InputError(
            f"it has columns {listing(taken)} already, which would be added",
            source=source,
            hint="rename or drop them",
        )


def columns_kept(table: Table) -> list[str]:
    """The columns of a table that goes on, with vectors beside them; lists and structs too."""
    return parquet_columns(table.path) if _is_parquet(table) else table.columns


def typed_rows(
    table: Table, names: Sequence[str], numeric: Iterable[str]
) -> Iterator[tuple[pa.Table, float]]:
    """Read some columns as they are, some rows at a time, and the share of the table that is read.

    Args:
        table: The table.
        names: Some of :func:`columns_kept`.
        numeric: Those that become numbers where a file of text holds nothing but numbers in them;
            identifiers, and numbers with leading zeros, stay text.

    Raises:
        InputError: If the file is damaged.
    """
    if _is_parquet(table):
        with pq.ParquetFile(table.path) as file:
            rows = 0
            for batch in file.iter_batches(READ_AT_ONCE, columns=list(names)):
                rows += len(batch)
                plain = [
                    each.dictionary_decode() if pa.types.is_dictionary(each.type) else each
                    for each in batch.columns
                ]
                yield pa.table(plain, batch.schema.names), rows / file.metadata.num_rows
        return
    kinds = _kinds(table, numeric)
    for batch, share in table.batches(names):
        columns = {
            name: column.cast(kinds.get(name, column.type))
            for name, column in zip(names, batch.columns, strict=True)
        }
        yield pa.table(columns), share


def _is_parquet(table: Table) -> bool:
    return what_is(table.path) == "a Parquet table"


def _kinds(table: Table, names: Iterable[str]) -> dict[str, pa.DataType]:
    """Which columns of text are numbers throughout, and of what type."""
    if table.stored:
        return {}
    kinds = dict.fromkeys((name for name in names if not is_key(name)), 0)
    filled = set()
    for batch, _ in table.batches([*kinds]):
        for name in kinds:
            texts = batch.column(name)
            filled |= {name} if texts.null_count < len(texts) else set()
            while kinds[name] < len(NUMBERS) and not _all(texts, NUMBERS[kinds[name]][0]):
                kinds[name] += 1
    return {name: NUMBERS[kinds[name]][1] for name in filled if kinds[name] < len(NUMBERS)}


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def about_vectors(opened: EmbeddedRegions) -> dict[str, str]:
    """What the footer of a table says of the vectors of a run: model, source, licence, software.

    Keys are those of STAC: its extension for embeddings, ``license`` and ``processing:software``.
    """
    about = {"processing:software": json.dumps({"placeprint": version("placeprint")})}
    if opened.run is not None:
        atlas = opened.run.manifest["atlas"]
        about["emb:model"] = opened.run.model
        about["emb:source-data"] = json.dumps(
            {"atlas": atlas["name"], "fingerprint": atlas["fingerprint"]}
        )
        licence = _licence(opened.run)
        if licence:
            about["license"] = licence
    return about


def _licence(run: Any) -> str:
    try:
        return str(run.atlas.manifest.get("licence") or "")
    except InputError:  # the atlas is not there, and its terms are not known
        return ""


def to_wkb(shapes: AnyArray) -> pa.Array:
    """Geometries as a column of well-known binary."""
    return pa.array(shapely.to_wkb(shapes), pa.binary())


def write_vector_table(
    path: PathLike,
    parts: Iterable[tuple[pa.Table, FloatArray]],
    names: Sequence[str],
    about: Mapping[str, str] | None = None,
) -> None:
    """Write rows and their vectors, in parts, atomically.

    In Parquet the vectors are one column ``embedding`` (fixed-size list of float32), null where a
    row has none, and the footer names their dimensions; with a column ``geometry`` (well-known
    binary, EPSG:4326) it is GeoParquet. In CSV they are one column a dimension, empty where there
    is none, and a geometry is left out.

    Args:
        path: Where to; the ending ``.csv`` says CSV.
        parts: One at least: m rows, and their (m, d) vectors, NaN where a row has none.
        names: The d names of the dimensions.
        about: Key–value pairs for the footer of Parquet.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> rows = pa.table({"id": ["a", "b"]})
        >>> write_vector_table(path, [(rows, np.array([[0.5], [np.nan]]))], ["e000"])
        >>> path.read_text().split()
        ['"id","e000"', '"a",0.5', '"b",']
    """
    if Path(path).suffix.lower() == CSV:
        _write_csv(path, (_wide(rows, vectors, names) for rows, vectors in parts))
        return
    tables = (_listed(rows, vectors) for rows, vectors in parts)
    first = next(tables)
    footer = {
        "emb:dimensions": str(len(names)),
        "emb:features": json.dumps([str(name) for name in names]),
        "data_type": "float32",
        **(about or {}),
    }
    if GEOMETRY in first.column_names:
        footer["geo"] = json.dumps(_geo())
    write_parts(path, first.schema, chain([first], tables), footer)


def _listed(rows: pa.Table, vectors: FloatArray) -> pa.Table:
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
    missing = pa.array(np.isnan(vectors).all(axis=1))
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1], mask=missing)
    # The footer of pandas would speak of another table.
    return rows.replace_schema_metadata(None).append_column(VECTOR, column)


def _wide(rows: pa.Table, vectors: FloatArray, names: Sequence[str]) -> pa.Table:
    plain = rows.drop_columns([GEOMETRY]) if GEOMETRY in rows.column_names else rows
    nested = [field.name for field in plain.schema if pa.types.is_nested(field.type)]
    if nested:
        raise InputError(
            f"columns {listing(nested)} hold lists or structs, which a CSV file cannot",
            hint="choose a name that ends in .parquet",
        )
    columns = np.ascontiguousarray(vectors.T, dtype=np.float32)
    added = {
        str(name): pa.array(column, from_pandas=True)
        for name, column in zip(names, columns, strict=True)
    }
    own = dict(zip(plain.column_names, plain.columns, strict=True))
    return pa.table(own | added)


def _write_csv(path: PathLike, tables: Iterator[pa.Table]) -> None:
    first = next(tables)
    with replacing(path) as temporary, csv.CSVWriter(temporary, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table.cast(first.schema))


def _geo() -> dict[str, Any]:
    """The footer by which a Parquet file is GeoParquet."""
    from pyproj import CRS

    column = {"encoding": "WKB", "geometry_types": [], "crs": CRS.from_epsg(4326).to_json_dict()}
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
