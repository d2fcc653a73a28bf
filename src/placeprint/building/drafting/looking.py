"""What lies in a folder: tables, rasters and extracts, and what is none of them."""

from __future__ import annotations

import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError
from placeprint.files import what_is
from placeprint.sources import Table
from placeprint.sources.values import degrees, is_text, plain_text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Look", "Sheet", "look", "summary", "tokens"]

LARGE: Final = 1 << 26
MANY: Final = 4
SYSTEM: Final = re.compile(r"\..*|~\$.*|~.*|thumbs\.db|desktop\.ini|ehthumbs\.db", re.I)
BESIDE_SHAPES: Final = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qmd", ".qix"}
LON: Final = frozenset("lon lng long longitude longitud longitudine x easting laenge lange".split())
LAT: Final = frozenset("lat latitude latitud latitudine y northing breite".split())
LON_MORE: Final = frozenset(["laengengrad", "langengrad", "lonx"])
LAT_MORE: Final = frozenset(["breitengrad", "laty"])
TIME: Final = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*(?: ?(?:UTC|Z|[+-]\d\d:?\d\d))?)?"
PICTURE: Final = r"(?i).+\.(?:jpe?g|png|webp)"
NUMERIC: Final = r"[+-]?\d+[.,]\d+"


@cache
def tokens(name: str) -> tuple[str, ...]:
    """The words of a column's or file's name, in small letters without accents.

    Example:
        >>> tokens("PULocationID"), tokens("Länge_2020")
        (('pu', 'location', 'id'), ('lange', '2020'))
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+", plain)
    return tuple(word.lower() for word in words)


@dataclass(eq=False)
class Sheet:
    """A table of the folder: a file, or a layer or sheet of one, and its rows.

    Attributes:
        file: Its name in the folder.
        keys: What the recipe has to say so that it is read: ``layer``, ``decimal``.
        table: The table, opened.
        rows: Its plain columns as stored; the first of a large file.
        whole: Whether these are all its rows.
        shape: ``polygons``, ``points`` or ``lines`` where it holds geometries, else empty.
        places: Its geometries in EPSG:4326.
        why_no_shape: Why its geometries are of no use.
        doubts: Columns that are nearly numbers, and what is wrong with them.
    """

    file: str
    keys: dict[str, str]
    table: Table
    rows: pd.DataFrame
    whole: bool = True
    shape: str = ""
    places: gpd.GeoSeries | None = None
    why_no_shape: str = ""
    doubts: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, pd.Series] = field(default_factory=dict)
    _distinct: dict[str, list[str]] = field(default_factory=dict)
    _numbers: dict[str, pd.Series | None] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The file, and its layer if it has several."""
        return f"{self.file} ({self.keys['layer']})" if "layer" in self.keys else self.file

    @property
    def columns(self) -> list[str]:
        """Its plain columns."""
        return [str(name) for name in self.rows.columns]

    @property
    def stem(self) -> str:
        """What to call it."""
        return self.keys.get("layer") or Path(self.file).name.split(".")[0]

    def texts(self, name: str) -> pd.Series:
        """A column as text, as identifiers are read; None where missing."""
        if name not in self._texts:
            try:
                array = pa.array(self.rows[name], from_pandas=True)
                found = plain_text(array, name, self.table.path)
            except (InputError, pa.ArrowInvalid, pa.ArrowTypeError):
                found = pd.Series([None] * len(self.rows), dtype=object)
            self._texts[name] = found
        return self._texts[name]

    def distinct(self, name: str) -> list[str]:
        """The different values of a column as text; none if it holds fractions."""
        if name not in self._distinct:
            known = self.texts(name).dropna()
            number = is_text(self.rows[name]) or known.str.fullmatch(r"\d+").all()
            self._distinct[name] = [*known.unique()] if number else []
        return self._distinct[name]

    def numbers(self, name: str) -> pd.Series | None:
        """A column as numbers; None if it holds anything else."""
        if name not in self._numbers:
            values = self.rows[name]
            found: pd.Series | None = None
            try:
                read = self.table.inferred(values)
                if is_text(read) and self.texts(name).str.fullmatch(NUMERIC).mean() > 0.9:
                    self.doubts[name] = "its decimal sign is not that of the rest of the file"
                if pd.api.types.is_numeric_dtype(read) and not pd.api.types.is_bool_dtype(read):
                    found = pd.Series(self.table.numbers(values).to_numpy(float))
            except (InputError, pa.ArrowException, AttributeError) as error:  # of mixed JSON
                self.doubts[name] = _reason(error, self.table.path)
            self._numbers[name] = found if found is not None and found.notna().any() else None
        return self._numbers[name]

    def words(self, name: str) -> bool:
        """Whether a column holds text that is no number and no time."""
        known = self.texts(name).dropna()
        if not len(known) or not is_text(self.rows[name]) or self.numbers(name) is not None:
            return False
        return not self.is_time(name) and not pd.api.types.is_bool_dtype(self.rows[name])

    def pictures(self, name: str) -> bool:
        """Whether a column names files of images."""
        known = self.texts(name).dropna().head(1000)
        return bool(len(known)) and bool(known.str.fullmatch(PICTURE).all())

    def is_time(self, name: str) -> bool:
        """Whether a column holds dates, or times in ISO 8601."""
        values = self.rows[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            return True
        known = values.dropna().head(1000)
        if not len(known):
            return False
        return is_text(values) and known.astype(str).str.fullmatch(TIME).mean() > 0.9

    def coordinates(self) -> tuple[str, str] | None:
        """Its columns of longitude and latitude in degrees."""
        lons = [n for n in self.columns if {*tokens(n)} & (LON | LON_MORE)]
        lats = [n for n in self.columns if {*tokens(n)} & (LAT | LAT_MORE)]
        for lon in lons:
            rest = {*tokens(lon)} - LON - LON_MORE
            for lat in [n for n in lats if {*tokens(n)} - LAT - LAT_MORE == rest] or lats:
                if lon != lat and self._are_degrees(lon, lat):
                    return lon, lat
        return None

    def _are_degrees(self, lon: str, lat: str) -> bool:
        try:
            found = [
                degrees(self.rows[name], letters, self.file, lambda _: None).to_numpy(float)
                for name, letters in ((lon, "EW"), (lat, "NS"))
            ]
        except InputError:
            return False
        limits = [np.nanmax(np.abs(one), initial=0.0) for one in found]
        return bool(0 < limits[0] <= 360 and 0 < limits[1] <= 90)


@dataclass
class Look:
    """What a folder holds.

    Attributes:
        folder: The folder.
        sheets: Its tables.
        rasters: Names of GeoTIFFs.
        extracts: Names of OpenStreetMap extracts, the largest first.
        left: Files that are of no use, and why.
    """

    folder: Path
    sheets: list[Sheet] = field(default_factory=list)
    rasters: list[str] = field(default_factory=list)
    extracts: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def look(folder: Path) -> Look:
    """Look at every file of a folder; whatever cannot be read is listed with the reason.

    Args:
        folder: The folder; folders in it are looked into.
    """
    found = Look(folder)
    pictures: dict[str, list[str]] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        words = what_is(path)
        plain = words.removeprefix("text that begins ")
        if SYSTEM.fullmatch(path.name):
            found.left[name] = "a file that the system or an office program keeps for itself"
        elif path.suffix.lower() in BESIDE_SHAPES and _shapes_of(path):
            found.left[name] = f"part of {_shapes_of(path)}"
        elif words.startswith("an OpenStreetMap extract") or name.endswith((".osm", ".osm.bz2")):
            found.extracts.append(name)
        elif words == "a TIFF image":
            found.rasters.append(name)
        elif words.endswith(("PNG image", "JPEG image", "WebP image", "GIF image")):
            pictures.setdefault(path.parent.relative_to(folder).as_posix(), []).append(name)
        elif path.suffix.lower() in {".yaml", ".yml", ".md", ".html", ".py", ".log"}:
            found.left[name] = f"no data but {'text' if plain != words else words}"
        else:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found.sheets += _sheets(path, name)
            except Exception as error:  # noqa: BLE001 - whatever a reader makes of a stray file
                found.left[name] = _reason(error, path)
    for folder_name, names in pictures.items():
        where = f"{folder_name}/ ({len(names)} images)"
        for name in [where] if len(names) > MANY else names:
            found.left[name] = (
                "photographs? if their EXIF tells where, add to entities `street_views: "
                f"{{kind: street_views, file: {folder_name}, lon: null, lat: null, heading: null}}`"
                if len(names) > MANY
                else "nobody can know what it shows: if seen from above, add to features `image: "
                f"{{kind: image, files: [{name}], bounds: [[west, south, east, north]]}}`"
            )
    found.extracts.sort(key=lambda name: (-(folder / name).stat().st_size, name))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.is_symlink():
            yield path
        elif not path.name.startswith((".", "__MACOSX")) and not any(
            (path / own).exists() for own in ("atlas.json", "run.json", "gdb")
        ):
            yield from _files(path)


def _shapes_of(path: Path) -> str | None:
    beside = [path.with_suffix(suffix) for suffix in (".shp", ".SHP")]
    return next((one.name for one in beside if one.exists()), None)


def _reason(error: Exception, path: Path) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    text = text.removeprefix(f"{path}: ").split(". To mend it:")[0].rstrip(".")
    text = text.split(f" ('{path}")[0]
    known = what_is(path)
    return known if not isinstance(error, InputError) and known != "text" else text[:300]


def _sheets(path: Path, name: str) -> list[Sheet]:
    """The tables of a file."""
    layers = _layers(path)
    if len(layers) < 2:
        return [_sheet(path, name, {})]
    sheets = []
    for layer in layers:
        try:
            sheets.append(_sheet(path, name, {"layer": layer}))
        except Exception:  # noqa: BLE001
            continue  # an empty sheet, or a text about the others
    if not sheets:
        raise InputError(f"none of its {len(layers)} layers or sheets holds a table")
    return sheets


def _layers(path: Path) -> list[str]:
    words = what_is(path)
    if "Excel" in words:
        with pd.ExcelFile(path, engine="calamine") as book:
            return [
                str(sheet)
                for sheet in book.sheet_names
                if book.parse(sheet, header=None, nrows=1).size
            ]
    if "SQLite" in words or path.suffix.lower() in {".kml", ".gml", ".gpx"}:
        import pyogrio

        hidden = {"layer_styles", "qgis_projects"}
        return [str(layer) for layer, _ in pyogrio.list_layers(path) if layer not in hidden]
    if words.startswith("a zip archive of"):
        with zipfile.ZipFile(path) as archive:
            return [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
    return []


def _sheet(path: Path, name: str, keys: dict[str, str]) -> Sheet:
    table = Table.open(path, keys.get("layer"))
    plain = not table.stored and "Excel" not in what_is(path)
    if plain and len(table.columns) == 1:
        raise InputError("text without columns")
    rows, whole = _rows(table, path)
    if not len(rows) and table.geometry is None:
        raise InputError("it holds no rows", source=path)
    sheet = Sheet(name, keys, table, rows, whole)
    if _decimal_unclear(sheet):
        # Where columns are separated by anything but commas, the comma is the decimal sign.
        keys = {**keys, "decimal": ","}
        table = Table.open(path, keys.get("layer"), decimal=",")
        sheet = Sheet(name, keys, table, rows, whole)
    if table.geometry is not None:
        try:
            sheet.places = table.geometries().geometry.reset_index(drop=True)
            if not sheet.columns:
                sheet.rows = pd.DataFrame(index=sheet.places.index)
            kinds = {str(kind).removeprefix("Multi") for kind in sheet.places.geom_type.dropna()}
            shapes = {"Polygon": "polygons", "Point": "points", "LineString": "lines"}
            sheet.shape = shapes.get(kinds.pop(), "mixed") if len(kinds) == 1 else "mixed"
        except InputError as error:
            sheet.why_no_shape = _reason(error, path)
    return sheet


def _rows(table: Table, path: Path) -> tuple[pd.DataFrame, bool]:
    if not table.columns:
        return pd.DataFrame(), True
    if path.stat().st_size > LARGE:
        lists = {*table.list_columns()}
        names = [name for name in table.columns if name not in lists]
        batch, share = next(iter(table.batches(names)))
        return batch.to_pandas(), share >= 1
    return table.read().reset_index(drop=True), True


def _decimal_unclear(sheet: Sheet) -> bool:
    if sheet.table.stored:
        return False
    for name in sheet.columns:
        try:
            sheet.table.inferred(sheet.rows[name])
        except InputError as error:
            if "may group thousands" in str(error):
                return True
    return False


def summary(sheet: Sheet) -> str:
    """What a table is in words: rows, columns, geometry, and how it is read."""
    count = f"{len(sheet.rows):,} row{'s' * (len(sheet.rows) > 1)}"
    width = f"{len(sheet.columns)} column{'s' * (len(sheet.columns) > 1)}"
    parts = [f"{'' if sheet.whole else 'the first '}{count} of {width}"]
    parts += [f"{sheet.shape}"] * bool(sheet.shape)
    told = [note for note in sheet.table.notes if not note.startswith("column ")]
    parts += [note.split(" (")[0].split("; if")[0] for note in told]
    parts += [f"{key} {value}" for key, value in sheet.keys.items() if key != "layer"]
    return ", ".join(parts)
