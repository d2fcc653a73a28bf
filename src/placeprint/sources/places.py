"""Where a visit was, a region of a study area or any H3 cell; and who made it, as a number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, cells_of_points, check_lonlat
from placeprint.regions.cells import are_cells, to_integers
from placeprint.sources.ids import Coverage, h3_spelt, identifiers, spelt_by
from placeprint.sources.weeks import Column
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["EveryCell", "KnownRegions", "Localities", "are_numbers", "numbered_people"]


class KnownRegions:
    """The regions of a study area; their numbers are their positions.

    Args:
        regions: The regions.

    Attributes:
        regions: As given.
        count: How many there are, visited or not.
    """

    def __init__(self, regions: Regions) -> None:
        self.regions, self.count = regions, len(regions)

    @property
    def fingerprint(self) -> str:
        """What tells these places from others."""
        digest = hashlib.sha256("\n".join(self.regions.ids).encode())
        digest.update(b"".join(shapely.to_wkb(self.regions.geometry.to_numpy())))
        return digest.hexdigest()

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """The number of the place that each point is in, (n,) int64, −1 where there is none."""
        return self.regions.locate(lon, lat, source)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """The number of the place that each id names, (n,) int64, −1 outside the study area.

        Raises:
            InputError: If an id is neither a region nor known to lie outside.
        """
        texts = pd.Series(identifiers(ids, source), name=ids.name)
        texts = spelt_by(self.regions, texts, Coverage(0, 0))
        positions = self.regions.ids.get_indexer(pd.Index(texts))
        missed = texts[positions < 0]
        _refuse(missed[~self.regions.knows(missed)], self.regions.ids, source)
        return positions.astype(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """The ids of places, (n,) strings, sorted if their numbers are."""
        return self.regions.ids.to_numpy(dtype=object)[numbers]


class EveryCell:
    """All H3 cells of a resolution; their numbers are their indices.

    Args:
        resolution: 0 to 15.

    Attributes:
        resolution: As given.
        count: How many there are: twelve pentagons, and hexagons around them.
        fingerprint: What tells these places from others.

    Raises:
        InputError: If the resolution is out of range.

    Example:
        >>> cells = EveryCell(6)
        >>> helsinki = cells.locate(np.array([24.94]), np.array([60.17]), "visits.csv")
        >>> cells.names(helsinki).tolist()
        ['861126d37ffffff']
    """

    def __init__(self, resolution: int) -> None:
        if not 0 <= resolution <= 15:
            raise InputError(f"H3 has no resolution {resolution}", hint="choose 0 to 15")
        self.resolution, self.count = resolution, 2 + 120 * 7**resolution
        self.fingerprint = f"h3:{resolution}"

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """As of :class:`KnownRegions`."""
        check_lonlat(lon, lat, source)
        return cells_of_points(lon, lat, self.resolution).view(np.int64)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """As of :class:`KnownRegions`.

        Raises:
            InputError: If an id is no cell of the resolution.
        """
        given = pd.Series(identifiers(ids, source), name=ids.name)
        texts = pd.Series(h3_spelt(pd.Index(given))).fillna(given)
        example = cells_of_points(np.zeros(1), np.zeros(1), self.resolution)
        _refuse(given[~are_cells(texts, self.resolution)], self.names(example), source)
        return to_integers(pd.Index(texts)).view(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """As of :class:`KnownRegions`."""
        return np.array([f"{int(number):x}" for number in numbers], dtype=object)


Localities: TypeAlias = KnownRegions | EveryCell
"""The places that visits are counted in, each with a whole number that keeps their order."""


def _refuse(strange: pd.Series, known: Iterable[object], source: PathLike) -> None:
    if len(strange):
        names = f"{listing(strange.unique(), 5)}; region ids look like {listing(known, 3)}"
        problem = f"column {strange.name!r} names regions that do not exist: {names}"
        raise InputError(problem, source=source, hint="correct the ids, or drop those rows")


def are_numbers(types: Iterable[pa.DataType]) -> bool:
    """Whether a column of identifiers holds numbers in every file.

    Where one file holds text, all are read as text, so that 7 and "7" are one person.
    """
    return all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types)


def numbered_people(
    people: pa.Array, column: Column, *, numbers: bool
) -> tuple[AnyArray, AnyArray]:
    """A whole number for each person: the identifier itself, or a hash of its text.

    Among n people the chance that any two share a hash is below n² / 2⁶⁵: 3 in 10,000 for a
    hundred million. Text that says a whole number with a point, as pandas writes all numbers of a
    column where one is missing, is that number: 7.0 is 7.

    Args:
        people: Identifiers, numbers or text.
        column: Where they come from.
        numbers: Whether they are numbers in every file.

    Returns:
        (n,) int64 numbers, and (n,) a mask of those that are not missing.

    Raises:
        InputError: If a number has a fraction or lost its last digits when it became a float, or
            the column holds neither numbers nor text.

    Example:
        >>> one, _ = numbered_people(pa.array([7]), Column("user", "a.csv"), numbers=True)
        >>> one.tolist()
        [7]
    """
    if pa.types.is_floating(people.type):  # whole numbers beside a missing one
        people = pc.if_else(pc.is_nan(people), None, people)
        floats = np.asarray(people.fill_null(0.0))
        for row in np.flatnonzero((floats % 1 != 0) | (np.abs(floats) > 2**53)).tolist():
            lost = "floats of more than 15 digits, whose last are lost"
            expected = f"identifiers, not {'fractions' if floats[row] % 1 else lost}"
            hint = "write them as text or as 64-bit integers"
            raise column.wrong(row, f"{floats[row]:.17g}", expected, hint)
        people = people.cast(pa.int64())
    present = np.asarray(people.is_valid())
    if numbers:
        return np.asarray(people.fill_null(0)).astype(np.int64), present
    try:
        texts = people.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        problem = f"column {column.name!r} holds {people.type} that is no text"
        hint = "write identifiers as whole numbers or as text, raw bytes as hexadecimal digits"
        raise InputError(problem, source=column.source, hint=hint) from None
    distinct = texts.fill_null("").dictionary_encode()
    plain = pc.replace_substring_regex(distinct.dictionary, r"^(-?\d+)\.0+$", r"\1")
    hashes = pd.util.hash_array(np.asarray(plain).astype(object), categorize=False)
    return hashes.view(np.int64)[np.asarray(distinct.indices)], present
