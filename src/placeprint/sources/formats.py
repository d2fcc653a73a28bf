"""The kinds of files that hold tables, by their first bytes: each gives its columns and its rows.

:class:`~placeprint.sources.table.Table` is what everybody else reads tables with.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import shapely

from placeprint.errors import InputError, listing, optional_import
from placeprint.files import what_is
from placeprint.sources.ids import is_key
from placeprint.sources.values import EITHER, MIXED
from placeprint.typing import AnyArray

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Format", "open_format"]

SAMPLE: Final = 1 << 18
SCANNED: Final = 1 << 26
ROWS_AT_ONCE: Final = 1 << 18
BLOCK_BYTES: Final = 1 << 24
SEPARATORS: Final = ",;\t|"
NO_SEPARATOR: Final = "\x1f"
NOT_WESTERN: Final = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d]|[\x80-\xff]{4}|[\xa3\xa5\xb3\xb9\xbc\xbe\xbf][a-z\xe0-\xff]"
)
"""Bytes that cp1252 does not have, runs of letters beyond ASCII, and signs such as £ within words:
Cyrillic, Polish or Chinese taken for cp1252."""

SHAPES: Final = tuple("geometry geom the_geom wkb_geometry wkt wkt_geom shape".split())
"""What columns of WKB or WKT are called in files that do not say which column has the geometry."""

EWKT: Final = r"(?is)^\s*(?:SRID=(?P<srid>\d+);)?(?P<wkt>.*)$"
WKT: Final = re.compile(r"(SRID=\d+;)?\s*(MULTI)?(POINT|POLYGON|LINESTRING)[\sZM]*\(", re.I)
JSON: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")
GEOJSON: Final = re.compile(rb'"type"\s*:\s*"(?:Feature|Topology|Geometry|Multi|Po|Line)')
BESIDE_A_SHAPEFILE: Final = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".xml", ".qmd")

Say: TypeAlias = Callable[[str], None]
"""Takes a sentence about how a file is read."""

Layers: TypeAlias = tuple[str | None, str | None]
"""The layer that is asked for; and the one to take where none is and there are several."""

Batches: TypeAlias = Iterator[tuple[pa.RecordBatch, float]]
"""Some rows at a time, and the share of the file that is read."""


class Format:
    """A file of one kind, opened.

    Attributes:
        kind: ``parquet``, ``vector``, ``workbook`` or ``text``.
        types: The columns that can be read, and the type of each; fields of structs by path.
        geometry: The column of geometry, if there is one.
        stored: Whether the file says what type a column has: else all are text.
        sep: What separates the columns of text.
        decimal: The decimal sign, as far as it is known.
    """

    kind: str
    types: dict[str, pa.DataType]
    geometry: str | None = None
    stored: bool = True
    sep: str | None = None
    decimal: str | None = None

    def batches(self, columns: Sequence[str]) -> Batches:
        """Some columns, in the order of the file."""
        raise NotImplementedError

    def shapes(self) -> gpd.GeoSeries:
        """All geometries, in the CRS of the file, in the order of its rows."""
        raise NotImplementedError


class ParquetFile(Format):
    """Parquet and GeoParquet; also the index that pandas tells only in the footer."""

    kind = "parquet"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schema = pq.read_schema(path)
        footer = self._schema.metadata or {}
        geo = json.loads(footer.get(b"geo", b"{}"))
        self._said = sorted(
            geo.get("columns", {}), key=lambda name: name != geo.get("primary_column")
        )
        unsaid = [f.name for f in self._schema if f.name in SHAPES and pa.types.is_binary(f.type)]
        self.geometry = ([*self._said, *unsaid] or [None])[0]
        self.types = {}
        for column in self._schema:
            if column.name not in self._said:
                self.types |= _leaves(column)
        self._index: dict[str, int] = {}
        for index in json.loads(footer.get(b"pandas", b"{}")).get("index_columns", []):
            name = index.get("name") if isinstance(index, dict) else None
            named = any(is_key(one) or pa.types.is_string(kind) for one, kind in self.types.items())
            if isinstance(index, dict) and name is None and not named:
                name = "index"  # nothing else could be the identifiers of rows
            if name is not None and name not in self.types:
                self.types[name] = pa.int64()
                self._index = {"start": index["start"], "step": index["step"]}
                self._index_name = name

    def batches(self, columns: Sequence[str]) -> Batches:
        """Some columns, in the order of the file."""
        inner = [one for one in columns if not (self._index and one == self._index_name)]
        tops = [one if one in self._schema.names else one.split(".")[0] for one in inner]
        done = 0
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=[*dict.fromkeys(tops)]):
                found = {}
                for name in columns:
                    if name in inner:
                        found[name] = _column(batch, name)
                    else:
                        rows = np.arange(done, done + batch.num_rows)
                        found[name] = pa.array(self._index["start"] + self._index["step"] * rows)
                done += batch.num_rows
                yield pa.record_batch(found), done / max(file.metadata.num_rows, 1)

    def shapes(self) -> gpd.GeoSeries:
        """All geometries; WKB that the footer does not speak of is taken for degrees."""
        import geopandas as gpd

        if self._said:
            found: gpd.GeoSeries = gpd.read_parquet(self._path, columns=[self.geometry]).geometry
            return found
        wkb = pq.read_table(self._path, columns=[self.geometry]).column(0).to_pylist()
        return _in_degrees(shapely.from_wkb(wkb))


def _leaves(column: pa.Field, above: str = "") -> dict[str, pa.DataType]:
    """A column, or the fields of a struct by their path."""
    name = f"{above}{column.name}"
    if not pa.types.is_struct(column.type):
        return {name: column.type}
    return {k: v for field in column.type for k, v in _leaves(field, f"{name}.").items()}


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name in batch.schema.names:
        column = batch.column(name)
    else:
        top, *path = name.split(".")
        column = pc.struct_field(batch.column(top), path)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


class VectorFile(Format):
    """What GDAL reads: GeoPackage, GeoJSON, TopoJSON, FlatGeobuf, shapefiles, KML."""

    kind = "vector"

    def __init__(self, path: Path, layer: Layers) -> None:
        import pyogrio

        self._path = path
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        self._layer = _chosen(
            [n for n in names if n not in ("layer_styles", "qgis_projects")], layer
        )
        about = pyogrio.read_info(path, layer=self._layer)
        self.types = {str(name): pa.null() for name in about["fields"]}
        self.geometry = "geometry" if about["geometry_type"] is not None else None

    def batches(self, columns: Sequence[str]) -> Batches:
        """Some columns; the whole file is read at once."""
        import pyogrio

        _, rows = pyogrio.read_arrow(
            self._path, layer=self._layer, columns=[*columns], read_geometry=False
        )
        yield from _in_batches(rows.select([*columns]))

    def shapes(self) -> gpd.GeoSeries:
        """All geometries."""
        import geopandas as gpd

        found: gpd.GeoSeries = gpd.read_file(self._path, layer=self._layer, columns=[]).geometry
        return found


class Workbook(Format):
    """A sheet of a spreadsheet, every cell as text."""

    kind, stored = "workbook", False

    def __init__(self, path: Path, layer: Layers, say: Say, decimal: str | None) -> None:
        optional_import("python_calamine", "excel")
        with pd.ExcelFile(path, engine="calamine") as book:
            how: Any = {"header": None, "dtype": object, "na_filter": False}
            sheets = {str(name): book.parse(name, **how) for name in book.sheet_names}
        name = _chosen([name for name, cells in sheets.items() if not cells.empty], layer)
        cells, self.decimal = sheets[name].to_numpy(), decimal
        rows = [[_cell(value, decimal or ".") for value in row] for row in cells]
        texts = (value for value in cells.flat if isinstance(value, str))
        if decimal is None and any("." in text and EITHER.fullmatch(text) for text in texts):
            self.decimal = MIXED  # a number in a cell has a point; who writes text may not
        names, skipped = _header(rows, say)
        body = [row for row in rows[skipped:] if any(row)]
        columns = zip(*body, strict=True) if body else [()] * len(names)
        self._rows = {
            name: pa.array([cell or None for cell in column], pa.string())
            for name, column in zip(names, columns, strict=True)
        }
        _refuse_twice(names)
        self.types = dict.fromkeys(names, pa.string())

    def batches(self, columns: Sequence[str]) -> Batches:
        """Some columns."""
        yield from _in_batches(pa.table({name: self._rows[name] for name in columns}))


def _in_batches(rows: pa.Table) -> Batches:
    done = 0
    for batch in rows.to_batches(ROWS_AT_ONCE):
        done += batch.num_rows
        yield batch, done / rows.num_rows


def _cell(value: Any, point: str) -> str:
    """A cell of a spreadsheet as text."""
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, int | float):
        if 2**53 < abs(value) < np.inf:
            return f"{value:.16e}"  # no identifier: its last digits are lost
        whole = float(value).is_integer()
        return (
            "" if np.isnan(value) else str(int(value)) if whole else repr(value).replace(".", point)
        )
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value).strip()


class TextFile(Format):
    """Text with separators; encoding, separator and decimal sign are found out and said."""

    kind, stored = "text", False

    def __init__(self, path: Path, say: Say, dialect: Sequence[str | None]) -> None:
        self._path = path
        sep, self.decimal, encoding = dialect
        self._encoding = encoding or _encoding(path, say)
        with path.open("rb") as handle:
            sample = handle.read(SAMPLE)
        text = codecs.getincrementaldecoder(self._encoding)(errors="replace").decode(sample)
        lines = text.splitlines(keepends=True)
        if len(sample) == SAMPLE and len(lines) > 1:
            lines.pop()  # may be cut off
        self.sep = {"tab": "\t", "\\t": "\t"}.get(sep, sep) if sep else _separator(lines)
        if sep is None and self.sep not in (",", "\t", NO_SEPARATOR):
            say(f"its columns are separated by {self.sep!r}")
        edge = re.escape(self.sep)
        comma = rf'(?:^|{edge})"?-?\d+,(?:\d{{1,2}}|\d{{4,}})"?(?:{edge}|$)'
        if self.sep == ",":
            comma = r'"-?\d+,(?:\d{1,2}|\d{4,})"'
        if self.decimal is None and re.search(comma, text, re.M):
            digits = r"\d+" if self.sep == "," else r"(?:\d{1,2}|\d{4,})"
            point = rf'(?:^|{edge})"?-?\d+\.{digits}"?(?:{edge}|$)'
            self.decimal = MIXED if re.search(point, text, re.M) else ","
        self._names, self._skipped = _header([*csv.reader(lines[:200], delimiter=self.sep)], say)
        _refuse_twice(self._names)
        self.types = dict.fromkeys(self._names, pa.string())
        drawn = [name for name in self._names if name.lower() in SHAPES]
        self.geometry = next((name for name in drawn if WKT.match(self._first(name))), None)

    def _first(self, column: str) -> str:
        first = next(self.batches([column]), None)
        values = first[0].column(0).drop_null()[:1].to_pylist() if first else []
        return str(values[0]) if values else ""

    def batches(self, columns: Sequence[str]) -> Batches:
        """Some columns as text; only an empty cell is missing."""
        yield from self._batches(columns, threads=True)

    def _batches(self, columns: Sequence[str], *, threads: bool) -> Batches:
        ragged: list[Any] = []

        def refuse(row: Any) -> str:
            ragged.append(row)
            return "skip"

        with pa.OSFile(str(self._path)) as file:
            reader = arrow_csv.open_csv(
                file,
                arrow_csv.ReadOptions(
                    use_threads=threads,
                    block_size=BLOCK_BYTES,
                    column_names=self._names,
                    skip_rows=self._skipped,
                    encoding=self._encoding.removesuffix("-sig"),
                ),
                arrow_csv.ParseOptions(
                    delimiter=self.sep, newlines_in_values=True, invalid_row_handler=refuse
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
        if ragged and threads:  # only one thread knows the numbers of rows
            yield from self._batches(columns, threads=False)
        elif ragged:
            row = ragged[0]
            raise InputError(
                f"row {row.number - self._skipped:,} has {row.actual_columns} cells, the header "
                f"{row.expected_columns}: {row.text[:60]!r}",
                hint="correct the row; text that holds the separator stands in quotation marks",
            )

    def shapes(self) -> gpd.GeoSeries:
        """The geometries of a column of WKT, taken for degrees."""
        texts = [batch.column(0) for batch, _ in self.batches([str(self.geometry)])]
        parts = pc.extract_regex(pa.chunked_array(texts, pa.string()), EWKT).combine_chunks()
        shapes = shapely.from_wkt(pc.struct_field(parts, "wkt").to_pylist())
        known = pc.replace_substring_regex(pc.struct_field(parts, "srid"), "^$", "0")
        known = known.cast(pa.int64()).fill_null(0)
        return _in_degrees(shapely.set_srid(shapes, known.to_numpy(zero_copy_only=False)))


def _in_degrees(shapes: AnyArray) -> gpd.GeoSeries:
    """Geometries in the CRS that they name, as PostGIS writes it; without one, degrees."""
    import geopandas as gpd

    named = np.unique(shapely.get_srid(shapes[~shapely.is_missing(shapes)]))
    if len(named) > 1:
        raise InputError(f"its geometries are in several CRS: EPSG {listing(named)}")
    return gpd.GeoSeries(shapes, crs=int(named[0]) if len(named) and named[0] else 4326)


def _encoding(path: Path, say: Say) -> str:
    with path.open("rb") as handle:
        content = handle.read(SCANNED)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError as error:
        row, byte = content[: error.start].count(b"\n"), content[error.start]
        around = content[max(error.start - 12, 0) : error.start + 12]
    else:
        return "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
    where = f"byte 0x{byte:02x} in row {row:,}"
    shown = " ".join(around.decode("cp1252", errors="replace").split())
    if NOT_WESTERN.search(content):
        hint = "say its `encoding:` (--encoding), such as cp1250, cp1251, gbk or shift_jis"
        raise InputError(f"it is neither UTF-8 nor cp1252 ({where}: … {shown} …)", hint=hint)
    say(
        f"it is not UTF-8 ({where}) and read as cp1252 (… {shown} …); if letters are wrong, "
        "say its encoding"
    )
    return "cp1252"


def _separator(lines: list[str]) -> str:
    """The separator that cuts most rows into as many cells as the header, and the most of them."""
    best, cells = NO_SEPARATOR, 1.0
    for sep in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines[:200], delimiter=sep) if row]
        usual = max(set(widths), key=widths.count, default=1)
        agreeing = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and agreeing > 0.6 and usual * agreeing > cells:
            best, cells = sep, usual * agreeing
    return best


def _header(rows: list[list[str]], say: Say) -> tuple[list[str], int]:
    """The names of columns, in the first row with more than a title; the row after it."""
    widths = [width for row in rows[:100] if (width := len(_filled(row)))]
    if not widths:
        raise InputError("it holds no rows")
    several = max(set(widths), key=widths.count) > 1
    first = next(i for i, row in enumerate(rows) if len(_filled(row)) > several)
    if any(any(row) for row in rows[:first]):
        say(f"{first} lines above the names of columns are left out")
    names = [name.strip() or f"Unnamed: {place}" for place, name in enumerate(rows[first])]
    return names, first + 1


def _filled(row: list[str]) -> list[str]:
    return [cell for cell in row if cell.strip()]


def _refuse_twice(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        hint = "give every column a name of its own"
        raise InputError(f"its header has the column {listing(twice)} twice", hint=hint)


def _chosen(names: Sequence[str], layers: Layers) -> str:
    """The layer of a file that is meant."""
    layer = layers[0] or (layers[1] if len(names) > 1 else None)
    if layer is None and len(names) == 1:
        return names[0]
    if layer in names:
        return str(layer)
    found = f"no layer {layer!r}" if layer else f"it holds {len(names)} layers"
    hint = f"say which: `layer: {(names or ['NAME'])[0]}` (--layer)"
    raise InputError(f"{found}: {listing(names) or 'none'}", hint=hint)


def open_format(
    path: Path,
    layer: str | None,
    dialect: Sequence[str | None],
    say: Say,
    preferred: str | None = None,
) -> Format:
    """Open a file as what its first bytes say it is; gzip and zip are unpacked.

    Args:
        path: The file.
        layer: Which layer of a vector file, sheet of a spreadsheet or file of a zip.
        dialect: The separator, the decimal sign and the encoding of text, where they are given.
        say: Takes what was found out.
        preferred: The layer where ``layer`` is not given and the file has several.

    Raises:
        InputError: If it is no table, or which layer is meant is not clear.
    """
    words, layers = what_is(path), (layer, preferred)
    if words.startswith(("a gzip archive", "a zip archive")):
        path, layers = _unpacked(path, layers)
        words = what_is(path)
    start = b""
    if words.startswith("text"):
        with path.open("rb") as handle:
            start = handle.read(SAMPLE)
    if words == "a Parquet table":
        return ParquetFile(path)
    if "Excel" in words:
        return Workbook(path, layers, say, dialect[1])
    vector = ("an SQLite", "a FlatGeobuf", "a shapefile", "a KMZ", "an XML")
    if words.startswith("a shapefile") and not any(
        path.with_suffix(ending).exists() for ending in (".dbf", ".DBF")
    ):
        say(f"it has no columns: {path.with_suffix('.dbf').name} is not beside it")
    if words.startswith(vector) or GEOJSON.search(start):
        return VectorFile(path, layers)
    if words.startswith("text") and not JSON.match(start):
        return TextFile(path, say, dialect)
    if words == "not there":
        raise InputError("there is no such file")
    kinds = "Parquet, CSV, Excel, GeoPackage, GeoJSON, FlatGeobuf or a shapefile"
    raise InputError(f"it is no table but {'JSON' if start else words}", hint=f"give {kinds}")


@cache
def _scratch() -> Any:
    return tempfile.TemporaryDirectory(prefix="placeprint-")


def _unpacked(path: Path, layers: Layers) -> tuple[Path, Layers]:
    """The file itself, out of gzip or zip; and the layer that is left to choose in it."""
    status = path.stat()
    folder = Path(_scratch().name) / f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}"
    folder.mkdir(exist_ok=True)
    if not zipfile.is_zipfile(path):
        target = folder / path.name.removesuffix(".gz")
        if not target.exists():
            with gzip.open(path) as packed, (folder / "part").open("wb") as handle:
                shutil.copyfileobj(packed, handle, BLOCK_BYTES)
            (folder / "part").replace(target)
        return target, layers
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
        if any(name.lower().endswith(".shp") for name in names):
            names = [n for n in names if not n.lower().endswith(BESIDE_A_SHAPEFILE)]
        one = len(names) == 1 and layers[0] not in names  # then the layer is one within it
        member = _chosen(names, (None, None) if one else layers)
        archive.extractall(folder)
    return folder / member, layers if one else (None, None)
