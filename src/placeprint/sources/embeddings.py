"""Embeddings of any origin: a vector per region, in whatever file its authors chose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.files import read_metadata, what_is
from placeprint.sources.array_files import ARRAY_FILES, read_array_file, read_npy
from placeprint.sources.ids import (
    check_unique,
    coordinate_columns,
    identifier_column,
    identifiers,
    is_key,
)
from placeprint.sources.table import Table
from placeprint.sources.values import is_text
from placeprint.typing import FloatArray, PathLike

__all__ = ["read_embeddings", "read_ids"]

PICKLES: Final = (".pkl", ".pickle", ".joblib")


def read_embeddings(
    path: PathLike, *, ids: PathLike | None = None, id_column: str | None = None
) -> pd.DataFrame:
    r"""Read one vector per region.

    ========================  ===================================================================
    Parquet                   a column of ids and a column of lists (of several: ``embedding``);
                              or wide: a column of ids, a column for each dimension
    CSV                       wide
    ``.npy``                  (n, d), the ids in a file of their own
    ``.npz``, ``.pt``,        one matrix, and the ids in the same order under a second name or in
    ``.pth``, safetensors     a file of their own
    ========================  ===================================================================

    Which column holds the ids is found as :func:`~placeprint.sources.ids.identifier_column`
    says. In a wide table text, other columns of ids, geometries, and longitude beside latitude
    are no dimensions (unless the table holds nothing but coordinates).

    Args:
        path: The file of vectors.
        ids: A file of the ids in the order of the rows, if the vectors come without: text with
            one id a line, a NumPy array, or any table or vector file of the regions.
        id_column: The column of ids; where ``ids`` is a table, its column.

    Returns:
        (n, d) float32, index ``region_id`` (text; H3 cells in hexadecimal), columns
        ``feature_id``. A row whose numbers are all missing is no embedding, and absent; single
        missing numbers are NaN.

    Raises:
        InputError: If the file is missing, damaged or a pickle; if it is not clear which column
            or array is meant; if ids are missing or occur twice, vectors differ in length, or a
            number is infinite.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "peer.csv"
        >>> _ = path.write_text("GEOID,name,0,1\n01001,Autauga,0.5,1\n01003,Baldwin,2,3\n")
        >>> read_embeddings(path).loc["01001"].tolist()
        [0.5, 1.0]
    """
    suffix = Path(path).suffix.lower()
    if suffix in PICKLES:
        raise InputError(
            "a pickle can run any code when it is opened, and is not read",
            source=path,
            hint="if you trust it, convert it once with "
            f"pandas.read_pickle({Path(path).name!r}).to_parquet('{Path(path).stem}.parquet')",
        )
    if suffix in ARRAY_FILES:
        vectors = _from_arrays(path, ids, id_column)
    else:
        table = Table.open(path)
        lists = table.list_columns()
        read = _from_lists if lists else _from_wide
        vectors = read(table, ids, id_column)
    return _checked(vectors, path)


def read_ids(path: PathLike, id_column: str | None = None) -> pd.Index:
    """Read the ids of regions in the order of a file.

    Args:
        path: Text with one id a line, a NumPy array, or any table or vector file of regions.
        id_column: The column of ids of a table; found if None.

    Raises:
        InputError: If the file cannot be read, or which column is meant is not clear.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        values = read_npy(path)
        if values.ndim != 1:
            raise InputError(f"it has the shape {values.shape}, expected one id a row", source=path)
        return identifiers(pd.Series(values), path)
    if suffix == ".txt":
        found = what_is(path)
        if not found.startswith("text that"):
            raise InputError(
                f"expected text with one id a line; the file is {found}",
                source=path,
                hint="save the ids as text in UTF-8",
            )
        lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
        return identifiers(pd.Series([line.strip() for line in lines if line.strip()]), path)
    table = Table.open(path)
    return _ids_of(table, table.read_all([id_column] if id_column else [], doubts=False), id_column)


def _ids_of(table: Table, rows: pd.DataFrame, id_column: str | None) -> pd.Index:
    column = identifier_column(rows, id_column, table.path)
    return identifiers(table.read([], as_text=[column])[column], table.path)


