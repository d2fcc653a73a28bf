"""Files on disk: atomic writes, fingerprints, and tables of vectors.

Every output of placeprint goes through :func:`replacing`, so that a crash or a full disk
leaves the old file whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import struct
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from placeprint.errors import InputError, OutputExistsError, PlaceprintError, closest, listing
from placeprint.typing import FloatArray, PathLike

__all__ = [
    "check_place",
    "disk_full",
    "fingerprint",
    "parquet_columns",
    "prepare_output",
    "read_json",
    "read_metadata",
    "read_parquet",
    "read_vectors",
    "replacing",
    "sha256",
    "what_is",
    "write_frames",
    "write_json",
    "write_parts",
    "write_table",
    "write_text",
    "write_vectors",
]


BATCH: Final = 65_536
"""Vectors read at a time."""

FULL: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "files may not grow as large here (ulimit -f, or the kind of disk)",
}


SIGNATURES: Final = {
    b"version https://git-lfs": "a Git LFS pointer; the file itself comes with: git lfs pull",
    b"/annex/objects/": "a git-annex pointer; the file itself comes with: git annex get",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"II+\0": "a TIFF image",
    b"MM\0+": "a TIFF image",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow (Feather) table",
    b"FEA1": "a Feather table of version 1",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"Obj\x01": "an Avro table",
    b"SQLite format 3\0": "an SQLite database, such as a GeoPackage",
    b"\xd0\xcf\x11\xe0": "an old Excel (.xls) or Word document",
    b"\x89HDF": "an HDF5 (or netCDF) file",
    b"CDF\x01": "a netCDF file",
    b"CDF\x02": "a netCDF file",
    b"MATLAB 5.0 MAT": "a MATLAB file",
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"\0\0\x27\x0a": "a shapefile (.shp)",
    b"fgb\x03": "a FlatGeobuf file",
    b"PMTiles": "a PMTiles archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"Rar!": "a RAR archive",
}
"""What files of a kind begin with."""

IN_ZIP: Final = {
    "xl/": "an Excel (.xlsx) workbook",
    "word/": "a Word (.docx) document",
    "constants.pkl": "a TorchScript archive (a program)",
    "data.pkl": "a PyTorch file",
    "doc.kml": "a KMZ file",
    ".shp": "a zip archive with a shapefile",
    ".npy": "an archive of NumPy arrays (.npz)",
}
"""What the name of a member of a zip archive says of it."""

LOOKED_AT: Final = 4096


def what_is(path: PathLike) -> str:
    r"""What a file is in words, by its first bytes, whatever it is called.

    For messages on a file that cannot be read as what its name says.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "vectors.pt"
        >>> _ = path.write_text("h3,0,1\n8626180dfffffff,0.1,0.2\n")
        >>> what_is(path)
        "text that begins 'h3,0,1'"
    """
    file = Path(path)
    if file.is_symlink() and not file.exists():
        annexed = "annex/objects" in str(file.readlink())
        return SIGNATURES[b"/annex/objects/"] if annexed else "a link to a file that is not there"
    if file.is_dir():
        return "a folder"
    if not file.is_file():
        return "not there" if not file.exists() else "no ordinary file"
    with file.open("rb") as handle:
        head = handle.read(LOOKED_AT)
    if not head:
        return "empty"
    if not head.strip(b"\0"):
        return "nothing but zero bytes, as of a download that was stopped"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _what_zip(file)
    if head[:4] == b"RIFF":
        return "a WebP image" if head[8:12] == b"WEBP" else "a RIFF file (sound or video)"
    if head[4:15] == b"\n\tOSMHeader":
        return "an OpenStreetMap extract (.osm.pbf)"
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head[8:10] in (b'{"', b"{}") and int.from_bytes(head[:8], "little") < 1 << 32:
        return "a safetensors file"
    for signature, words in SIGNATURES.items():
        if head.startswith(signature):
            return words
    if head.startswith((b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")):
        old = b"\x8a\nl\xfc\x9cF\xf9" in head[:32]
        return "a PyTorch file of before version 1.6" if old else "a Python pickle"
    return _what_text(head)


def _what_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile):
        return "a zip archive (or PyTorch, NumPy or Excel file) that is cut short or damaged"
    for part, words in IN_ZIP.items():
        if any(name.startswith(part) or name.endswith(part) for name in names):
            return words
    return f"a zip archive of {listing(names, limit=3) or 'nothing'}"


def _what_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, kind = head[: len(head) // 2 * 2].decode("utf-16", "replace"), "text in UTF-16"
    elif any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head):
        return "a binary file of an unknown kind"
    else:
        try:
            whole = len(head) < LOOKED_AT  # or its last character may be cut in two
            text, kind = getincrementaldecoder("utf-8-sig")().decode(head, whole), "text"
        except UnicodeDecodeError:
            text, kind = head.decode("latin-1"), "text in another encoding than UTF-8"
    start = text.lstrip().lower()
    if start.startswith("<"):
        page = "<!doctype html" in start or "<html" in start
        return "an HTML page, as servers send in place of a file" if page else "an XML document"
    lines = text.strip().splitlines()
    return f"{kind} that begins {lines[0][:40]!r}" if lines else "blank"


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to, then move it into place.

    The move is atomic: a reader sees the old file or the new one, never a part. If the block
    raises, the temporary file is removed and the old file stays as it was.

    Raises:
        PlaceprintError: If the disk is full; the old file is intact.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("done")
        >>> (folder / "a.txt").read_text()
        'done'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        # Some writers make their file anew, for its owner alone; a run is there to be shared.
        temporary.chmod(mode)
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(target)
    except Exception as error:
        full = disk_full(error, target.parent)
        if full:
            raise PlaceprintError(
                f"{target}: {full}; what was there before is intact. To mend it: free some "
                "space, or write to another disk, and run again."
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def disk_full(error: Exception, folder: PathLike) -> str:
    """Why nothing more can be written to a folder, in words, if an error says so; else nothing.

    Libraries that write by themselves say it in words alone.

    Example:
        >>> disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"), "/")
        'the quota of the disk is used up (... MB left on the disk)'
        >>> disk_full(ValueError("something else"), "/")
        ''
    """
    for number, words in FULL.items():
        if getattr(error, "errno", None) == number or os.strerror(number) in str(error):
            above = Path(folder)
            while not above.exists():
                above = above.parent
            return f"{words} ({shutil.disk_usage(above).free / 1e6:.0f} MB left on the disk)"
    return ""


def check_place(path: PathLike) -> None:
    """Check, before work starts, that a file can be written at a path.

    Args:
        path: The file; the folders above it need not be there yet.

    Raises:
        InputError: If what should be a folder above it is a file, or the folder in which it, or
            the first of those folders, would be made may not be written to.

    Example:
        >>> check_place("/dev/null/run/run.json")
        Traceback (most recent call last):
        placeprint.errors.InputError: /dev/null: it is a file, and no folder to write to. ...
    """
    above = Path(path).parent
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise InputError(
            "it is a file, and no folder to write to",
            source=above,
            hint="choose another name for the output",
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(
            "this folder may not be written to",
            source=above,
            hint="choose another place for the output, or ask for the right to write there",
        )


def prepare_output(path: PathLike, *, overwrite: bool) -> Path:
    """Check, before work starts, that an output may be written.

    Args:
        path: The file or folder to be written.
        overwrite: Whether an existing one may be replaced.

    Returns:
        The path.

    Raises:
        OutputExistsError: If it exists (a folder: and is not empty) and may not be replaced.
        InputError: If nothing can be written there; see :func:`check_place`.
    """
    target = Path(path)
    check_place(target)
    occupied = any(target.iterdir()) if target.is_dir() else target.exists()
    if occupied and not overwrite:
        raise OutputExistsError(target)
    return target


def sha256(path: PathLike) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fingerprint(value: object) -> str:
    """A short, stable digest of any JSON-like value.

    Example:
        >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
        True
    """
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_text(path: PathLike, text: str) -> None:
    """Write a text file atomically, in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: PathLike, value: object) -> None:
    """Write a JSON file atomically, keys sorted, with a final newline.

    Raises:
        ValueError: If a number is not finite: JSON has no word for it.
    """
    text = json.dumps(value, indent=2, sort_keys=True, default=str, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: PathLike) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InputError: If the file is missing or is no JSON object.
    """
    source = Path(path)
    try:
        value = json.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("there is no such file", source=source) from None
    except ValueError as error:  # its encoding too
        raise InputError(f"not valid JSON ({error})", source=source) from None
    if not isinstance(value, dict):
        raise InputError(f"expected a JSON object, found a {type(value).__name__}", source=source)
    return value


def write_table(
    path: PathLike, frame: pd.DataFrame, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a plain table as Parquet or CSV, atomically; the index is not written.

    Args:
        path: Where to; the ending ``.csv`` says CSV.
        frame: The table.
        metadata: Key–value pairs for the footer of a Parquet file.
    """
    if Path(path).suffix == ".csv":
        with replacing(path) as temporary:
            frame.to_csv(temporary, index=False)
        return
    table = pa.Table.from_pandas(frame, preserve_index=False)
    _write_arrow(path, table, metadata)


