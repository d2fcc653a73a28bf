"""Where a visit was, a region of a study area or any H3 cell; and who made it, as a number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, cells_of_points, check_lonlat
from placeprint.regions.cells import are_cells, to_integers
from placeprint.sources.ids import Coverage, h3_spelt, identifiers, spelt_by
from placeprint.sources.values import row_name
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["EveryCell", "KnownRegions", "Localities", "are_numbers", "numbered_people"]


class Localities(Protocol):
    """The places that visits are counted in, each with a whole number that keeps their order."""

    @property
    def count(self) -> int:
        """How many there are, visited or not."""

    @property
    def fingerprint(self) -> str:
        """What tells these places from others."""

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """The number of the place that each point is in, (n,) int64, −1 where there is none."""

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """The number of the place that each id names, (n,) int64, −1 outside the study area."""

    def names(self, numbers: AnyArray) -> AnyArray:
        """The ids of places, (n,) strings, sorted if their numbers are."""


class KnownRegions:
    """The regions of a study area; their numbers are their positions.

    Args:
        regions: The regions.
    """

    def __init__(self, regions: Regions) -> None:
        self.regions = regions

    @property
    def count(self) -> int:
        """See :class:`Localities`."""
        return len(self.regions)

    @property
    def fingerprint(self) -> str:
        """See :class:`Localities`."""
        digest = hashlib.sha256("\n".join(self.regions.ids).encode())
        digest.update(b"".join(shapely.to_wkb(self.regions.geometry.to_numpy())))
        return digest.hexdigest()

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """See :class:`Localities`."""
        return self.regions.locate(lon, lat, source)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """See :class:`Localities`.

        Raises:
            InputError: If an id is neither a region nor known to lie outside.
        """
        known = self.regions
        texts = pd.Series(identifiers(ids, source), name=ids.name)
        texts = spelt_by(known, texts, Coverage(0, 0))
        positions = known.ids.get_indexer(pd.Index(texts))
        missed = texts[positions < 0]
        _refuse(missed[~known.knows(missed)], ids.name, known.ids, source)
        return positions.astype(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """See :class:`Localities`."""
        return self.regions.ids.to_numpy(dtype=object)[numbers]


class EveryCell:
    """All H3 cells of a resolution; their numbers are their indices.

    Args:
        resolution: 0 to 15.

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
        self.resolution = resolution

    @property
    def count(self) -> int:
        """See :class:`Localities`: twelve pentagons, and hexagons around them."""
        return int(2 + 120 * 7**self.resolution)

    @property
    def fingerprint(self) -> str:
        """See :class:`Localities`."""
        return f"h3:{self.resolution}"

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike) -> AnyArray:
        """See :class:`Localities`."""
        check_lonlat(lon, lat, source)
        return cells_of_points(lon, lat, self.resolution).view(np.int64)

    def match(self, ids: pd.Series, source: PathLike) -> AnyArray:
        """See :class:`Localities`.

        Raises:
            InputError: If an id is no cell of the resolution.
        """
        given = pd.Series(identifiers(ids, source))
        texts = pd.Series(h3_spelt(pd.Index(given))).fillna(given)
        example = cells_of_points(np.zeros(1), np.zeros(1), self.resolution)
        _refuse(texts[~are_cells(texts, self.resolution)], ids.name, self.names(example), source)
        return to_integers(pd.Index(texts)).view(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """See :class:`Localities`."""
        return np.array([f"{int(number):x}" for number in numbers], dtype=object)


def _refuse(unknown: pd.Series, name: object, known: object, source: PathLike) -> None:
    if len(unknown):
        raise InputError(
            f"column {name!r} names regions that do not exist: "
            f"{listing(unknown.unique(), limit=5)}; region ids look like "
            f"{listing(known, limit=3)}",  # type: ignore[arg-type]
            source=source,
            hint="correct the ids, or drop those rows",
        )


def are_numbers(types: Iterable[pa.DataType | None]) -> bool:
    """Whether a column of identifiers holds numbers in every file.

    Where one file holds text, all are read as text, so that 7 and "7" are one person.
    """
    return all(
        kind is not None and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
        for kind in types
    )


def numbered_people(
    people: pa.Array, *, numbers: bool, name: str, source: PathLike, first: int = 0
) -> tuple[AnyArray, AnyArray]:
    """A whole number for each person: the identifier itself, or a hash of its text.

    Among n people the chance that any two share a hash is below n² / 2⁶⁵: 3 in 10,000 for a
    hundred million. Text that says a whole number with a point, as pandas writes all numbers of a
    column where one is missing, is that number: 7.0 is 7.

    Args:
        people: Identifiers, numbers or text.
        numbers: Whether they are numbers in every file.
        name: The column, for messages.
        source: The file, for messages.
        first: Rows of the file before these, for messages.

    Returns:
        (n,) int64 numbers, and (n,) a mask of those that are not missing.

    Raises:
        InputError: If a number has a fraction or lost its last digits when it became a float, or
            the column holds neither numbers nor text.

    Example:
        >>> one, _ = numbered_people(pa.array([7]), numbers=True, name="user", source="a.csv")
        >>> one.tolist()
        [7]
    """
    if pa.types.is_floating(people.type):
        people = _whole(people, name, source, first)
    present = people.is_valid().to_numpy(zero_copy_only=False)
    if numbers:
        values = people.fill_null(0).to_numpy(zero_copy_only=False)
        return values.astype(np.int64), present
    distinct = _text(people, name, source).fill_null("").dictionary_encode()
    plain = pc.replace_substring_regex(distinct.dictionary, r"^(-?\d+)\.0+$", r"\1")
    texts = plain.to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(texts.astype(object), categorize=False).view(np.int64)
    return hashes[distinct.indices.to_numpy(zero_copy_only=False)], present


def _text(people: pa.Array, name: str, source: PathLike) -> pa.Array:
    try:
        return people.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"column {name!r} holds {people.type} that is no text, expected identifiers",
            source=source,
            hint="write them as whole numbers or as text, raw bytes for instance in hexadecimal",
        ) from None


def _whole(people: pa.Array, name: str, source: PathLike, first: int) -> pa.Array:
    """Whole numbers that a missing value turned into floats."""
    values = pc.if_else(pc.is_nan(people), None, people)
    numbers = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero((numbers % 1 != 0) | (np.abs(numbers) > 2**53))
    if len(wrong):
        row = int(wrong[0])
        lost = numbers[row] % 1 == 0
        raise InputError(
            f"column {name!r} holds {numbers[row]:.17g} in {row_name(first + row)}, expected "
            "identifiers, not "
            + ("floats of more than 15 digits, whose last are lost" if lost else "fractions"),
            source=source,
            hint="write them as text or as 64-bit integers",
        )
    return values.cast(pa.int64())
