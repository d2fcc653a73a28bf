"""Label tables without a recipe: every column that could be predicted, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.regions import check_lonlat
from placeprint.sources.any_table import read_any_table
from placeprint.sources.keys import (
    check_unique,
    coordinate_columns,
    identifier_column,
    identifiers,
    is_key,
    is_text,
    names_regions,
)
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
    :func:`~placeprint.sources.keys.identifier_column` finds.

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
    table = read_any_table(path, [id_column] if id_column else [])
    _check_names(table, [*(columns or ()), *classes], path)
    place, keys = _what_rows_are_about(table, id_column, path)
    rest = table.drop(columns=keys)
    if columns is None:
        chosen = [name for name in rest if name in classes or _could_be_label(rest[name])]
    else:
        chosen = [name for name in rest if name in {*columns, *classes}]
    if not chosen:
        raise InputError(
            f"no column could be a label; besides {listing(keys)} it has "
            f"{listing(rest.columns) or 'nothing'}",
            source=path,
            hint="write numbers without separators of thousands; text that hardly repeats is taken "
            "for names",
        )
    return [_label(rest[name], place, name in classes, path) for name in chosen]


def _check_names(table: pd.DataFrame, wanted: list[str], source: PathLike) -> None:
    for name in wanted:
        if name not in table:
            raise InputError(
                f"no column {name!r}", source=source, hint=closest(name, map(str, table.columns))
            )


def _what_rows_are_about(
    table: pd.DataFrame, id_column: str | None, source: PathLike
) -> tuple[pd.DataFrame, list[str]]:
    """A table without values, indexed by ids or with coordinates; and the columns it came from."""
    pair = coordinate_columns(table.columns)
    if id_column is None and pair is not None and not _one_row_per_region(table):
        points = table[[*pair]].set_axis(["lon", "lat"], axis=1).astype(np.float64)
        check_lonlat(points["lon"].to_numpy(), points["lat"].to_numpy(), source)
        return points, [*pair]
    column = identifier_column(table, id_column, source)
    ids = identifiers(table[column], source)
    check_unique(ids, source)
    # Where ids tell the places, x and y may be anything; longitude and latitude are no labels.
    known = [name for name in pair or () if name.lower() not in ("x", "y")]
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


def _label(
    values: pd.Series, place: pd.DataFrame, as_classes: bool, source: PathLike
) -> LabelColumn:
    name = str(values.name)
    if as_classes or is_text(values) or pd.api.types.is_bool_dtype(values):
        found = np.full(len(values), np.nan, dtype=object)
        found[values.notna().to_numpy()] = _class_names(values.dropna(), source)
        return LabelColumn(name, "classification", place.assign(value=found))
    if not pd.api.types.is_numeric_dtype(values):
        raise InputError(
            f"column {name!r} holds {values.dtype}, expected numbers or classes", source=source
        )
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise InputError(f"column {name!r} holds infinite values", source=source)
    return LabelColumn(name, "regression", place.assign(value=numbers))


def _class_names(known: pd.Series, source: PathLike) -> list[str]:
    if pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known):
        return identifiers(known, source).tolist()  # 3.0 and 3 are one class
    return known.astype(str).tolist()
