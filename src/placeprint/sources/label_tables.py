"""Tables without a recipe: what could be predicted of regions, and which units they are in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError, closest, listing
from placeprint.regions import as_ids, check_lonlat
from placeprint.sources import ids as keys
from placeprint.sources.table import Table
from placeprint.sources.values import class_names, is_text, plain_text
from placeprint.typing import PathLike

__all__ = ["LabelColumn", "Memberships", "read_labels_table", "read_memberships"]

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
    known: pd.Index | None = None,
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
        known: The ids that rows may be about. Where the column found names none of them but
            another does, that one is taken, and it is said.

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
    pair = keys.coordinate_columns(table.columns) or ()
    # Longitude and latitude may be written in any way; x and y may be anything, labels too.
    degrees = [name for name in pair if name.lower() not in ("x", "y")]
    rows = table.read_all([*given, *classes, *degrees], doubts=columns is not None)
    place, about = _what_rows_are_about(rows, id_column, pair, table, known)
    rest = rows.drop(columns=about)
    labels = [name for name in rest if _could_be_label(rest[name])] if columns is None else columns
    chosen = [name for name in rest if name in {*labels, *classes}]
    if not chosen:
        others = listing(rest.columns) or "nothing"
        problem = f"no column could be a label; besides {listing(about)} it has {others}"
        hint = "text that hardly repeats is taken for names; name a column that holds labels"
        raise InputError(problem, source=path, hint=hint)
    return [_label(rest[name], place, name in classes, table) for name in chosen]


def _what_rows_are_about(
    rows: pd.DataFrame,
    id_column: str | None,
    pair: Sequence[str],
    table: Table,
    known: pd.Index | None,
) -> tuple[pd.DataFrame, list[str]]:
    """A table without values, indexed by ids or with coordinates; and the columns it came from."""
    regions = [rows[name] for name in rows if keys.names_regions(str(name))]
    by_region = any(key.notna().all() and key.is_unique for key in regions)  # one row for each
    if id_column is None and pair and not by_region:
        points = table.lonlat(*pair)
        check_lonlat(points["lon"].to_numpy(), points["lat"].to_numpy(), table.path)
        return points, [*pair]
    column = keys.identifier_column(rows, id_column, table.path)
    ids = keys.identifiers(rows[column], table.path)
    if known is not None and id_column is None and not ids.isin(known).any():
        for other in rows.columns[rows.notna().all()].drop(column):
            whole = is_text(rows[other]) or pd.api.types.is_integer_dtype(rows[other])
            if whole and (found := keys.identifiers(rows[other], table.path)).isin(known).any():
                table.say(
                    f"rows are told by column {other!r}: column {column!r} names none of them"
                )
                column, ids = str(other), found
                break
    keys.check_unique(ids, table.path)
    # Where ids tell the places, x and y may be anything; longitude and latitude are no labels.
    places = [name for name in pair if name.lower() not in ("x", "y")]
    return pd.DataFrame(index=ids), [column, *places]


def _could_be_label(values: pd.Series) -> bool:
    known = values.dropna()
    if known.empty or keys.is_key(str(values.name)):
        return False
    if is_text(values):
        return len(known) >= FEWEST_PER_CLASS * known.nunique()
    return pd.api.types.is_numeric_dtype(values)


def _label(values: pd.Series, place: pd.DataFrame, as_classes: bool, table: Table) -> LabelColumn:
    name = str(values.name)
    if as_classes or is_text(values) or pd.api.types.is_bool_dtype(values):
        found = np.full(len(values), np.nan, dtype=object)
        texts = pa.array(as_ids(values.dropna(), table.path), pa.string())  # 3.0 and 3 are one
        known = class_names(plain_text(texts, name, table.path), name, table.say)
        found[values.notna().to_numpy()] = known
        return LabelColumn(name, "classification", place.assign(value=found))
    return LabelColumn(name, "regression", place.assign(value=table.numbers(values).to_numpy()))


KEY: Final[Any] = 0
"""A column that no column of a file can be called like."""

Memberships: TypeAlias = dict[str, pd.Series]
"""For each level the unit id of each region, indexed by ``region_id``, sorted by both; a region
that is in several units occurs as often, one that is in none is absent."""


def read_memberships(
    paths: PathLike | Sequence[PathLike], *, levels: Sequence[str] | None = None
) -> Memberships:
    r"""Read which units each region is in.

    The first table is about regions: one column of region ids (see
    :func:`~placeprint.sources.ids.identifier_column`), and a level for every other
    column of ids (text or whole numbers; truth values, fractions and coordinates are none). A
    further table may be about regions too, or about the units of a level that is known by then:
    then it has a column of that level's name, and its other columns become levels of the regions
    through it.

    Args:
        paths: One table (Parquet, CSV or vector file), or several in the order of the chain.
        levels: The levels wanted; all if None. Worth naming where a table also holds counts,
            which are whole numbers too.

    Returns:
        The unit ids by level.

    Raises:
        InputError: If a file cannot be read, an id of a region is missing, a level is unknown or
            told twice, or two tables of a chain have no unit in common.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "cells.csv").write_text("h3,county\na,01\nb,02\nb,03\n")
        >>> _ = (folder / "counties.csv").write_text("county,state\n01,N\n02,S\n03,S\n")
        >>> units = read_memberships([folder / "cells.csv", folder / "counties.csv"])
        >>> units["county"].tolist(), units["state"].to_dict()
        (['01', '02', '03'], {'a': 'N', 'b': 'S'})
    """
    tables = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    known: Memberships = {}
    region_columns = {"region_id"}
    for path in tables:
        for level, units in _read_levels(path, known, region_columns).items():
            if level in known:
                problem = f"column {level!r} tells a level that an earlier table has told"
                hint = "leave the column out of one of the two tables"
                raise InputError(problem, source=path, hint=hint)
            known[level] = units
    for level in levels or ():
        if level not in known:
            raise InputError(f"no level {level!r}", source=tables[0], hint=closest(level, known))
    return known if levels is None else {level: known[level] for level in levels}


def _read_levels(path: PathLike, known: Memberships, region_columns: set[str]) -> Memberships:
    """The levels that one table adds; the column of its regions joins ``region_columns``."""
    opened = Table.open(path)
    table = opened.read_all()
    about_regions = bool(region_columns & {*table.columns})
    links = [] if about_regions else [level for level in known if level in table]
    # The coarsest of the chain so far, or what holds the ids of regions.
    key = links[-1] if links else keys.identifier_column(table, None, path)
    if not links:
        region_columns.add(key)
    beside = {key, *links, *(keys.coordinate_columns(table.columns) or ())}
    names = [
        str(name)
        for name in table.columns
        if name not in beside
        and str(name).lower() not in keys.LEFT_OVER
        and (is_text(table[name]) or pd.api.types.is_integer_dtype(table[name]))
        and table[name].notna().any()
    ]
    if not names:
        problem = f"no column holds the units of {key!r}; it has {listing(table.columns)}"
        hint = "give a column of text or whole numbers for each level"
        raise InputError(problem, source=path, hint=hint)
    table = opened.read_all([key, *names])  # as text, now that they are known to be ids
    of_rows = pd.Series(keys.identifiers(table[key], path), index=table.index)
    found: Memberships = {}
    for name in names:
        units = table[name].dropna()
        pairs = pd.DataFrame({KEY: of_rows[units.index], name: keys.identifiers(units, path)})
        if links:
            pairs = _through(known[key], pairs, path)
        pairs = pairs[[KEY, name]].drop_duplicates().sort_values([KEY, name])
        index = pd.Index(pairs[KEY], dtype=object, name="region_id")
        found[name] = pd.Series(pairs[name].to_numpy(object), index=index, name=name)
    return found


def _through(regions: pd.Series, pairs: pd.DataFrame, source: PathLike) -> pd.DataFrame:
    """Pairs of region and unit, from the units' keys and the pairs of key and unit."""
    key = regions.name
    if not regions.isin(pairs[KEY]).any():
        theirs, ours = (listing(ids.unique(), 3) for ids in (pairs[KEY], regions))
        problem = f"its column {key!r} ({theirs}) and the {key} of the regions ({ours})"
        raise InputError(f"{problem} have no unit in common", source=source)
    joined: pd.DataFrame = regions.rename(KEY).reset_index().merge(pairs, on=KEY)
    joined[KEY] = joined["region_id"]
    return joined
