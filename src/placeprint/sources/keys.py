"""What a row of an unknown table is about: the column of its identifier, or of its coordinates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.regions import as_ids
from placeprint.typing import PathLike

__all__ = [
    "check_unique",
    "coordinate_columns",
    "identifier_column",
    "identifiers",
    "is_key",
    "is_text",
    "names_regions",
]

REGION: Final = ("region_id",)
CELLS: Final = (
    *("h3", "h3_id", "h3_index", "h3_cell", "h3_address", "h3index"),
    *("hex", "hex_id", "hexagon", "cell", "cell_id", "geohash", "s2_cell"),
)
UNITS: Final = (
    *("unit_id", "geoid", "geoid10", "geoid20", "fips", "admincode", "adcode"),
    *("zone_id", "tract_id", "county_id", "city_id", "area_id"),
)
PLAIN: Final = ("id", "uid", "gid")
LEFT_OVER: Final = ("__index_level_0__", "unnamed: 0", "index")
"""What pandas calls an index without a name, in Parquet and CSV, and as a column."""

TIERS: Final = (REGION, CELLS, UNITS, PLAIN)
COORDINATES: Final = (
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("x", "y"),
)
EXACT: Final = 2**53
"""Whole numbers above this are not all floats."""


def is_key(name: str) -> bool:
    """Whether a column's name says that it identifies rows, whatever the case of its letters.

    Example:
        >>> is_key("GEOID"), is_key("population")
        (True, False)
    """
    return names_regions(name) or name.lower() in {*PLAIN, *LEFT_OVER}


def names_regions(name: str) -> bool:
    """Whether a column's name says that it identifies regions, cells or units.

    Example:
        >>> names_regions("GEOID"), names_regions("id")
        (True, False)
    """
    return name.lower() in {*REGION, *CELLS, *UNITS}


def is_text(values: pd.Series) -> bool:
    """Whether a column holds text or categories."""
    kind = values.dtype
    return isinstance(kind, pd.CategoricalDtype | pd.StringDtype) or kind == np.dtype(object)


def identifier_column(table: pd.DataFrame, given: str | None, source: PathLike) -> str:
    """The column that says which region or unit each row is about.

    The one given; else ``region_id``; else the one with a name that identifiers are known by:
    of cells (``h3``, …) before units (``geoid``, ``fips``, ``admincode``, …) before plain ``id``;
    else the only column of text; else the index that pandas wrote without a name.

    Args:
        table: The plain columns of the file.
        given: The name of the column, if the user gave it.
        source: The file, for the message.

    Raises:
        InputError: If the given column is missing, or none or several columns could be meant.

    Example:
        >>> table = pd.DataFrame({"h3": ["861126d37ffffff"], "GEOID": ["01001"], "0": [0.5]})
        >>> identifier_column(table, None, "cells.csv")
        'h3'
    """
    names = [str(name) for name in table.columns]
    if given is not None:
        if given not in names:
            raise InputError(f"no column {given!r}", source=source, hint=closest(given, names))
        return given
    left_over = [name for name in names if name.lower() in LEFT_OVER]
    words = [name for name in names if is_text(table[name])]
    tiers = [[name for name in names if name.lower() in tier] for tier in TIERS]
    tiers += [[name for name in left_over if name in words], words, left_over]
    for candidates in tiers:
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise InputError(
                f"columns {listing(candidates)} could all hold the identifiers of its rows",
                source=source,
                hint=f"name one with --id-column (id_column=), such as {candidates[0]}",
            )
    raise InputError(
        f"no column holds the identifiers of its rows; it has {listing(names)}",
        source=source,
        hint="name the column with --id-column (id_column=), or add one called region_id",
    )


def coordinate_columns(names: Iterable[str]) -> tuple[str, str] | None:
    """The columns of longitude and latitude, whatever the case of their letters; None without.

    Example:
        >>> coordinate_columns(["id", "Lat", "Lng", "value"])
        ('Lng', 'Lat')
    """
    found = {name.lower(): name for name in names}
    for lon, lat in COORDINATES:
        if lon in found and lat in found:
            return found[lon], found[lat]
    return None


def identifiers(values: pd.Series, source: PathLike | None = None) -> pd.Index:
    """Identifiers as text, H3 cells that were stored as integers in hexadecimal.

    Args:
        values: The identifiers as read.
        source: The file they come from, for the message.

    Returns:
        Strings, in the order of ``values``, under their name.

    Raises:
        InputError: If one is missing, has a fraction, or is a large number that lost digits
            when it became a float.

    Example:
        >>> identifiers(pd.Series([604189641255419903, 604189641389637631])).tolist()
        ['86283470fffffff', '862834717ffffff']
        >>> identifiers(pd.Series([1.0, 20.0])).tolist()
        ['1', '20']
    """
    if pd.api.types.is_float_dtype(values) and (values.abs() > EXACT).any():
        raise InputError(
            f"column {values.name!r} holds identifiers as floats of more than 15 digits, "
            "whose last digits are lost",
            source=source,
            hint="write them as text or as 64-bit integers",
        )
    ids = pd.Index(as_ids(values, source), dtype=object, name=values.name)
    return _hexadecimal(ids) if ids.str.fullmatch(r"\d{18}").all() else ids


def _hexadecimal(ids: pd.Index) -> pd.Index:
    """Decimal H3 cells in hexadecimal; other numbers of 18 digits as they are."""
    import h3.api.numpy_int as h3

    numbers = [int(text) for text in ids]
    if not all(map(h3.is_valid_cell, numbers)):
        return ids
    return pd.Index([f"{number:x}" for number in numbers], dtype=object, name=ids.name)


def check_unique(ids: pd.Index, source: PathLike) -> None:
    """Refuse identifiers that occur more than once.

    Raises:
        InputError: Naming the first few.
    """
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        column = f" in column {ids.name!r}" if ids.name else ""
        raise InputError(
            f"its identifiers{column} occur more than once: {listing(twice, limit=5)}",
            source=source,
            hint="keep one row for each, or name another column with --id-column (id_column=)",
        )
