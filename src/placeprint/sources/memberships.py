"""Memberships: which units (county, city, state) each region is in, at one level or more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeAlias

import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.sources.ids import (
    LEFT_OVER,
    coordinate_columns,
    identifier_column,
    identifiers,
)
from placeprint.sources.table import Table
from placeprint.sources.values import is_text
from placeprint.typing import PathLike

__all__ = ["Memberships", "read_memberships"]

Memberships: TypeAlias = dict[str, pd.Series]
"""For each level the unit id of each region, indexed by ``region_id``, sorted by both; a region
that is in several units occurs as often, one that is in none is absent."""


def read_memberships(
    paths: PathLike | Sequence[PathLike],
    *,
    id_column: str | None = None,
    levels: Sequence[str] | None = None,
) -> Memberships:
    r"""Read which units each region is in.

    The first table is about regions: one column of region ids, and a level for every other
    column of ids (text or whole numbers; truth values, fractions and coordinates are none). A
    further table may be about regions too, or about the units of a level that is known by then:
    then it has a column of that level's name, and its other columns become levels of the regions
    through it.

    Args:
        paths: One table (Parquet, CSV or vector file), or several in the order of the chain.
        id_column: The column of region ids; found if None, see
            :func:`~placeprint.sources.ids.identifier_column`.
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
    region_columns = {"region_id", *([id_column] if id_column else [])}
    for path in tables:
        for level, units in _read(path, known, region_columns, id_column).items():
            if level in known:
                raise InputError(
                    f"column {level!r} tells a level that an earlier table has told",
                    source=path,
                    hint="leave the column out of one of the two tables",
                )
            known[level] = units
    if levels is None:
        return known
    for level in levels:
        if level not in known:
            raise InputError(f"no level {level!r}", source=tables[0], hint=closest(level, known))
    return {level: known[level] for level in levels}


def _read(
    path: PathLike, known: Memberships, region_columns: set[str], id_column: str | None
) -> Memberships:
    """The levels that one table adds; the column of its regions joins ``region_columns``."""
    opened = Table.open(path)
    table = opened.read_all()
    links = (
        [] if region_columns & {*table.columns} else [level for level in known if level in table]
    )
    if links:
        key = links[-1]  # the coarsest of the chain so far
    else:
        # Only the first table must have the column that was named: later ones have their own.
        given = id_column if not known or id_column in table else None
        key = identifier_column(table, given, path)
        region_columns.add(key)
    names = _levels(table.drop(columns=[*{key, *links}]))
    if not names:
        raise InputError(
            f"no column holds the units of {key!r}; it has {listing(table.columns)}",
            source=path,
            hint="give a column of text or whole numbers for each level",
        )
    table = opened.read_all([key, *names])  # as text, now that they are known to be ids
    keys = identifiers(table[key], path)
    pairs = {name: _pairs(keys, table[name], path) for name in names}
    if not links:
        return {name: _sorted(units) for name, units in pairs.items()}
    return {name: _through(known[key], units, key, path) for name, units in pairs.items()}


def _levels(table: pd.DataFrame) -> list[str]:
    coordinates = coordinate_columns(table.columns) or ()
    return [
        str(name)
        for name in table.columns
        if name not in coordinates
        and str(name).lower() not in LEFT_OVER
        and (is_text(table[name]) or pd.api.types.is_integer_dtype(table[name]))
        and table[name].notna().any()
    ]


def _pairs(keys: pd.Index, units: pd.Series, source: PathLike) -> pd.Series:
    """Unit ids indexed by key, without rows that are in no unit."""
    known = units.notna()
    ids = identifiers(units[known], source)
    return pd.Series(ids.to_numpy(), index=keys[known.to_numpy()], name=units.name, dtype=object)


def _through(regions: pd.Series, units: pd.Series, key: str, source: PathLike) -> pd.Series:
    """The units of regions, from the regions' keys and the units of the keys."""
    shared = regions.isin(units.index)
    if not shared.any():
        raise InputError(
            f"its column {key!r} ({listing(units.index.unique(), 3)}) and the {key} of the "
            f"regions ({listing(regions.unique(), 3)}) have no unit in common",
            source=source,
        )
    joined = (
        regions.rename("key").reset_index().merge(units.rename_axis("key").reset_index(), on="key")
    )
    return _sorted(joined.set_index("region_id")[units.name])


def _sorted(units: pd.Series) -> pd.Series:
    """By region, then by unit; each pair once."""
    table = units.rename_axis("region_id").reset_index().drop_duplicates()
    table = table.sort_values(["region_id", str(units.name)])
    index = pd.Index(table["region_id"], dtype=object, name="region_id")
    return pd.Series(table[units.name].to_numpy(object), index=index, name=units.name)
