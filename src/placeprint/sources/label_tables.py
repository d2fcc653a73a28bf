"""Label tables without a recipe: every column that could be predicted, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError, listing
from placeprint.regions import as_ids, check_lonlat
from placeprint.sources.ids import (
    check_unique,
    coordinate_columns,
    identifier_column,
    identifiers,
    is_key,
    names_regions,
)
from placeprint.sources.table import Table
from placeprint.sources.values import is_text, plain_text
from placeprint.typing import PathLike

__all__ = ["LabelColumn", "read_labels_table"]

FEWEST_PER_CLASS: Final = 2
"""Text with fewer rows than this for each distinct value is a name, not a class."""


@dataclass(frozen=True, eq=False)
class LabelColumn:
    """One column of labels.

    Attributes:
        name: The column's name.
        kind: ``"regression"`` or ``"classification"``.
        values: Column ``value`` (float64, or text for classes; NaN where it is not known),
            indexed by the ids of regions or units under their column's name; at points the
            columns ``lon``, ``lat`` (degrees) and ``value``.
    """

    name: str
    kind: str
    values: pd.DataFrame

    @property
    def at_points(self) -> bool:
        """Whether the rows are points."""
        return "lon" in self.values


def read_labels_table(
    path: PathLike,
    *,
    id_column: str | None = None,
    columns: Sequence[str] | None = None,
    classes: Sequence[str] = (),
) -> list[LabelColumn]:
    r"""Read the columns of a table that could be labels.

    Rows are about what ``id_column`` holds if it is given. Otherwise they are points if there are
    columns of longitude and latitude, unless a column is called as ids of regions, cells or units
    are (``region_id``, ``h3``, ``geoid``, …) and holds a different one in each row. Without
    coordinates they are about the identifiers that
    :func:`~placeprint.sources.ids.identifier_column` finds.

    Numbers are to be regressed; text, categories and truth values are classes. Not taken, unless
    asked for: other columns of ids, columns of names (text that hardly repeats), and empty columns.

    Args:
        path: A Parquet, CSV or vector file; its geometries are not used.
        id_column: The column of region or unit ids.
        columns: The columns to take; all that could be labels if None.
        classes: Columns of whole numbers that stand for classes.

    Returns:
        The columns, in the order of the file.

    Raises:
        InputError: If the file or a column is missing, an id is missing or occurs twice, a
            coordinate is impossible, a value is infinite, or no column is left.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = path.write_text("fips,rent,zone\n01001,9.5,1\n01003,,2\n")
        >>> for label in read_labels_table(path, classes=["zone"]):
        ...     print(label.name, label.kind, label.values["value"].tolist())
        rent regression [9.5, nan]
        zone classification ['1', '2']
    """
    table = Table.open(path)
    given = [id_column] if id_column else []
    table.check([*given, *(columns or ()), *classes])
    pair = coordinate_columns(table.columns) or ()
    rows = table.read_all([*given, *classes, *pair], doubts=columns is not None)
    place, keys = _what_rows_are_about(rows, id_column, pair, table)
    rest = rows.drop(columns=keys)
    if columns is None:
        chosen = [name for name in rest if name in classes or _could_be_label(rest[name])]
    else:
        chosen = [name for name in rest if name in {*columns, *classes}]
    if not chosen:
        raise InputError(
            f"no column could be a label; besides {listing(keys)} it has "
            f"{listing(rest.columns) or 'nothing'}",
            source=path,
            hint="text that hardly repeats is taken for names; name a column that holds labels",
        )
    return [_label(rest[name], place, name in classes, table) for name in chosen]


def _what_rows_are_about(
    rows: pd.DataFrame, id_column: str | None, pair: Sequence[str], table: Table
) -> tuple[pd.DataFrame, list[str]]:
    """A table without values, indexed by ids or with coordinates; and the columns it came from."""
    if id_column is None and pair and not _one_row_per_region(rows):
        points = table.lonlat(*pair)
        check_lonlat(points["lon"].to_numpy(), points["lat"].to_numpy(), table.path)
        return points, [*pair]
    column = identifier_column(rows, id_column, table.path)
    ids = identifiers(rows[column], table.path)
    check_unique(ids, table.path)
    # Where ids tell the places, x and y may be anything; longitude and latitude are no labels.
    known = [name for name in pair if name.lower() not in ("x", "y")]
    about_places = [column, *known]
    return pd.DataFrame(index=ids), about_places


def _one_row_per_region(table: pd.DataFrame) -> bool:
    """Whether a column of region, cell or unit ids tells every row from the others."""
    keys = [name for name in table if names_regions(str(name))]
    return any(table[key].notna().all() and table[key].is_unique for key in keys)


def _could_be_label(values: pd.Series) -> bool:
    known = values.dropna()
    if known.empty or is_key(str(values.name)):
        return False
    if is_text(values):
        return len(known) >= FEWEST_PER_CLASS * known.nunique()
    return pd.api.types.is_numeric_dtype(values)


def _label(values: pd.Series, place: pd.DataFrame, as_classes: bool, table: Table) -> LabelColumn:
    name = str(values.name)
    if as_classes or is_text(values) or pd.api.types.is_bool_dtype(values):
        found = np.full(len(values), np.nan, dtype=object)
        known = values.dropna()
        texts = pa.array(as_ids(known, table.path), pa.string())  # 3.0 and 3 are one class
        found[values.notna().to_numpy()] = plain_text(texts, name, table.path)
        return LabelColumn(name, "classification", place.assign(value=found))
    return LabelColumn(name, "regression", place.assign(value=table.numbers(values).to_numpy()))
