"""What lies in a folder: tables, rasters and extracts, and what is none of them."""

from __future__ import annotations

import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError
from placeprint.files import what_is
from placeprint.sources import Table
from placeprint.sources.values import degrees, is_text, plain_text

__all__ = ["Column", "Look", "Sheet", "look", "unaccented"]

LARGE: Final = 1 << 26
SYSTEM: Final = re.compile(r"\..*|~.*|thumbs\.db|desktop\.ini|ehthumbs\.db", re.I)
BESIDE_SHAPES: Final = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qmd", ".qix"}
PROSE: Final = {".yaml", ".yml", ".md", ".html", ".py", ".log"}
LON: Final = """lon lng long longitude longitud longitudine x easting laenge lange laengengrad
langengrad lonx"""
LAT: Final = "lat latitude latitud latitudine y northing breite breitengrad laty"
TIME: Final = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*(?: ?(?:UTC|Z|[+-]\d\d:?\d\d))?)?"
NUMERIC: Final = r"[+-]?\d+[.,]\d+"
DAY: Final = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\S)"
UNREADABLE: Final = (InputError, pa.ArrowException, AttributeError)  # the last of mixed JSON


def unaccented(text: str) -> str:
    """Text without accents and umlauts.

    Example:
        >>> unaccented("Straßen-Länge")
        'Strassen-Lange'
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def tokens(name: str) -> tuple[str, ...]:
    """The words of a column's name, in small letters without accents.

    Example:
        >>> tokens("PULocationID"), tokens("Länge_2020")
        (('pu', 'location', 'id'), ('lange', '2020'))
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+", unaccented(name))
    return tuple(word.lower() for word in words)


@dataclass(eq=False)
class Column:
    """A column of a table, and what it can be.

    Attributes:
        name: Its name.
        values: Its values as stored.
        table: The table.
        doubt: What is wrong with it, if it is nearly a column of numbers.
    """

    name: str
    values: pd.Series
    table: Table
    doubt: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(tokens(self.name))

    def says(self, words: str) -> bool:
        """Whether its name holds one of some words."""
        return not self.words.isdisjoint(words.split())

    @cached_property
    def texts(self) -> pd.Series:
        """Its values as text, as identifiers are read; None where missing."""
        try:
            return plain_text(pa.array(self.values, from_pandas=True), self.name, self.table.path)
        except UNREADABLE:
            return pd.Series([None] * len(self.values), dtype=object)

    @cached_property
    def count(self) -> int:
        """How many different values it holds."""
        return int(self.texts.nunique())

    @cached_property
    def ids(self) -> list[str]:
        """Its different values as text; none if it holds fractions."""
        known = self.texts.dropna()
        whole = is_text(self.values) or known.str.fullmatch(r"\d+").all()
        return [*known.unique()] if whole else []

    @cached_property
    def numbers(self) -> pd.Series | None:
        """Its values as numbers; None if it holds anything else."""
        try:
            read = self.table.inferred(self.values)
            if is_text(read) and read.str.fullmatch(NUMERIC).mean() > 0.9:
                self.doubt = "its decimal sign is not that of the rest of the file"
            if pd.api.types.is_numeric_dtype(read) and not pd.api.types.is_bool_dtype(read):
                found = pd.Series(self.table.numbers(self.values).to_numpy(float))
                return found if found.notna().any() else None
        except UNREADABLE as error:
            self.doubt = _reason(error, self.table.path)
        return None

    @cached_property
    def whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.numbers is not None and bool((self.numbers.dropna() % 1 == 0).all())

    @cached_property
    def time(self) -> bool:
        """Whether it holds dates, or times in ISO 8601."""
        if not is_text(self.values):
            return pd.api.types.is_datetime64_any_dtype(self.values)
        return bool(self.texts.dropna().head(1000).str.fullmatch(TIME).mean() > 0.9)

    @cached_property
    def worded(self) -> bool:
        """Whether it holds text that is no number and no time."""
        told = self.count > 0 and is_text(self.values)
        days = told and self.texts.dropna().head(1000).str.match(DAY).mean() > 0.9
        return bool(told and self.numbers is None and not self.time and not days)

    def within(self, letters: str, limit: int) -> bool:
        """Whether it holds degrees up to a limit."""
        try:
            found = degrees(self.values, letters, self.table.path, lambda _: None)
        except InputError:
            return False
        return bool(0 < np.nanmax(np.abs(found.to_numpy(float)), initial=0.0) <= limit)


