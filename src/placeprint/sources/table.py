"""Raw tables of any kind: their columns, their rows, their geometries, and what is said of them."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from placeprint.errors import DataWarning, InputError, Problems, caution, closest, listing
from placeprint.sources import values as written
from placeprint.sources.formats import Batches, open_format
from placeprint.sources.ids import is_key
from placeprint.typing import AnyArray, FloatArray, PathLike

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Scalar", "Table", "Where", "reading_as"]

Scalar: TypeAlias = str | int | float | bool
Where: TypeAlias = Mapping[str, Scalar | list[Scalar]]
"""Conditions on rows: a column equals a value, or is one of several."""

DAMAGED: Final = (
    *(pa.ArrowInvalid, OSError, EOFError, ValueError, RuntimeError, LookupError),
    shapely.errors.ShapelyError,
)
LISTS: Final = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
ODD: Final = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null)


_ASKED: ContextVar[Sequence[str | None]] = ContextVar("asked", default=(None, None, None, None))


@contextmanager
def reading_as(
    layer: str | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> Iterator[None]:
    r"""How files are read within the block, where whoever opens them does not say it.

    Args:
        layer: See :meth:`Table.open`; a file with one layer of another name is read all the same.
        sep: See there.
        decimal: See there.
        encoding: See there.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("x~y\n1~2\n")
        >>> with reading_as(sep="~"):
        ...     Table.open(path).columns
        ['x', 'y']
    """
    token = _ASKED.set((layer, sep, decimal, encoding))
    try:
        yield
    finally:
        _ASKED.reset(token)


class Table:
    r"""A table in a file: Parquet, text with separators, a spreadsheet, or a vector file.

    Which kind it is, is told by its first bytes; files in gzip or zip are unpacked. What had to be
    found out (the encoding, the separator, the decimal sign) is said, and can be given.

    Attributes:
        path: The file as it was named.
        columns: The columns that can be read. A field of a struct is named by its path, such as
            ``categories.primary``; columns of geometry are not among them.
        notes: How the file was read, a sentence each.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.csv").write_text("zone;share\n007;3,5\n")
        >>> table = Table.open(folder / "a.csv")
        >>> table.columns, table.notes
        (['zone', 'share'], ["its columns are separated by ';'"])
        >>> rows = table.read(as_text=["zone"])
        >>> rows["zone"].tolist(), table.numbers(rows["share"]).tolist()
        (['007'], [3.5])
    """

    def __init__(self, path: PathLike, layer: str | None, dialect: Sequence[str | None]) -> None:
        self.path = Path(path)
        self.notes: list[str] = []
        asked, *how = _ASKED.get()
        dialect = [given or known for given, known in zip(dialect, how, strict=True)]
        with self._reading():
            self._format = open_format(self.path, layer, dialect, self.say, asked)
        self.columns = list(self._format.types)

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
        return cls(path, layer, (sep, decimal, encoding))

    @classmethod
    def of(cls, source: PathLike | Table) -> Table:
        """A file opened, or what is open already."""
        return source if isinstance(source, Table) else cls.open(source)

    @property
    def geometry(self) -> str | None:
        """The column of geometry, if there is one."""
        return self._format.geometry

    @property
    def kind(self) -> str:
        """What kind of file it is: ``parquet``, ``vector``, ``workbook`` or ``text``."""
        return self._format.kind

    @property
    def stored(self) -> bool:
        """Whether the file says what type a column has; else all are text."""
        return self._format.stored

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The columns and the type of each; null in vector files, where only the rows tell."""
        return self._format.types

    def say(self, sentence: str) -> None:
        """Note how the file is read, and tell whoever is watching."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            caution(sentence, source=self.path)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name the file in every error, and say so where a library finds it damaged."""
        try:
            yield
        except InputError as error:
            if str(error).startswith(str(self.path)):
                raise
            raise InputError(f"{self.path}: {error}") from None
        except (*DAMAGED, zipfile.BadZipFile, zlib.error) as error:
            text = hasattr(self, "_format") and not self.stored
            how = ", or say its `encoding:` or `sep:` (--encoding, --sep)" if text else ""
            problem = f"cannot be read, it may be truncated ({error})"
            raise InputError(problem, source=self.path, hint=f"fetch it again{how}") from None

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
                fields = listing(name.removeprefix(f"{column}.") for name in within)
                problem = f"column {column!r} is a struct with the fields {fields}"
                hint = f"name one of them, such as {within[0]}"
            else:
                problem, hint = f"no column {column!r}", closest(column, self.columns)
            raise InputError(problem, source=self.path, hint=hint)

    def batches(self, columns: Sequence[str]) -> Batches:
        """Read some columns, batch by batch, in the order of the file.

        Yields:
            Batches of some hundred thousand rows, and the share of the file that is read.

        Raises:
            InputError: See :meth:`read`.
        """
        self.check(columns)
        with self._reading():
            yield from self._format.batches([*dict.fromkeys(columns)])

    def _arrow(self, columns: Sequence[str]) -> pa.Table:
        batches = [batch for batch, _ in self.batches(columns)]
        if batches:
            return pa.Table.from_batches(batches)
        kinds = {name: self._format.types[name] for name in columns}
        return pa.schema(list(kinds.items())).empty_table()

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
        texts, conditions = set(as_text), dict(where or {})
        every = [*dict.fromkeys([*(self.columns if columns is None else columns), *texts])]
        rows = self._arrow([*dict.fromkeys([*every, *conditions])])
        kept = np.ones(rows.num_rows, dtype=bool)
        for column, value in conditions.items():
            kept &= self._chosen(rows.column(column), column, value)
        if conditions and rows.num_rows and not kept.any():
            raise InputError(f"no row meets all conditions {conditions}", source=self.path)
        rows = rows if kept.all() else rows.filter(pa.array(kept))
        if columns is None:
            kinds = {name: rows.schema.field(name).type for name in every}
            every = [name for name in every if not any(odd(kinds[name]) for odd in ODD)]
        frame = {name: self._series(rows.column(name), name, texts) for name in every}
        return pd.DataFrame(frame).set_axis(pd.Index(np.flatnonzero(kept)), axis=0)

    def _series(self, column: pa.ChunkedArray, name: str, texts: set[str]) -> pd.Series:
        array = column.combine_chunks()
        if name in texts:
            return written.plain_text(array, name, self.path)
        if pa.types.is_nested(array.type):
            problem = f"column {name!r} holds {array.type}, expected one value a row"
            raise InputError(problem, source=self.path)
        if pa.types.is_decimal(array.type):
            array = array.cast(pa.float64())
        elif pa.types.is_integer(array.type) and array.null_count:
            return pd.Series(array.to_pylist(), dtype="Int64", name=name)
        values: pd.Series = array.to_pandas().rename(name)
        return values

    def _chosen(self, column: pa.ChunkedArray, name: str, value: Scalar | list[Scalar]) -> AnyArray:
        wanted = value if isinstance(value, list) else [value]
        texts = written.plain_text(column.combine_chunks(), name, self.path)
        if all(isinstance(one, bool) for one in wanted):
            texts = texts.str.capitalize()  # True, however it is written
        plain = [one for one in wanted if type(one) in (int, float)]
        chosen = texts.isin([str(one) for one in wanted])
        chosen |= pd.to_numeric(texts, errors="coerce").isin(plain)  # 2019, also as 2019.0
        if len(texts) and not chosen.any():
            raise InputError(
                f"no row has {name} = {listing(wanted)}",
                source=self.path,
                hint=f"the column holds {listing(texts.dropna().unique(), limit=5)}",
            )
        return chosen.to_numpy(bool)

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
        texts = [n for n in self.columns if n in {*as_text} or (not self.stored and is_key(n))]
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
        lists = {n: kind for n, kind in self.types.items() if any(is_it(kind) for is_it in LISTS)}
        plain = (pa.types.is_integer, pa.types.is_floating)
        return [n for n, kind in lists.items() if any(is_it(kind.value_type) for is_it in plain)]

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
            problem = f"column {column!r} holds {found}, expected as many in every row"
            hint = "leave out the rows that have no vector"
            raise InputError(problem, source=self.path, hint=hint)
        known = lists.is_valid().to_numpy(zero_copy_only=False)
        # flatten leaves out the lists that are missing
        numbers = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
        numbers = numbers.reshape(-1, lengths[0])
        if known.all():
            return np.asarray(numbers)
        matrix = np.full((len(known), lengths[0]), np.nan, dtype=np.float32)
        matrix[known] = numbers
        return matrix

    # What its values mean

    def numbers(self, values: pd.Series, minimum: float | None = None) -> pd.Series:
        """A column as numbers; see :func:`placeprint.sources.values.numbers`."""
        how: Any = {"decimal": self._format.decimal, "sep": self._format.sep}
        return written.numbers(values, self.path, self.say, minimum=minimum, **how)

    def inferred(self, values: pd.Series) -> pd.Series:
        """A column as what it holds; see :func:`placeprint.sources.values.inferred`."""
        if self.stored and written.is_text(values):
            known = values.dropna().astype(str)
            if known.str.fullmatch(r"[+-]?\d+").all():
                return values  # whoever stored digits as text meant text
        how: Any = {"decimal": self._format.decimal, "sep": self._format.sep}
        return written.inferred(values, self.path, self.say, **how)

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
        if not {lon, lat} <= {*self.columns} and self.geometry:
            frame = self.geometries(others, **how)
            shapes = frame.pop("geometry")
            drawn = bool((shapes.geom_type != "Point").any())
            points = shapes.representative_point() if drawn else shapes
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

        if self.geometry is None:
            raise InputError(
                f"it holds no geometries; its columns are {listing(self.columns)}",
                source=self.path,
                hint="give GeoParquet, GeoPackage, GeoJSON, FlatGeobuf or a shapefile",
            )
        with self._reading():
            shapes = self._format.shapes()
        if self.geometry in self.columns:
            self.say(f"column {self.geometry!r} is taken for longitude, latitude")
        if not len(shapes):
            raise InputError("it holds no geometries", source=self.path)
        if shapes.crs is None:
            raise InputError(
                "its geometries have no CRS, so nobody knows where they are",
                source=self.path,
                hint="if these are degrees, longitude first: GeoDataFrame.set_crs(4326); else "
                "set_crs to what they are in",
            )
        wanted = [*dict.fromkeys([*columns, *as_text])]
        every = pd.DataFrame(index=pd.RangeIndex(len(shapes)))
        rows = self.read(wanted, where, as_text) if wanted or where else every
        frame = gpd.GeoDataFrame(rows, geometry=shapes.to_numpy()[rows.index], crs=shapes.crs)
        if frame.crs.equals(4326, ignore_axis_order=True):
            return frame
        self.say(f"its geometries are transformed from {frame.crs.name} to EPSG:4326")
        return frame.to_crs(4326)
