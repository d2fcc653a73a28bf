"""Identifiers: which column holds them, how they are spelt, and which regions they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.regions import Regions, as_ids
from placeprint.sources.values import is_text, row_name
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = [
    "Coverage",
    "check_unique",
    "coordinate_columns",
    "h3_spelt",
    "identifier_column",
    "identifiers",
    "is_key",
    "match_ids",
    "match_points",
    "names_regions",
    "respelt",
    "spelt_by",
]

REGION: Final = ("region_id",)
CELLS: Final = tuple(
    "h3 h3_id h3_index h3_cell h3_address h3index hex hex_id hexagon cell cell_id geohash "
    "s2_cell".split()
)
UNITS: Final = tuple(
    "unit_id geoid geoid10 geoid20 geo_id fips admincode adcode zone_id tract_id county_id "
    "city_id area_id ward_id district_id".split()
)
PLAIN: Final = ("id", "uid", "gid")
LEFT_OVER: Final = ("__index_level_0__", "unnamed: 0", "index")
"""What pandas calls an index without a name, in Parquet and CSV, and as a column."""

TIERS: Final = (REGION, CELLS, UNITS, PLAIN)
COORDINATES: Final = (
    *(("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"), ("x", "y")),
)
OUTSIDE: Final = "outside the study area"
SCIENTIFIC: Final = r"\d(?:\.\d+)?[eE]\+?\d+"
H3_SPELLED: Final = re.compile(r"(?:0x)?0?([0-9a-f]{15})|(\d{18})", re.I)


@dataclass
class Coverage:
    """An account of the rows that a reader read.

    Attributes:
        rows: Rows read.
        matched: Rows that took part.
        dropped: Rows left out, by reason.
        regions: Regions that got at least one row.
        of_regions: Regions of the study area.
        notes: How the file was read, a sentence each.

    Example:
        >>> coverage = Coverage(rows=10, of_regions=5)
        >>> coverage.drop("weight is zero", 2)
        >>> coverage.finish(matched=8, regions=4).describe()
        '8 of 10 rows matched (2 weight is zero); 4 of 5 regions'
    """

    rows: int
    of_regions: int
    matched: int = 0
    regions: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def drop(self, reason: str, rows: int) -> None:
        """Count rows that are left out for a reason."""
        if rows:
            self.dropped[reason] = self.dropped.get(reason, 0) + int(rows)

    def finish(self, matched: int, regions: int) -> Coverage:
        """Note how many rows took part and how many regions they reach; returns itself."""
        self.matched = int(matched)
        self.regions = int(regions)
        return self

    def describe(self) -> str:
        """One line for a person."""
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
        lost = f" ({reasons})" if reasons else ""
        reached = f"{self.regions:,} of {self.of_regions:,} regions"
        return f"{self.matched:,} of {self.rows:,} rows matched{lost}; {reached}"

    def to_dict(self) -> dict[str, Any]:
        """The account as JSON-like values."""
        return {name: value for name, value in asdict(self).items() if name != "notes" or value}


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
    """Identifiers as text in one spelling; H3 cells, however they were written, as H3 does.

    Args:
        values: The identifiers as read; the index is the row in the file.
        source: The file they come from, for the message.

    Returns:
        Strings, in the order of ``values``, under their name.

    Raises:
        InputError: If one is missing, has a fraction, or is a large number that lost digits
            when it became a float or was written as 1.2E+11.

    Example:
        >>> identifiers(pd.Series([604189641255419903, 604189641389637631])).tolist()
        ['86283470fffffff', '862834717ffffff']
        >>> identifiers(pd.Series([1.0, 20.0])).tolist()
        ['1', '20']
    """
    missing = np.flatnonzero(values.isna().to_numpy())
    if len(missing):
        position = int(missing[0])
        whole = pd.api.types.is_integer_dtype(values.index.dtype)
        raise InputError(
            f"column {values.name!r} has no identifier in "
            f"{row_name(int(values.index[position]) if whole else position)}",
            source=source,
            hint="drop the row or fill the identifier in",
        )
    if pd.api.types.is_float_dtype(values) and (values.abs() > 2**53).any():
        raise InputError(
            f"column {values.name!r} holds identifiers as floats of more than 15 digits, "
            "whose last digits are lost",
            source=source,
            hint="write them as text or as 64-bit integers",
        )
    ids = pd.Index(as_ids(values, source), dtype=object, name=values.name)
    ids = ids.str.strip().astype(object)
    if len(ids) and ids.str.fullmatch(SCIENTIFIC).mean() > 0.5:
        raise InputError(
            f"column {values.name!r} holds identifiers such as {ids[0]}, whose digits are lost",
            source=source,
            hint="write them whole: spreadsheets shorten long numbers unless they are text",
        )
    cells = h3_spelt(ids)
    return ids if cells.isna().any() else cells


def h3_spelt(ids: pd.Index) -> pd.Index:
    """H3 cells as H3 writes them: 15 hexadecimal digits in small letters; NaN for other ids.

    Args:
        ids: Text such as ``861126D37FFFFFF``, ``0x0861126d37ffffff`` or ``604189641255419903``.

    Example:
        >>> h3_spelt(pd.Index(["0861126D37FFFFFF", "01001"])).tolist()
        ['861126d37ffffff', nan]
    """
    import h3.api.numpy_int as h3

    def spelt(text: str) -> str | float:
        match = H3_SPELLED.fullmatch(text)
        number = 0 if match is None else int(match[1], 16) if match[1] else int(match[2])
        return f"{number:x}" if number < 2**63 and h3.is_valid_cell(number) else np.nan

    distinct = ids.unique()
    found = {text: spelt(text) for text in distinct}
    return pd.Index([found[text] for text in ids], dtype=object, name=ids.name)


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


def match_ids(
    values: pd.Series,
    regions: Regions,
    coverage: Coverage,
    source: PathLike,
    *,
    unknown: str = "refuse",
) -> tuple[pd.Series, pd.Series]:
    """Match a column of ids to regions, also where they are spelt otherwise.

    Args:
        values: The ids; the index is the row in the file.
        regions: The regions.
        coverage: Takes what is left out, and how ids were read.
        source: The file, for messages.
        unknown: What becomes of rows with an id that nobody knows, or none: ``refuse`` or ``drop``.

    Returns:
        The ids as the regions spell them, and a mask of the rows whose id is a region.

    Raises:
        InputError: If an id is neither a region nor known to lie outside the study area, or no
            row matches.
    """
    given = values.dropna() if unknown == "drop" else values
    ids = pd.Series(identifiers(given, source), index=given.index, name=values.name)
    ids = spelt_by(regions, ids, coverage).astype(object)
    strange = ids[~ids.isin(regions.ids)]
    strange = strange[~regions.knows(strange)]
    ids = ids.reindex(values.index)
    inside = ids.isin(regions.ids)
    if len(strange) and not (unknown == "drop" and inside.any()):
        raise InputError(
            f"column {values.name!r} names regions that do not exist: "
            f"{listing(strange.unique(), limit=5)}; region ids look like "
            f"{listing(regions.ids, limit=3)}",
            source=source,
            hint="correct the ids, drop those rows, or say `unknown: drop`",
        )
    if len(ids) and not inside.any():
        raise InputError(
            f"no row of column {values.name!r} is about a region of the study area", source=source
        )
    nameless = len(values) - len(given)
    coverage.drop("without a region", nameless)
    coverage.drop("about regions that are not known", len(strange))
    coverage.drop(OUTSIDE, int((~inside).sum()) - len(strange) - nameless)
    return ids, inside


def _bare_digits(text: str) -> str:
    return text.lstrip("0") if text.isdigit() else text


def _last_digits(text: str) -> str:
    return text[len(_prefix(text)) :]


def _prefix(text: str) -> str:
    """What stands before the digits at the end: `US` of US01, `0500000US` of 0500000US01001."""
    match = re.fullmatch(r"(.*[^\W\d].*?)\d+", text)
    return match[1] if match else ""


SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "capital letters aside": str.casefold,
    "leading zeros aside": _bare_digits,
    "without the letters before them": _last_digits,
}


def spelt_by(regions: Regions, ids: pd.Series, coverage: Coverage) -> pd.Series:
    """Ids as the regions spell them: H3 cells as H3 does, others as of :func:`respelt`."""
    if regions.resolution is None:
        return respelt(ids, [*regions.ids, *regions.outside], coverage)
    distinct = pd.Series(ids.unique(), dtype=object)
    missed = distinct[~regions.knows(distinct)]
    cells = pd.Series(h3_spelt(pd.Index(missed)), index=missed.to_numpy())
    return ids.map(cells.dropna().to_dict()).astype(object).fillna(ids) if len(missed) else ids


def respelt(ids: pd.Series, known: Sequence[str], coverage: Coverage) -> pd.Series:
    """Ids as others spell them, where only case, zeros or a common prefix differ.

    A prefix is one that all ids have, none of which is known as it stands, where the others have
    none or the end of it, or the other way round. An id that would become what another is stays.

    Args:
        ids: The ids.
        known: Those that are known.
        coverage: Takes what is said.

    Example:
        >>> account = Coverage(rows=2, of_regions=2)
        >>> respelt(pd.Series(["1", "10"], name="fips"), ["01", "10"], account).tolist()
        ['01', '10']
        >>> account.notes
        ["column 'fips': 1 ids are matched leading zeros aside (1 to 01)"]
    """
    distinct = pd.Series(ids.dropna().unique(), dtype=object)
    missed = distinct[~distinct.isin(known)]
    if not len(missed):
        return ids
    for how, spelling in SPELLINGS.items():
        spelt = pd.Series(known, index=[spelling(one) for one in known], dtype=object)
        if not spelt.index.is_unique or (
            spelling is _last_digits and (len(missed) < len(distinct) or not _akin(missed, known))
        ):
            continue
        found = {text: spelt[spelling(text)] for text in missed if spelling(text) in spelt.index}
        if spelling is not str.casefold:  # 01 and 1 in one column are two, whatever they are
            targets = pd.Series([*distinct, *found.values()]).value_counts()
            found = {text: meant for text, meant in found.items() if targets[meant] == 1}
        if found:
            text, meant = next(iter(found.items()))
            coverage.notes.append(
                f"column {ids.name!r}: {len(found):,} ids are matched {how} ({text} to {meant})"
            )
            ids = ids.map(found).fillna(ids)
            missed = missed[~missed.isin(list(found))]
    return ids


def _akin(ids: Iterable[str], known: Iterable[str]) -> bool:
    """Whether ids have one prefix each, and one of the two ends with the other."""
    (theirs, *more), (ours, *others) = ({_prefix(text) for text in some} for some in (ids, known))
    return not more and not others and (theirs.endswith(ours) or ours.endswith(theirs))


def match_points(
    lon: FloatArray, lat: FloatArray, regions: Regions, coverage: Coverage, source: PathLike
) -> AnyArray:
    """Match coordinates to regions.

    Args:
        lon: (n,) longitudes in degrees; NaN where not known.
        lat: (n,) latitudes in degrees.
        regions: The regions.
        coverage: Takes what is left out.
        source: The file, for messages.

    Returns:
        (n,) positions of regions, −1 without coordinates or outside of all of them.

    Raises:
        InputError: If a coordinate is impossible, or none lies in a region; where they would
            with longitude and latitude swapped, the message says so.
    """
    known = np.isfinite(lon) & np.isfinite(lat)
    positions = np.full(len(lon), -1, dtype=np.int64)
    # With zeros for what is unknown, so that the rows keep their numbers in messages.
    found = regions.locate(np.where(known, lon, 0.0), np.where(known, lat, 0.0), source)
    positions[known] = found[known]
    if len(positions) and (positions < 0).all():
        _explain_misses(lon[known], lat[known], regions, source)
    coverage.drop("without coordinates", int((~known).sum()))
    coverage.drop(OUTSIDE, int((known & (positions < 0)).sum()))
    return positions


def _explain_misses(lon: FloatArray, lat: FloatArray, regions: Regions, source: PathLike) -> None:
    if not len(lon):
        raise InputError("no row has coordinates", source=source)
    swappable = np.abs(lon) <= 90
    if swappable.any() and (regions.locate(lat[swappable], lon[swappable]) >= 0).any():
        raise InputError(
            "no point lies in a region, but they do with longitude and latitude swapped",
            source=source,
            hint="swap the two column names: longitude comes before latitude",
        )
    west, south, east, north = regions.geometry.total_bounds
    raise InputError(
        f"no point lies in a region: points reach from {lon.min():.4g}, {lat.min():.4g} to "
        f"{lon.max():.4g}, {lat.max():.4g}, regions from {west:.4g}, {south:.4g} to "
        f"{east:.4g}, {north:.4g}",
        source=source,
    )
