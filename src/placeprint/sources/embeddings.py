"""Embeddings of any origin: a vector per region, in whatever file its authors chose.

Nothing is unpickled: a pickle can run any code when it is opened.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from safetensors import SafetensorError

from placeprint.errors import InputError, listing
from placeprint.files import read_metadata, what_is
from placeprint.sources import ids as keys
from placeprint.sources.table import Table
from placeprint.typing import AnyArray, PathLike

__all__ = ["read_array_file", "read_embeddings", "read_ids"]

ARRAY_FILES: Final = {
    ".npy": "a NumPy array (.npy)",
    ".npz": "an archive of NumPy arrays (.npz)",
    ".pt": "a PyTorch file",
    ".pth": "a PyTorch file",
    ".safetensors": "a safetensors file",
}
"""What files of arrays are by their ending, in the words of :func:`placeprint.files.what_is`."""

PICKLES: Final = (".pkl", ".pickle", ".joblib")
DAMAGED: Final = (
    *(AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, struct.error, tokenize.TokenError, zipfile.BadZipFile),
    zlib.error,
)
"""What libraries raise where bytes are not what they should be."""

SAVE_TENSOR: Final = "torch.save({'embedding': tensor, 'ids': ids}, path)"


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
    name = Path(path)
    if name.suffix.lower() in PICKLES:
        hint = f"pandas.read_pickle({name.name!r}).to_parquet('{name.stem}.parquet')"
        hint = f"if you trust it, convert it once with {hint}"
        problem = "a pickle can run any code when it is opened, and is not read"
        raise InputError(problem, source=path, hint=hint)
    if name.suffix.lower() in ARRAY_FILES:
        matrix, inside = read_array_file(path)
        columns: Sequence[Any] = range(matrix.shape[1])
        if ids is None and inside is None:
            problem = f"it holds {len(matrix)} vectors but not which regions they are of"
            hint = "give a file of their ids in the same order with --ids (ids=)"
            raise InputError(problem, source=path, hint=hint)
        index = keys.identifiers(pd.Series(inside), path) if ids is None else None
    else:
        table = Table.open(path)
        lists = table.list_columns()
        matrix, columns, index = (
            _from_lists(table, lists) if lists else _from_wide(table, id_column, ids is None)
        )
    if index is None:
        index = read_ids(ids or path, id_column)
    if len(matrix) != len(index):
        problem = f"it holds {len(matrix)} vectors, but there are {len(index)} ids in {ids or path}"
        hint = "give the ids of exactly its rows, in the same order"
        raise InputError(problem, source=path, hint=hint)
    keys.check_unique(index, ids or path)
    values = matrix.astype(np.float32, copy=False)
    infinite = np.flatnonzero(np.isinf(values).any(axis=1))
    if len(infinite):
        count = f"{len(infinite)} of {len(index)}"
        problem = f"the vector of {index[infinite[0]]!r} holds infinite values, as {count} do"
        hint = "drop those rows, or set what float32 cannot hold, or is missing, to NaN"
        raise InputError(problem, source=path, hint=hint)
    missing = np.asarray(np.isnan(values).all(axis=1))
    if missing.all():
        raise InputError("it holds no vector: every number is missing", source=path)
    names = pd.Index(columns, name="feature_id")
    vectors = pd.DataFrame(values, index=index.rename("region_id"), columns=names)
    return vectors[~missing] if missing.any() else vectors


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
        values = _contents(path)["array"]
        if values.ndim != 1:
            raise InputError(f"it has the shape {values.shape}, expected one id a row", source=path)
        return keys.identifiers(pd.Series(values), path)
    if suffix == ".txt":
        found = what_is(path)
        if not found.startswith("text that"):
            problem = f"expected text with one id a line; the file is {found}"
            raise InputError(problem, source=path, hint="save the ids as text in UTF-8")
        lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
        return keys.identifiers(pd.Series([line.strip() for line in lines if line.strip()]), path)
    table = Table.open(path)
    rows = table.read_all([id_column] if id_column else [], doubts=False)
    return _ids_of(table, keys.identifier_column(rows, id_column, path))


def _ids_of(table: Table, column: str) -> pd.Index:
    return keys.identifiers(table.read([], as_text=[column])[column], table.path)


Vectors: TypeAlias = tuple[AnyArray, Sequence[Any], pd.Index | None]
"""A matrix, what its columns are called, and the ids of its rows, if they are known already."""


def _from_lists(table: Table, columns: list[str]) -> Vectors:
    column = "embedding" if "embedding" in columns else columns[0]
    if len(columns) > 1 and column != "embedding":
        problem = f"columns {listing(columns)} all hold lists of numbers, expected one"
        hint = "call the one that is meant 'embedding'"
        raise InputError(problem, source=table.path, hint=hint)
    matrix = table.read_lists(column)
    names = json.loads(read_metadata(table.path).get("emb:features", "null")) or []
    return matrix, names if len(names) == matrix.shape[1] else range(matrix.shape[1]), None


def _from_wide(table: Table, id_column: str | None, with_ids: bool) -> Vectors:
    rows, index = table.read_all([id_column] if id_column and with_ids else []), None
    if with_ids:
        column = keys.identifier_column(rows, id_column, table.path)
        rows, index = rows.drop(columns=column), _ids_of(table, column)
    if not table.stored:  # a column that is empty throughout is a dimension that is missing
        rows = rows.assign(**dict.fromkeys(rows.columns[rows.isna().all()], np.nan))
    numbers = [str(name) for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
    names = [name for name in numbers if not keys.is_key(name)]
    places = {name for name in keys.coordinate_columns(names) or () if name.lower() not in "xy"}
    names = [name for name in names if name not in places] or names
    if not names:
        others = listing(rows.columns) or "nothing"
        problem = f"no column holds numbers; besides ids it has {others}"
        hint = "give a column for each dimension, or in Parquet one column of lists"
        raise InputError(problem, source=table.path, hint=hint)
    return rows[names].to_numpy(np.float32, na_value=np.nan), names, index


def read_array_file(path: PathLike) -> tuple[AnyArray, AnyArray | None]:
    """Read the one matrix of a file, and the array of ids beside it.

    Of several matrices the one whose name begins with ``emb`` is meant; of several possible
    arrays of ids the one whose name says so.

    Args:
        path: A file of one of the types :data:`ARRAY_FILES`.

    Returns:
        (n, d) numbers; and (n,) ids, text or whole numbers, or None if the file holds none.

    Raises:
        InputError: If the file is missing, damaged or not what its name says, would have to be
            unpickled, holds the weights of a model or a tensor that is no plain matrix, or which
            array is meant is not clear.
    """
    contents = _contents(path)
    arrays = {name: one for name, one in contents.items() if isinstance(one, np.ndarray)}
    words = {name for name, array in arrays.items() if array.dtype.kind not in "fiubc"}
    tables = [name for name, one in contents.items() if getattr(one, "ndim", 0) == 2]
    matrices = [name for name in tables if name not in words]
    named = [name for name in matrices if name.lower().startswith("emb")]
    chosen = next((some[0] for some in (matrices, named) if len(some) == 1), None)
    weights = [name for name in contents if name.rpartition(".")[2] in {"weight", "bias"}]
    shown = [f"{name} {_in_words(value)}" for name, value in contents.items()]
    if len(weights) > 1 and not named:
        problem = f"it holds the weights of a model ({listing(shown, limit=3)}), and no vectors"
        hint = f"apply the model, and save what it gives: {SAVE_TENSOR}"
        raise InputError(problem, source=path, hint=hint)
    if chosen is None:
        problem = "expected one matrix, a row for each region, found "
        hint = "save the matrix alone, or call it 'embedding'"
        raise InputError(problem + (listing(shown) or "no array"), source=path, hint=hint)
    matrix = contents[chosen]
    if chosen not in arrays:
        quantised = ("quantised", "tensor.dequantize()")
        kind, remedy = quantised if matrix.is_quantized else ("sparse", "tensor.to_dense()")
        problem = f"{chosen!r} is a {kind} tensor"
        raise InputError(problem, source=path, hint=f"save it as plain numbers: {remedy}")
    if matrix.dtype.kind == "c":
        problem = f"{chosen!r} is a matrix of complex numbers"
        hint = "save real and imaginary parts side by side"
        raise InputError(problem, source=path, hint=hint)
    fitting = {
        name: array
        for name, array in arrays.items()
        if array.shape == (len(matrix),) and array.dtype.kind in "USiu"
    }
    ids = [name for name in fitting if keys.is_key(name) or name.lower() in {"ids", "region_ids"}]
    return matrix, next((fitting[some[0]] for some in (ids, [*fitting]) if len(some) == 1), None)


def _contents(path: PathLike) -> dict[str, Any]:
    """What is in a file of arrays by name, arrays where it can be one.

    Refused is what is something else than its name says, damaged, or a pickle.
    """
    suffix = Path(path).suffix.lower()
    kind, found = ARRAY_FILES[suffix], what_is(path)
    if found == "not there":
        raise InputError("there is no such file", source=path)
    if not found.startswith(kind):
        hint = f"fetch it again, name it as what it is, or save numbers alone: {SAVE_TENSOR}"
        raise InputError(f"it is not {kind} but {found}", source=path, hint=hint)
    try:
        if suffix == ".npy":
            return {"array": np.load(path, allow_pickle=False)}
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return dict(archive)
        return _tensors(path)
    except (*DAMAGED, pickle.UnpicklingError, SafetensorError) as error:
        if isinstance(error, pickle.UnpicklingError) or "allow_pickle" in str(error):
            problem = "it holds Python objects, which only a pickle can store"
            hint = (
                f"save numbers alone: {SAVE_TENSOR}, or with NumPy ids as np.array(ids, dtype=str)"
            )
        else:
            why = re.split(r"\. |\n", str(error))[0] or type(error).__name__
            problem, hint = f"cannot be read, it may be truncated ({why})", "fetch or save it again"
        raise InputError(problem, source=path, hint=hint) from None


def _tensors(path: PathLike) -> dict[str, Any]:
    import torch
    from safetensors.torch import load_file

    if Path(path).suffix.lower() == ".safetensors":
        content = load_file(path)
    else:
        content = torch.load(path, map_location="cpu", weights_only=True)
    found = content if isinstance(content, Mapping) else {"tensor": content}
    return {str(name): _array(value, torch) for name, value in found.items()}


def _array(value: Any, torch: Any) -> Any:
    """A plain tensor, or a list of text or whole numbers, as an array; bfloat16 as float32."""
    if isinstance(value, list | tuple) and all(isinstance(item, str | int) for item in value):
        return np.array(value)
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.is_quantized:
        return value
    return (value.float() if value.is_floating_point() else value).numpy(force=True)


def _in_words(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.shape} {value.dtype}"
    size = f" of {len(value)}" if isinstance(value, Sized) else ""
    return f"(a {type(value).__name__}{size})"