def _write_arrow(path: PathLike, table: pa.Table, metadata: Mapping[str, str] | None) -> None:
    write_parts(path, table.schema, [table], metadata)


def write_parts(
    path: PathLike,
    schema: pa.Schema,
    parts: Iterable[pa.Table],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a Parquet file that need not fit in memory, atomically.

    Args:
        path: Where to.
        schema: The columns.
        parts: The rows, some at a time; each part becomes one or more row groups.
        metadata: Key–value pairs for the footer.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a.parquet"
        >>> halves = [pa.table({"x": [1, 2]}), pa.table({"x": [3]})]
        >>> write_parts(file, halves[0].schema, halves)
        >>> read_parquet(file).column("x").to_pylist()
        [1, 2, 3]
    """
    footer = {**(schema.metadata or {}), **{k: str(v) for k, v in (metadata or {}).items()}}
    described = schema.with_metadata(footer)
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(temporary, described, compression="zstd") as writer,
    ):
        for part in parts:
            writer.write_table(part.cast(described))


def write_frames(path: PathLike, frames: Iterable[pd.DataFrame]) -> None:
    """Write a plain table as Parquet that comes in parts, atomically; indices are not written.

    Args:
        path: Where to.
        frames: One at least, all of the same columns.
    """
    tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
    first = next(tables)
    write_parts(path, first.schema, chain([first], tables))


def read_parquet(path: PathLike, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file as an Arrow table.

    Args:
        path: The file.
        columns: The columns to read; all of them if None.

    Raises:
        InputError: If the file is missing, damaged, or lacks a column.
    """
    _check_columns(path, columns or [])
    with _reading_parquet(path):
        return pq.read_table(path, columns=columns)


def _check_columns(path: PathLike, columns: Iterable[str]) -> None:
    names = parquet_columns(path)
    for column in columns:
        if column not in names:
            raise InputError(f"no column {column!r}", source=path, hint=closest(column, names))


def parquet_columns(path: PathLike) -> list[str]:
    """The columns of a Parquet file.

    Raises:
        InputError: If the file is missing or damaged.
    """
    with _reading_parquet(path):
        return [str(name) for name in pq.read_schema(path).names]


def read_metadata(path: PathLike) -> dict[str, str]:
    """The key–value pairs in the footer of a Parquet file.

    Raises:
        InputError: If the file is missing or damaged.
    """
    with _reading_parquet(path):
        footer = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in footer.items()}