@dataclass(eq=False)
class Sheet:
    """A table of the folder: a file, or a layer or sheet of one.

    Attributes:
        file: Its name in the folder.
        keys: ``layer`` and ``decimal`` where the recipe has to say them.
        table: The table, opened.
        rows: Its plain columns as stored; the first rows of a large file.
        whole: Whether these are all its rows.
        places: Its geometries in EPSG:4326.
        shape: ``polygons``, ``points`` or ``lines`` where it holds geometries, else empty.
        trouble: Why its geometries are of no use.
    """

    file: str
    keys: dict[str, str]
    table: Table
    rows: pd.DataFrame
    whole: bool
    places: Any = None
    shape: str = ""
    trouble: str = ""

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Its plain columns."""
        return {str(n): Column(str(n), self.rows[n], self.table) for n in self.rows.columns}

    @property
    def title(self) -> str:
        """The file, and its layer if it has several."""
        return f"{self.file} ({self.keys['layer']})" if "layer" in self.keys else self.file

    @property
    def stem(self) -> str:
        """What to call it."""
        return self.keys.get("layer") or Path(self.file).name.split(".")[0]

    def called(self, pattern: str) -> bool:
        """Whether it is called by one of some words."""
        return bool(re.search(pattern, self.stem.lower()))

    @cached_property
    def coordinates(self) -> tuple[str, ...]:
        """Its columns of longitude and latitude in degrees."""
        lats = [one for one in self.columns.values() if one.says(LAT)]
        for lon in self.columns.values():
            rest = lon.words.difference(LON.split())
            alike = [one for one in lats if one.words.difference(LAT.split()) == rest]
            for lat in (alike or lats) if lon.says(LON) else []:
                if lon is not lat and lon.within("EW", 360) and lat.within("NS", 90):
                    return lon.name, lat.name
        return ()

    def summary(self) -> str:
        """What it is in words: rows, columns, geometry, and how it is read."""
        count, width = len(self.rows), len(self.columns)
        rows = f"{count:,} row{'s' * (count > 1)} of {width} column{'s' * (width > 1)}"
        told = [n.split(" (")[0].split("; if")[0] for n in self.table.notes if n[:7] != "column "]
        told += ["its decimal sign is taken to be the comma"] * ("decimal" in self.keys)
        parts = [rows if self.whole else f"the first {rows}", self.shape, *told]
        return ", ".join(part for part in parts if part)


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
    for path in _files(folder):
        name, words = path.relative_to(folder).as_posix(), what_is(path)
        if SYSTEM.fullmatch(path.name):
            found.left[name] = "a file that the system or an office program keeps for itself"
        elif path.suffix.lower() in BESIDE_SHAPES and path.with_suffix(".shp").exists():
            found.left[name] = f"part of {path.stem}.shp"
        elif words.startswith("an OpenStreetMap extract") or name.endswith((".osm", ".osm.bz2")):
            found.extracts.append(name)
        elif words == "a TIFF image":
            found.rasters.append(name)
        elif words.endswith(" image"):
            found.left[name] = (
                "nobody can know what it shows: if seen from above, add to features `image: "
                f"{{kind: image, files: [{name}], bounds: [[west, south, east, north]]}}`"
            )
        elif path.suffix.lower() in PROSE:
            found.left[name] = "no data but text"
        else:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found.sheets += _sheets(path, name)
            except Exception as error:  # noqa: BLE001 - whatever a reader makes of a stray file
                found.left[name] = _reason(error, path)
    found.extracts.sort(key=lambda name: (-(folder / name).stat().st_size, name))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        made = any((path / own).exists() for own in ("atlas.json", "run.json", "gdb"))
        if not path.is_dir() or path.is_symlink():
            yield path
        elif not path.name.startswith((".", "__MACOSX")) and not made:
            yield from _files(path)


def _reason(error: Exception, path: Path) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    text = text.removeprefix(f"{path}: ").split(". To mend it:")[0].split(f" ('{path}")[0]
    known = what_is(path)
    return text.rstrip(".")[:300] if isinstance(error, InputError) or known == "text" else known


def _sheets(path: Path, name: str) -> list[Sheet]:
    """The tables of a file; of several layers, those that are tables."""
    layers, sheets = _layers(path), []
    for layer in layers if len(layers) > 1 else []:
        with suppress(Exception):  # an empty sheet, or a text about the others
            sheets.append(_sheet(path, name, {"layer": layer}))
    return sheets or [_sheet(path, name, {})]


def _layers(path: Path) -> list[str]:
    words = what_is(path)
    if "Excel" in words:
        with pd.ExcelFile(path, engine="calamine") as book:
            names = [*map(str, book.sheet_names)]
            return [one for one in names if book.parse(one, header=None, nrows=1).size]
    if "SQLite" in words or path.suffix.lower() in {".kml", ".gml", ".gpx"}:
        import pyogrio

        layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
        return [layer for layer in layers if layer not in {"layer_styles", "qgis_projects"}]
    if words.startswith("a zip archive of"):
        with zipfile.ZipFile(path) as archive:
            return [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
    return []


def _sheet(path: Path, name: str, keys: dict[str, str]) -> Sheet:
    table = Table.open(path, keys.get("layer"), decimal=keys.get("decimal"))
    if table.kind == "text" and len(table.columns) == 1:
        raise InputError("text without columns")
    rows, share = pd.DataFrame(), 1.0
    if path.stat().st_size > LARGE:
        batch, share = next(iter(table.batches(table.columns)))
        rows = batch.to_pandas()
    elif table.columns:
        rows = table.read().reset_index(drop=True)
    if not len(rows) and table.geometry is None:
        raise InputError("it holds no rows", source=path)
    sheet = Sheet(name, keys, table, rows, share >= 1)
    doubts = " ".join(one.doubt for one in sheet.columns.values() if one.numbers is None)
    if table.kind == "text" and "its ',' may group thousands" in doubts and "decimal" not in keys:
        return _sheet(path, name, {**keys, "decimal": ","})  # as where columns are split otherwise
    if table.geometry is not None:
        try:
            sheet.places = table.geometries().geometry.reset_index(drop=True)
            sheet.rows = rows if table.columns else pd.DataFrame(index=sheet.places.index)
            kinds = {str(kind).removeprefix("Multi") for kind in sheet.places.geom_type.dropna()}
            shapes = {"Polygon": "polygons", "Point": "points", "LineString": "lines"}
            sheet.shape = shapes.get(kinds.pop(), "mixed") if len(kinds) == 1 else "mixed"
        except InputError as error:
            sheet.trouble = _reason(error, path)
    return sheet
