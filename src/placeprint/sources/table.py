"""Raw tables of any kind: which kind a file is, its columns, its rows, its geometries."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from placeprint.errors import (
    DataWarning,
    InputError,
    Problems,
    caution,
    closest,
    listing,
    optional_import,
)
from placeprint.files import read_parquet, what_is
from placeprint.sources import values as written
from placeprint.sources.ids import is_key
from placeprint.typing import AnyArray, FloatArray, PathLike

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Scalar", "Table", "Where"]

Scalar: TypeAlias = str | int | float | bool
Where: TypeAlias = Mapping[str, Scalar | list[Scalar]]
"""Conditions on rows: a column equals a value, or is one of several."""

SAMPLE: Final = 1 << 18
SCANNED: Final = 1 << 26
ROWS_AT_ONCE: Final = 1 << 18
BLOCK_BYTES: Final = 1 << 24
SEPARATORS: Final = ",;\t|"
NO_SEPARATOR: Final = "\x1f"
SHAPES: Final = ("geometry", "geom", "the_geom", "wkb_geometry", "wkt", "wkt_geom", "shape")
"""What columns of WKB or WKT are called in files that do not say which column has the geometry."""

WKT: Final = re.compile(
    r"(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|POLYGON|LINESTRING)\s*(?:Z|M|ZM)?\s*\(", re.I
)
READERS: Final = {
    "a Parquet table": "parquet",
    "an Excel (.xlsx) workbook": "excel",
    "an old Excel (.xls) or Word document": "excel",
    "an SQLite database, such as a GeoPackage": "vector",
    "a FlatGeobuf file": "vector",
    "a shapefile (.shp)": "vector",
    "a KMZ file": "vector",
    "an XML document": "vector",
    "text": "text",
}


@dataclass(eq=False)
class Table:
    r"""A table in a file: Parquet, text with separators, a spreadsheet, or a vector file.

    Which kind it is, is told by its first bytes; files in gzip or zip are unpacked. What had to be
    found out (the encoding, the separator, the decimal sign) is said, and can be given.

    Attributes:
        path: The file as it was named.
        columns: The columns that can be read. A field of a struct is named by its path, such as
            ``categories.primary``; columns of geometry are not among them.
        geometry: The column of geometry, if there is one.
        notes: How the file was read, a sentence each.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.csv").write_text("zone;share\n007;3,5\n")
        >>> table = Table.open(folder / "a.csv")
        >>> table.columns, table.notes
        (['zone', 'share'], ["its columns are separated by ';'"])
        >>> rows = table.read(as_text=["zone"])
        >>> rows["zone"].tolist(), table.numbers(rows["share"]).tolist()
        (['007'], [3.5])
    """

    path: Path
    kind: str
    columns: list[str] = field(default_factory=list)
    geometry: str | None = None
    notes: list[str] = field(default_factory=list)
    _file: Path = field(default_factory=Path)
    _layer: str | None = None
    _sep: str | None = None
    _decimal: str | None = None
    _encoding: str = "utf-8"
    _names: list[str] = field(default_factory=list)
    _skipped: int = 0
    _cells: pa.Table | None = None
    _index: tuple[str, range] | None = None

    @classmethod
    def open(
        cls,
        path: PathLike,
        layer: str | None = None,
        sep: str | None = None,
        decimal: str | None = None,
        encoding: str | None = None,
    ) -> Table:
        """Look at a file, without reading its rows.

        Args:
            path: The file.
            layer: Which layer of a vector file, sheet of a spreadsheet or file of a zip.
            sep: What separates the columns of text; found if None.
            decimal: The decimal sign of text, ``.`` or ``,``; found if None.
            encoding: The encoding of text; UTF-8, or else found, if None.

        Raises:
            InputError: If the file is missing, damaged, or no table, or which layer is meant is
                not clear.
            MissingExtraError: If it is a spreadsheet, and nothing that reads one is installed.
        """
        source = Path(path)
        if not source.exists():
            raise InputError("there is no such file", source=source)
        if source.is_dir():
            raise InputError("it is a folder, expected a file", source=source)
        file, layer = _unpacked(source, layer)
        words = what_is(file)
        kind = next((kind for start, kind in READERS.items() if words.startswith(start)), "")
        if kind == "text" and _begins_as_json(file):
            kind = "vector"
        table = cls(source, kind, _file=file, _layer=layer, _sep=sep, _decimal=decimal)
        if kind == "parquet":
            table._open_parquet()
        elif kind == "excel":
            table._open_workbook()
        elif kind == "vector":
            table._open_vector()
        elif kind == "text":
            table._open_text(encoding)
        else:
            raise InputError(
                f"it is no table but {words}",
                source=source,
                hint="give Parquet, CSV, Excel, GeoPackage, GeoJSON, FlatGeobuf or a shapefile",
            )
        twice = sorted({name for name in table.columns if table.columns.count(name) > 1})
        if twice:
            raise InputError(
                f"its header has the column {listing(twice)} twice",
                source=source,
                hint="give every column a name of its own",
            )
        return table

    @classmethod
    def of(cls, source: PathLike | Table) -> Table:
        """A file opened, or what is open already."""
        return source if isinstance(source, Table) else cls.open(source)

    @property
    def has_geometry(self) -> bool:
        """Whether the file holds geometries."""
        return self.geometry is not None or self._wkt_column() is not None

    def say(self, sentence: str) -> None:
        """Note how the file is read, and tell whoever is watching."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            caution(sentence, source=self.path)

    # What it is

    def _open_parquet(self) -> None:
        try:
            schema = pq.read_schema(self._file)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                f"cannot be read as Parquet, it may be truncated ({error})", source=self.path
            ) from None
        metadata = schema.metadata or {}
        shapes = [*json.loads(metadata.get(b"geo", b"{}")).get("columns", {})]
        unsaid = [f.name for f in schema if f.name in SHAPES and pa.types.is_binary(f.type)]
        self.geometry = (shapes or unsaid or [None])[0]
        for name in (name for f in schema if f.name not in shapes for name in _paths(f)):
            self.columns.append(name)
        for index in json.loads(metadata.get(b"pandas", b"{}")).get("index_columns", []):
            if isinstance(index, dict) and index.get("kind") == "range":
                name = index.get("name") or "index"
                if name not in self.columns:
                    self._index = name, range(index["start"], index["stop"], index["step"])
                    self.columns.append(name)

    def _open_vector(self) -> None:
        import pyogrio
        from pyogrio.errors import DataLayerError, DataSourceError

        try:
            layers = [name for name, _ in pyogrio.list_layers(self._file).tolist()]
            layers = [name for name in layers if name not in {"layer_styles", "qgis_projects"}]
            self._choose_layer(layers)
            about = pyogrio.read_info(self._file, layer=self._layer)
        except (DataSourceError, DataLayerError) as error:
            raise InputError(
                f"cannot be read as a vector file ({error})", source=self.path
            ) from None
        self.columns = [str(name) for name in about["fields"]]
        self.geometry = "geometry" if about["geometry_type"] is not None else None

    def _choose_layer(self, layers: Sequence[str]) -> None:
        if self._layer is None and len(layers) == 1:
            self._layer = layers[0]
        if self._layer not in layers:
            found = f"no layer {self._layer!r}" if self._layer else f"it holds {len(layers)} layers"
            raise InputError(
                f"{found}: {listing(layers) or 'none'}",
                source=self.path,
                hint=f"say which: `layer: {(layers or ['NAME'])[0]}` (--layer)",
            )

    def _open_workbook(self) -> None:
        optional_import("python_calamine", "excel")
        with pd.ExcelFile(self._file, engine="calamine") as book:
            sheets = {
                str(name): book.parse(name, header=None, dtype=object, na_filter=False)
                for name in book.sheet_names
            }
        filled = {name: cells for name, cells in sheets.items() if not cells.empty}
        self._choose_layer([*filled])
        rows = [[_cell(cell) for cell in row] for row in filled[str(self._layer)].to_numpy()]
        self._take_header(rows)
        body = [row for row in rows[self._skipped :] if any(row)]
        columns = list(zip(*body, strict=True)) if body else [()] * len(self._names)
        arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
        self._cells = pa.table(arrays, names=self._names)

    def _open_text(self, encoding: str | None) -> None:
        self._encoding = encoding or self._found_encoding()
        with self._file.open("rb") as handle:
            sample = handle.read(SAMPLE)
        text = codecs.getincrementaldecoder(self._encoding)(errors="replace").decode(sample)
        lines = text.splitlines(keepends=True)
        if len(sample) == SAMPLE and len(lines) > 1:
            lines.pop()  # may be cut off
        given = self._sep
        self._sep = {"tab": "\t", "\\t": "\t"}.get(given, given) if given else _separator(lines)
        if given is None and self._sep not in (",", "\t", NO_SEPARATOR):
            self.say(f"its columns are separated by {self._sep!r}")
        edge = re.escape(self._sep)
        clear = rf'(?:^|{edge})"?-?\d+,(?:\d{{1,2}}|\d{{4,}})"?(?:{edge}|$)'
        if self._decimal is None and self._sep != "," and re.search(clear, text, re.M):
            self._decimal = ","
        self._take_header([*csv.reader(lines[:200], delimiter=self._sep)])

    def _found_encoding(self) -> str:
        with self._file.open("rb") as handle:
            start = handle.read(4)
            handle.seek(0)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if start[1:2] == b"\0" or start[:1] == b"\0":
                return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
            decoder = codecs.getincrementaldecoder("utf-8")()
            lines = done = 0
            while done < SCANNED and (block := handle.read(SAMPLE)):
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    line = error.object[: error.start].count(b"\n")
                    around = error.object[max(error.start - 12, 0) : error.start + 12]
                    return self._western(error.object[error.start], lines + line, around)
                lines, done = lines + block.count(b"\n"), done + len(block)
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"

    def _western(self, byte: int, row: int, around: bytes) -> str:
        where = f"byte 0x{byte:02x} in row {row:,}"
        content = self._file.open("rb").read(SCANNED)
        if any(code in content for code in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")):
            raise InputError(
                f"it is neither UTF-8 nor cp1252 ({where})",
                source=self.path,
                hint="say its `encoding:` (--encoding), such as cp1250, cp1251, gbk or shift_jis",
            )
        shown = " ".join(around.decode("cp1252", errors="replace").split())
        self.say(
            f"it is not UTF-8 ({where}) and read as cp1252 (… {shown} …); if letters are wrong, say "
            "its encoding"
        )
        return "cp1252"

    def _take_header(self, rows: list[list[str]]) -> None:
        """Find the names of columns: the first row that is as wide as most."""
        filled = [row for row in rows if any(row)]
        if not filled:
            raise InputError("it holds no rows", source=self.path)
        widths = [len(_stripped(row)) for row in filled[:100]]
        usual = max(set(widths), key=widths.count)
        title = [row for row in rows[: rows.index(filled[0]) + 10] if len(_stripped(row)) <= 1]
        while usual > 1 and rows[self._skipped] in title:
            self._skipped += 1
        if any(any(row) for row in rows[: self._skipped]):
            self.say(f"{self._skipped} lines above the names of columns are left out")
        header = rows[self._skipped]
        self._skipped += 1
        self._names = [name.strip() or f"Unnamed: {i}" for i, name in enumerate(header)]
        self.columns = list(self._names)

    # Its rows

    def check(self, columns: Iterable[str]) -> None:
        """Refuse a table that lacks a column.

        Raises:
            InputError: Naming the file, the column and the nearest name that is there.
        """
        for column in columns:
            if column in self.columns:
                continue
            within = [name for name in self.columns if name.startswith(f"{column}.")]
            if within:
                raise InputError(
                    f"column {column!r} is a struct with the fields "
                    f"{listing(name.removeprefix(f'{column}.') for name in within)}",
                    source=self.path,
                    hint=f"name one of them, such as {within[0]}",
                )
            raise InputError(
                f"no column {column!r}", source=self.path, hint=closest(column, self.columns)
            )

    def types(self, columns: Iterable[str]) -> dict[str, pa.DataType]:
        """The types that the file says columns have; text, where it says nothing."""
        if self.kind != "parquet":
            return dict.fromkeys(columns, pa.string())
        schema = pq.read_schema(self._file)
        found: dict[str, pa.DataType] = {}
        for column in columns:
            top, *path = column.split(".") if column not in schema.names else [column]
            kind = schema.field(top).type if top in schema.names else pa.int64()
            for name in path:
                kind = kind.field(name).type
            found[column] = kind
        return found

    def read(
        self,
        columns: Iterable[str] | None = None,
        where: Where | None = None,
        as_text: Iterable[str] = (),
    ) -> pd.DataFrame:
        """Read some columns of the rows that meet the conditions.

        Args:
            columns: Those to return; all that hold plain values if None.
            where: Conditions on rows, each on one column.
            as_text: Columns to return as text, spelt as in the file: identifiers, names,
                categories; see :func:`~placeprint.sources.values.plain_text`.

        Returns:
            The rows in the order of the file; the index is their position in it. Columns of text
            files are strings, to be made numbers by :meth:`numbers` or :meth:`inferred`.

        Raises:
            InputError: If a column is missing or holds structs or lists, a row has too many or too
                few cells, or no row meets the conditions.
        """
        texts = set(as_text)
        every = list(dict.fromkeys([*(self.columns if columns is None else columns), *texts]))
        conditions = dict(where or {})
        self.check([*every, *conditions])
        rows = self._arrow(list(dict.fromkeys([*every, *conditions])))
        kept = np.arange(rows.num_rows)
        for column, value in conditions.items():
            kept = np.intersect1d(kept, self._chosen(rows.column(column), column, value))
        if conditions and rows.num_rows and not len(kept):
            raise InputError(f"no row meets all conditions {dict(conditions)}", source=self.path)
        rows = rows.take(kept) if len(kept) < rows.num_rows else rows
        if columns is None:
            every = [name for name in every if _is_plain(rows.schema.field(name).type)]
        frame = {name: self._series(rows.column(name), name, texts) for name in every}
        return pd.DataFrame(frame).set_axis(pd.Index(kept), axis=0)

    def read_all(self, as_text: Iterable[str] = (), *, doubts: bool = True) -> pd.DataFrame:
        """Read every column as what it holds: numbers, truth values, text or dates.

        Columns of text files whose names say that they hold identifiers are text.

        Args:
            as_text: Further columns that are text.
            doubts: Whether columns that are numbers but for some values are refused; they are text
                otherwise, and it is said.

        Returns:
            The rows in the order of the file, index 0..n−1.

        Raises:
            InputError: If there are no rows; see :meth:`read` and :meth:`inferred`.
        """
        stored = self.kind in {"parquet", "vector"}
        texts = [n for n in self.columns if n in {*as_text} or (not stored and is_key(n))]
        rows = self.read(as_text=texts)
        if not len(rows):
            raise InputError("it holds no rows", source=self.path)
        problems, read = Problems(), dict(rows.items())
        for name in rows.columns.drop(texts):
            with problems.collecting():
                read[name] = self.inferred(rows[name])
        if doubts:
            problems.check()
        for problem in problems.found:
            warnings.warn(f"{problem} It is taken for text.", DataWarning, stacklevel=2)
        return pd.DataFrame(read)

    def list_columns(self) -> list[str]:
        """The columns that hold a list of numbers in each row."""
        if self.kind != "parquet":
            return []
        lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
        return [
            name
            for name, kind in self.types(self.columns).items()
            if any(is_list(kind) for is_list in lists)
            and (pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type))
        ]

    def read_lists(self, column: str) -> FloatArray:
        """Read one list of numbers per row as a matrix.

        Args:
            column: One of :meth:`list_columns`.

        Returns:
            (n, d) float32; NaN where a list, or a number in it, is missing.

        Raises:
            InputError: If the lists differ in length, or all are missing or empty.
        """
        lists = self._arrow([column]).column(column).combine_chunks()
        lengths = pc.unique(pc.list_value_length(lists).drop_null()).to_pylist()
        if len(lengths) != 1 or lengths[0] == 0:
            found = f"lists of {min(lengths)} to {max(lengths)} numbers" if lengths else "no list"
            raise InputError(
                f"column {column!r} holds {found}, expected as many in every row",
                source=self.path,
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

    def _series(self, column: pa.ChunkedArray, name: str, texts: set[str]) -> pd.Series:
        array = column.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if name in texts:
            return written.plain_text(array, name, self.path)
        if pa.types.is_nested(array.type):
            raise InputError(
                f"column {name!r} holds {array.type}, expected one value a row", source=self.path
            )
        if pa.types.is_decimal(array.type):
            array = array.cast(pa.float64())
        elif pa.types.is_integer(array.type) and array.null_count:
            return pd.Series(array.to_pylist(), dtype="Int64", name=name)
        values: pd.Series = array.to_pandas().rename(name)
        return values

    def _chosen(self, column: pa.ChunkedArray, name: str, value: Scalar | list[Scalar]) -> AnyArray:
        wanted = value if isinstance(value, list) else [value]
        array = column.combine_chunks()
        texts = written.plain_text(array, name, self.path)
        chosen = texts.isin([str(one) for one in wanted])
        if len(texts) and not chosen.any():
            distinct = listing(texts.dropna().unique(), limit=5)
            raise InputError(
                f"no row has {name} = {listing(wanted)}",
                source=self.path,
                hint=f"the column holds {distinct}",
            )
        return np.flatnonzero(chosen)

    def _arrow(self, columns: list[str]) -> pa.Table:
        if self.kind == "parquet":
            stored = [name for name in columns if not self._index or name != self._index[0]]
            tops = dict.fromkeys(
                name if name in self._tops() else name.split(".")[0] for name in stored
            )
            whole = read_parquet(self._file, [*tops])
            if self._index and self._index[0] in columns:
                length = pq.read_metadata(self._file).num_rows
                if not tops:
                    return pa.table({self._index[0]: np.array(self._index[1])[:length]})
                whole = whole.append_column(self._index[0], pa.array(np.array(self._index[1])))
            return pa.table({name: _field(whole, name) for name in columns})
        if self._cells is not None:
            return self._cells.select(columns)
        if self.kind == "text":
            batches = [batch for batch, _ in self._text_batches(columns)]
            schema = pa.schema([(name, pa.string()) for name in columns])
            return pa.Table.from_batches(batches, schema)
        import pyogrio

        _, found = pyogrio.read_arrow(
            self._file, layer=self._layer, columns=columns, read_geometry=False
        )
        return found.select(columns)

    def _tops(self) -> list[str]:
        names: list[str] = pq.read_schema(self._file).names
        return names

    def batches(self, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, float]]:
        """Read some columns, batch by batch, in the order of the file.

        Yields:
            Batches of at most ``ROWS_AT_ONCE`` rows, and the share of the file that is read.

        Raises:
            InputError: See :meth:`read`.
        """
        self.check(columns)
        names = list(dict.fromkeys(columns))
        if self.kind == "text":
            yield from self._text_batches(names)
        elif self.kind == "parquet" and not any(
            "." in name or name not in self._tops() for name in names
        ):
            with pq.ParquetFile(self._file) as file:
                rows = 0
                for batch in file.iter_batches(ROWS_AT_ONCE, columns=names):
                    rows += batch.num_rows
                    plain = [
                        one.dictionary_decode() if pa.types.is_dictionary(one.type) else one
                        for one in batch.select(names).columns
                    ]
                    yield pa.record_batch(plain, names), rows / file.metadata.num_rows
        else:
            whole = self._arrow(names)
            done = 0
            for batch in whole.to_batches(ROWS_AT_ONCE):
                done += batch.num_rows
                yield batch, done / whole.num_rows

    def _text_batches(self, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, float]]:
        ragged: list[Any] = []

        def refuse(row: Any) -> str:
            ragged.append(row)
            return "skip"

        try:
            with pa.OSFile(str(self._file)) as file:
                reader = arrow_csv.open_csv(
                    file,
                    arrow_csv.ReadOptions(
                        block_size=BLOCK_BYTES,
                        column_names=self._names,
                        skip_rows=self._skipped,
                        encoding=self._encoding.removesuffix("-sig"),
                    ),
                    arrow_csv.ParseOptions(
                        delimiter=self._sep, newlines_in_values=True, invalid_row_handler=refuse
                    ),
                    arrow_csv.ConvertOptions(
                        column_types=dict.fromkeys(columns, pa.string()),
                        include_columns=list(columns),
                        null_values=[""],
                        strings_can_be_null=True,
                    ),
                )
                for batch in reader:
                    if ragged:
                        break
                    share = file.tell() / max(file.size(), 1)
                    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                        yield batch.slice(start, ROWS_AT_ONCE), share
        except (pa.ArrowInvalid, OSError, UnicodeError) as error:
            raise InputError(
                f"cannot be read as text with columns ({error})",
                source=self.path,
                hint="say its `encoding:` (--encoding) or `sep:` (--sep), or write it as UTF-8",
            ) from None
        if ragged:
            row = ragged[0]
            place = f"row {row.number - self._skipped:,}" if row.number else "a row"
            raise InputError(
                f"{place} has {row.actual_columns} cells, the header {row.expected_columns}: "
                f"{row.text[:60]!r}",
                source=self.path,
                hint="correct the row; text that holds the separator stands in quotation marks",
            )

    # What its values mean

    def numbers(self, values: pd.Series, minimum: float | None = None) -> pd.Series:
        """A column as numbers; see :func:`placeprint.sources.values.numbers`."""
        return written.numbers(
            values, self.path, self.say, decimal=self._decimal, sep=self._sep, minimum=minimum
        )

    def inferred(self, values: pd.Series) -> pd.Series:
        """A column as what it holds; see :func:`placeprint.sources.values.inferred`."""
        if self.kind in {"parquet", "vector"} and written.is_text(values):
            plain = values.dropna().astype(str).str.fullmatch(r"[+-]?\d+")
            if plain.all():  # whoever stored digits as text meant text
                return values
        return written.inferred(values, self.path, self.say, decimal=self._decimal, sep=self._sep)

    # Its geometries

    def lonlat(
        self, lon: str = "lon", lat: str = "lat", columns: Iterable[str] = (), **how: Any
    ) -> pd.DataFrame:
        """Read where rows are, from two columns of degrees, or without them from geometry.

        Args:
            lon: The column of longitudes.
            lat: The column of latitudes.
            columns: What else to read.
            how: See :meth:`read`.

        Returns:
            Columns lon and lat (degrees, NaN where missing) before the others; of geometries a
            point within them.

        Raises:
            InputError: If a value is no coordinate, or there are neither columns nor geometry.
        """
        others = [name for name in columns if name not in (lon, lat)]
        if self.geometry is not None and not {lon, lat} <= {*self.columns}:
            frame = self.geometries(others, **how)
            shapes = frame.pop("geometry")
            points = (
                shapes.representative_point() if (shapes.geom_type != "Point").any() else shapes
            )
            return pd.DataFrame({"lon": points.x, "lat": points.y, **frame})
        rows = self.read([lon, lat, *others], **how)
        degrees = {
            name: written.degrees(rows[column], letters, self.path, self.say)
            for name, column, letters in (("lon", lon, "EW"), ("lat", lat, "NS"))
        }
        return pd.DataFrame({**degrees, **rows[others]})

    def geometries(
        self, columns: Iterable[str] = (), where: Where | None = None, as_text: Iterable[str] = ()
    ) -> gpd.GeoDataFrame:
        """Read geometries in EPSG:4326, transformed if they are in another known CRS.

        Args:
            columns: What else to read.
            where: See :meth:`read`.
            as_text: See there.

        Returns:
            A frame with the columns asked for, and ``geometry``; the index as of :meth:`read`.

        Raises:
            InputError: If there are no geometries, or their CRS is not known.
        """
        import geopandas as gpd

        shapes = self._shapes()
        wanted = list(dict.fromkeys([*columns, *as_text]))
        rows = (
            self.read(wanted, where, as_text)
            if wanted or where
            else pd.DataFrame(index=shapes.index)
        )
        frame = gpd.GeoDataFrame(rows, geometry=shapes.loc[rows.index].to_numpy(), crs=shapes.crs)
        if frame.crs.equals(4326, ignore_axis_order=True):
            return frame
        self.say(f"its geometries are transformed from {frame.crs.name} to EPSG:4326")
        try:
            return frame.to_crs(4326)
        except Exception as error:  # noqa: BLE001
            raise InputError(
                f"its geometries cannot be transformed ({error})", source=self.path
            ) from None

    def _shapes(self) -> gpd.GeoSeries:
        """All geometries, in the CRS of the file."""
        import geopandas as gpd
        import shapely

        column = self.geometry or self._wkt_column()
        if column is None:
            raise InputError(
                f"it holds no geometries; its columns are {listing(self.columns)}",
                source=self.path,
                hint="give GeoParquet, GeoPackage, GeoJSON, FlatGeobuf or a shapefile",
            )
        try:
            if self.kind == "vector":
                found = gpd.read_file(self._file, layer=self._layer, columns=[]).geometry
            elif self.kind == "parquet" and column not in self.columns:
                found = gpd.read_parquet(self._file, columns=[column]).geometry
            else:
                stored = self._arrow([column]).column(column).to_pandas()
                read = shapely.from_wkb if self.kind == "parquet" else shapely.from_wkt
                self.say(f"geometries of column {column!r} are taken for longitude, latitude")
                found = gpd.GeoSeries(read(stored.to_numpy(object)), crs=4326)
        except (pa.ArrowInvalid, ValueError, OSError, shapely.errors.GEOSException) as error:
            raise InputError(f"its geometries cannot be read ({error})", source=self.path) from None
        if not len(found):
            raise InputError("it holds no geometries", source=self.path)
        if found.crs is None:
            raise InputError(
                "its geometries have no CRS, so nobody knows where they are",
                source=self.path,
                hint="if these are degrees, longitude first: GeoDataFrame.set_crs(4326); else "
                "set_crs to what they are in",
            )
        return found.reset_index(drop=True)

    def _wkt_column(self) -> str | None:
        for column in self.columns:
            if column.lower() in SHAPES and self.kind != "parquet":
                batch = next(iter(self.batches([column])), None)
                first = batch[0].column(0).drop_null()[:1].to_pylist() if batch else []
                if first and WKT.match(first[0]):
                    return column
        return None