def _from_arrays(path: PathLike, ids: PathLike | None, id_column: str | None) -> pd.DataFrame:
    matrix, inside = read_array_file(path)
    if ids is not None:
        return _frame(matrix, read_ids(ids, id_column), path, ids)
    if inside is None:
        raise InputError(
            f"it holds {len(matrix)} vectors but not which regions they are of",
            source=path,
            hint="give a file of their ids in the same order with --ids (ids=)",
        )
    return _frame(matrix, identifiers(pd.Series(inside), path), path)


def _from_lists(table: Table, ids: PathLike | None, id_column: str | None) -> pd.DataFrame:
    columns = table.list_columns()
    column = "embedding" if "embedding" in columns else columns[0]
    if len(columns) > 1 and column != "embedding":
        raise InputError(
            f"columns {listing(columns)} all hold lists of numbers, expected one",
            source=table.path,
            hint="call the one that is meant 'embedding'",
        )
    matrix = table.read_lists(column)
    index = read_ids(table.path if ids is None else ids, id_column)
    vectors = _frame(matrix, index, table.path, ids)
    names = json.loads(read_metadata(table.path).get("emb:features", "null"))
    if names is not None and len(names) == matrix.shape[1]:
        vectors.columns = pd.Index(names, name="feature_id")
    return vectors


def _from_wide(table: Table, ids: PathLike | None, id_column: str | None) -> pd.DataFrame:
    rows = table.read_all([id_column] if id_column and ids is None else [])
    if ids is None:
        index = _ids_of(table, rows, id_column)
        rows = rows.drop(columns=identifier_column(rows, id_column, table.path))
    else:
        index = read_ids(ids, id_column)
    if table.kind == "text":  # a column that is empty throughout is a dimension that is missing
        rows = rows.assign(**dict.fromkeys(rows.columns[rows.isna().all()], np.nan))
    names = _dimensions(rows)
    if not names:
        raise InputError(
            f"no column holds numbers; besides ids it has {listing(rows.columns) or 'nothing'}",
            source=table.path,
            hint="give a column for each dimension, or in Parquet one column of lists",
        )
    numbers = rows[names].to_numpy(np.float32, na_value=np.nan)
    vectors = _frame(numbers, index, table.path, ids)
    vectors.columns = pd.Index(names, name="feature_id")
    return vectors


def _dimensions(table: pd.DataFrame) -> list[str]:
    """The columns of a wide table that are dimensions of its vectors."""
    names = [
        str(name)
        for name in table.columns
        if not is_key(str(name))
        and not is_text(table[name])
        and pd.api.types.is_numeric_dtype(table[name])
    ]
    pair = coordinate_columns(names) or ()
    if {name.lower() for name in pair} == {"x", "y"}:  # as often dimensions as coordinates
        return names
    return [name for name in names if name not in pair] or names


def _frame(
    matrix: FloatArray, index: pd.Index, source: PathLike, ids: PathLike | None = None
) -> pd.DataFrame:
    if len(matrix) != len(index):
        raise InputError(
            f"it holds {len(matrix)} vectors, but there are {len(index)} ids in {ids or source}",
            source=source,
            hint="give the ids of exactly its rows, in the same order",
        )
    check_unique(index, ids or source)
    values = np.asarray(matrix).astype(np.float32, copy=False)
    columns = pd.RangeIndex(values.shape[1], name="feature_id")
    return pd.DataFrame(values, index=index.rename("region_id"), columns=columns)


def _checked(vectors: pd.DataFrame, source: PathLike) -> pd.DataFrame:
    values = vectors.to_numpy()
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.flatnonzero(infinite.any(axis=1))[0])
        raise InputError(
            f"the vector of {vectors.index[row]!r} holds infinite values (or such as float32 "
            f"cannot hold), as {int(infinite.any(axis=1).sum())} of {len(vectors)} do",
            source=source,
            hint="drop those rows, or set the values to NaN where they are missing",
        )
    missing = np.isnan(values).all(axis=1)
    if missing.all():
        raise InputError("it holds no vector: every number is missing", source=source)
    return vectors[~missing] if missing.any() else vectors