@contextmanager
def _reading_parquet(path: PathLike) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError("there is no such file", source=path) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"cannot be read as Parquet, it may be truncated ({error})",
            source=path,
            hint="fetch or write the file again",
        ) from None


def write_vectors(
    path: PathLike, vectors: pd.DataFrame, metadata: Mapping[str, str] | None = None
) -> None:
    """Write one vector per region: ``region_id``, ``embedding`` (fixed-size list of float32).

    Args:
        path: Where to.
        vectors: One row per region (index: region ids), one column per dimension. A region
            that lacks the modality has no row. An index of entities, named for instance
            ``building_id``, gives the column of ids that name.
        metadata: Key–value pairs for the Parquet footer.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> table = pd.DataFrame([[1.0, 2.0]], index=pd.Index(["a"], name="region_id"))
        >>> write_vectors(folder / "v.parquet", table)
        >>> read_vectors(folder / "v.parquet").loc["a"].tolist()
        [1.0, 2.0]
    """
    values, width = vectors.to_numpy(), vectors.shape[1]
    name = str(vectors.index.name)
    id_column = name if name.endswith("_id") else "region_id"
    kinds = {id_column: pa.string(), "embedding": pa.list_(pa.float32(), width)}
    schema = pa.schema(list(kinds.items()))

    def parts() -> Iterator[pa.Table]:
        for first in range(0, max(len(values), 1), BATCH):
            some = slice(first, first + BATCH)
            ids = pa.array(vectors.index[some].astype(str).to_numpy(dtype=object), pa.string())
            flat = pa.array(np.ascontiguousarray(values[some], dtype=np.float32).ravel())
            embedding = pa.FixedSizeListArray.from_arrays(flat, width)
            yield pa.table([ids, embedding], schema=schema)

    features = [str(column) for column in vectors.columns]
    footer = {"emb:dimensions": str(width), "emb:features": json.dumps(features)}
    write_parts(path, schema, parts(), {**footer, **(metadata or {})})


