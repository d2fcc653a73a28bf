"""Where a visit was: a region of a study area, or any H3 cell."""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, as_ids, cells_of_points, check_lonlat
from placeprint.regions.cells import are_cells, to_integers
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["EveryCell", "KnownRegions", "Localities"]

NUMBER_OF_CELL: Final = r"\d{18}"


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
        texts = as_ids(_hexadecimal(ids) if known.resolution is not None else ids, source)
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
        texts = as_ids(_hexadecimal(ids), source)
        example = cells_of_points(np.zeros(1), np.zeros(1), self.resolution)
        _refuse(texts[~are_cells(texts, self.resolution)], ids.name, self.names(example), source)
        return to_integers(pd.Index(texts)).view(np.int64)

    def names(self, numbers: AnyArray) -> AnyArray:
        """See :class:`Localities`."""
        return np.array([f"{int(number):x}" for number in numbers], dtype=object)


def _hexadecimal(ids: pd.Series) -> pd.Series:
    """Cells that are stored as whole numbers, or as text of these, as the strings that name them.

    The string of a cell has 15 places, a letter among them; its number has 18 digits.
    """
    if pd.api.types.is_integer_dtype(ids):
        return ids.map(lambda cell: f"{cell:x}").astype(object)
    texts = ids.astype(object)
    numbers = texts.astype(str).str.fullmatch(NUMBER_OF_CELL).to_numpy(dtype=bool)
    texts[numbers] = texts[numbers].map(lambda cell: f"{int(cell):x}")
    return texts


def _refuse(unknown: pd.Series, name: object, known: object, source: PathLike) -> None:
    if len(unknown):
        raise InputError(
            f"column {name!r} names regions that do not exist: "
            f"{listing(unknown.unique(), limit=5)}; region ids look like "
            f"{listing(known, limit=3)}",  # type: ignore[arg-type]
            source=source,
            hint="correct the ids, or drop those rows",
        )