def _is_plain(kind: pa.DataType) -> bool:
    odd = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null)
    return not any(is_odd(kind) for is_odd in odd)


def _begins_as_json(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(SAMPLE).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


def _paths(column: pa.Field, above: str = "") -> Iterator[str]:
    name = f"{above}{column.name}"
    if pa.types.is_struct(column.type):
        for inner in column.type:
            yield from _paths(inner, f"{name}.")
    else:
        yield name


def _field(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column, or the field of a struct that a path such as ``a.b`` leads to."""
    if name in table.column_names:
        return table.column(name)
    top, *path = name.split(".")
    return pc.struct_field(table.column(top), path)


def _stripped(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _cell(value: Any) -> str:
    """A cell of a spreadsheet as text."""
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value).strip()


def _separator(lines: list[str]) -> str:
    """The separator that cuts most rows into as many cells as the header, and the most of them."""
    best, cells = NO_SEPARATOR, 1.0
    for sep in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(lines[:200], delimiter=sep) if row]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        agreeing = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and agreeing > 0.6 and usual * agreeing > cells:
            best, cells = sep, usual * agreeing
    return best


@cache
def _scratch() -> Any:
    return tempfile.TemporaryDirectory(prefix="placeprint-")


def _unpacked(path: Path, layer: str | None) -> tuple[Path, str | None]:
    """The file itself, out of gzip or zip; and the layer that is left to choose in it."""
    words = what_is(path)
    if not words.startswith(("a gzip archive", "a zip archive")):
        return path, layer
    status = path.stat()
    folder = Path(_scratch().name) / f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}"
    try:
        if words.startswith("a gzip"):
            target = folder / path.name.removesuffix(".gz")
            if not target.exists():
                folder.mkdir(exist_ok=True)
                part = folder / "part"
                with gzip.open(path) as packed, part.open("wb") as handle:
                    shutil.copyfileobj(packed, handle, 1 << 22)
                part.replace(target)
            return target, layer
        with zipfile.ZipFile(path) as archive:
            names = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and "__MACOSX" not in name
            ]
            parts = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".xml", ".qmd"}
            shapes = any(name.lower().endswith(".shp") for name in names)
            files = [n for n in names if not (shapes and Path(n).suffix.lower() in parts)]
            if layer in files:
                files, layer = [layer], None
            if len(files) != 1:
                raise InputError(
                    f"it holds {len(files)} files: {listing(files)}",
                    source=path,
                    hint=f"say which: `layer: {(files or ['NAME'])[0]}` (--layer)",
                )
            archive.extractall(folder)
            return folder / files[0], layer
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"cannot be unpacked ({error})", source=path, hint="fetch it again"
        ) from None