def read_vectors(path: PathLike, mapped: Path | None = None) -> pd.DataFrame:
    """Read a table of vectors written by :func:`write_vectors`.

    Args:
        path: The file.
        mapped: A .npy file to unpack the vectors to, unless they are there already: they are then
            mapped into memory, and read when they are used. None: they are read into memory.

    Returns:
        float32 frame, index ``region_id`` or the id of entities, one column per dimension (named
        as when written).

    Raises:
        InputError: If the file is missing, damaged or has another layout.
        PlaceprintError: If the disk is full.
    """
    named = [name for name in parquet_columns(path) if name.endswith("_id")]
    id_column = named[0] if named else "region_id"
    _check_columns(path, [id_column, "embedding"])
    ids = read_parquet(path, [id_column])
    with _reading_parquet(path):
        kind = pq.read_schema(path).field("embedding").type
    if not pa.types.is_fixed_size_list(kind):
        raise InputError(
            f"column 'embedding' is {kind}, expected a fixed-size list of float32", source=path
        )
    shape = (ids.num_rows, kind.list_size)
    if mapped is None:
        values = np.empty(shape, dtype=np.float32)
        row = 0
        for part in _vectors(path):
            values[row : row + len(part)] = part
            row += len(part)
    else:
        if not mapped.exists():
            with replacing(mapped) as temporary, temporary.open("wb") as file:
                _write_npy(file, shape, _vectors(path))
        values = np.load(mapped, mmap_mode="c")  # private pages: nothing is written to the file
    names = json.loads(read_metadata(path).get("emb:features", "null")) or range(kind.list_size)
    index = pd.Index(ids.column(id_column).to_pandas().astype(str), name=id_column)
    columns = pd.Index(list(names), name="feature_id")
    return pd.DataFrame(values, index=index, columns=columns, copy=False)


def _vectors(path: PathLike) -> Iterator[FloatArray]:
    """The vectors of a Parquet file, some rows at a time."""
    with _reading_parquet(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH, columns=["embedding"]):
            column = batch.column(0)
            part = column.flatten().to_numpy(zero_copy_only=False)
            yield part.reshape(-1, column.type.list_size)


def _write_npy(file: BinaryIO, shape: tuple[int, int], parts: Iterable[FloatArray]) -> None:
    about = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    for part in parts:
        file.write(np.ascontiguousarray(part, dtype="<f4").data)
