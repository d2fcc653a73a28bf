r"""The places most like a place: cosine similarity, exact.

.. math::
    \cos(x, y) = \frac{x \cdot y}{\lVert x \rVert \lVert y \rVert}

A first product with every row, quick and off by a known bound, leaves few rows that can be among
the nearest; these are compared in double precision, each by itself. So the answer is the exact one
whatever the bound, equal vectors tie to the last bit (and are ordered by their ids), and one
question gives what many at once give.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from numbers import Integral
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, closest, listing
from placeprint.lookup.byte_codes import ROUNDING, ByteCodes
from placeprint.lookup.inverted_lists import InvertedLists
from placeprint.regions import Regions
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["EXACT_UP_TO", "Similarity", "closest_id"]

EXACT_UP_TO: Final = 1_000_000
"""Rows above which ``auto`` takes an index."""

CODED_FROM: Final = 1 << 22
"""Numbers from which rows are kept as bytes too: fewer are read as fast as they are."""

SCORES_AT_ONCE: Final = 1 << 24
ROWS: Final = 1 << 16

COMPARED: Final = 10_000
"""Ids up to which one is looked for that is alike; of more it would take seconds."""

Within: TypeAlias = "Sequence[str] | shapely.Geometry | None"


class Similarity:
    """Vectors of regions, prepared to be searched.

    A row with a number missing, or of nothing but zeros, has no direction: it is nobody's
    neighbour, and has none.

    Args:
        embeddings: (n, d), index ``region_id``.
        regions: The regions, for searches within a polygon, of which some may have no row; None:
            there are no such searches.
        index: ``exact``; ``approximate``, by an index that finds nearly all of the nearest (extra
            ``index``); ``auto``: exact up to :data:`EXACT_UP_TO` rows.

    Raises:
        InputError: If no row has a direction, an id occurs twice, or there is no such index.
        MissingExtraError: If the library of the index is not installed.

    Example:
        >>> vectors = pd.DataFrame([[1, 0], [1, 1], [0, 1.0]], index=["a", "b", "c"])
        >>> Similarity(vectors).nearest("a", k=2).round(3)
          region_id  similarity
        0         b       0.707
        1         c       0.000
    """

    def __init__(
        self,
        embeddings: pd.DataFrame,
        *,
        regions: Regions | None = None,
        index: Literal["auto", "exact", "approximate"] = "auto",
    ) -> None:
        if index not in ("auto", "exact", "approximate"):
            raise InputError(
                f"no index {index!r}", hint=closest(index, ("auto", "exact", "approximate"))
            )
        ids = pd.Index(embeddings.index.astype(str).to_numpy(dtype=object), dtype=object)
        if ids.has_duplicates:
            raise InputError(f"regions occur more than once: {listing(ids[ids.duplicated()])}")
        values = embeddings.to_numpy(dtype=np.float32)
        norms = _norms(values)
        rows = np.flatnonzero(np.isfinite(norms) & (norms > 0))
        if not len(rows):
            raise InputError("no region has a vector to be compared by")
        if not ids.is_monotonic_increasing:
            rows = rows[np.argsort(ids[rows])]
        whole = len(rows) == len(values) and ids.is_monotonic_increasing
        self._all_ids = ids if regions is None else ids.union(regions.ids.astype(object))
        self.region_ids = ids if whole else ids[rows]
        self._values = values if whole else values[rows]
        self._inverse = (1 / norms[rows]).astype(np.float32)
        self._regions = regions
        self._codes = None
        self._lists = None
        if index == "approximate" or (index == "auto" and len(rows) > EXACT_UP_TO):
            self._lists = InvertedLists.of(self._values, self._inverse)
        elif self._values.size >= CODED_FROM:
            self._codes = ByteCodes.of(self._values, self._inverse)

    def __len__(self) -> int:
        return len(self.region_ids)

    def nearest(self, place: str | FloatArray, k: int = 10, within: Within = None) -> pd.DataFrame:
        """The k regions most like a place, the place itself left out.

        Args:
            place: A region id, or a (d,) vector of whatever else.
            k: How many; fewer are given where there are fewer.
            within: Only these regions: ids, or a shapely polygon (EPSG:4326) in which their
                centres lie.

        Returns:
            Columns ``region_id`` and ``similarity`` (−1 to 1), the most similar first; of equal
            ones the first id first.

        Raises:
            InputError: If the region is unknown or has no vector, a vector is no direction or has
                another length, or ``within`` names unknown regions.
        """
        return self.nearest_each(_one(place), k, within).drop(columns="place")

    def nearest_each(
        self, places: Sequence[str] | FloatArray, k: int = 10, within: Within = None
    ) -> pd.DataFrame:
        """The k regions most like each of many places; see :meth:`nearest`.

        Args:
            places: Region ids, or (m, d) vectors.
            k: How many for each.
            within: See there.

        Returns:
            Columns ``place`` (an id, or the number of a vector), ``region_id``, ``similarity``.

        Raises:
            InputError: See there.

        Example:
            >>> vectors = pd.DataFrame([[1, 0], [1, 1], [0, 1.0]], index=["a", "b", "c"])
            >>> Similarity(vectors).nearest_each(["a", "c"], k=1)["region_id"].tolist()
            ['b', 'b']
        """
        if not isinstance(k, Integral) or k < 1:
            raise InputError(f"{k} places are asked for, expected a whole number of 1 or more")
        queries, own, names = self._queries(places)
        allowed = None if within is None else self._positions_within(within)
        found = [
            self._nearest(queries[number], own[number], scores, error, k, allowed)
            for number, scores, error in self._products(queries, k, allowed)
        ]
        counts = [len(rows) for rows, _ in found]
        rows = np.concatenate([rows for rows, _ in found]) if found else np.empty(0, np.int64)
        return pd.DataFrame(
            {
                "place": np.repeat(np.asarray(names, dtype=object), counts),
                "region_id": self.region_ids.to_numpy()[rows],
                "similarity": np.concatenate([each for _, each in found]) if found else [],
            }
        )

    def similarities(self, place: str | FloatArray, others: Sequence[str]) -> FloatArray:
        """(m,) the similarity of a place to each of m regions, NaN where one has no vector.

        Raises:
            InputError: If a region is unknown; see :meth:`nearest` for the place.
        """
        query = self._queries(_one(place))[0][0]
        self._check_known(others)
        rows = self.region_ids.get_indexer(_index(others))
        found = np.full(len(rows), np.nan)
        found[rows >= 0] = self._exactly(query, rows[rows >= 0])
        return found

    def _queries(self, places: Any) -> tuple[FloatArray, IntArray, list[Any]]:
        """(m, d) vectors in double precision, their own rows (−1: none), and their names."""
        if isinstance(places, np.ndarray) and places.dtype.kind in "fiu":
            width = self._values.shape[1]
            if places.ndim != 2 or places.shape[1] != width:
                raise InputError(
                    f"vectors of the shape {places.shape}, expected {width} numbers for each place"
                )
            vectors = places.astype(np.float64)
            norms = np.sqrt(np.square(vectors).sum(axis=1))
            if not (np.isfinite(norms) & (norms > 0)).all():
                raise InputError("a vector has a number missing, or nothing but zeros")
            return vectors, np.full(len(vectors), -1), [*range(len(vectors))]
        names = [str(place) for place in places]
        self._check_known(names)
        rows = self.region_ids.get_indexer(_index(names))
        lacking = [name for name, row in zip(names, rows, strict=True) if row < 0]
        if lacking:
            raise InputError(f"region {lacking[0]!r} has no vector to be compared by")
        return self._values[rows].astype(np.float64), rows, names

    def _check_known(self, names: Sequence[str]) -> None:
        known = self._all_ids.get_indexer(_index(names)) >= 0
        if not known.all():
            wrong = next(name for name, fine in zip(names, known, strict=True) if not fine)
            raise InputError(f"no region {wrong!r}", hint=closest_id(wrong, self._all_ids))

    def _positions_within(self, within: Any) -> IntArray:
        if isinstance(within, shapely.Geometry):
            if self._regions is None:
                raise InputError(
                    "a search within a polygon needs to know where the regions are",
                    hint="pass regions=, or the ids of the regions",
                )
            shapely.prepare(within)
            inside = shapely.intersects_xy(within, self._centres["lon"], self._centres["lat"])
            return np.flatnonzero(inside)
        if isinstance(within, str) or hasattr(within, "geometry"):
            raise InputError(
                f"`within` is a {type(within).__name__}, expected a list of region ids or one "
                "shapely polygon",
                hint="of several polygons give their union, e.g. GeoSeries.union_all()",
            )
        names = [str(name) for name in within]
        self._check_known(names)
        rows = self.region_ids.get_indexer(_index(sorted(set(names))))
        return np.asarray(rows[rows >= 0])

    @cached_property
    def _centres(self) -> pd.DataFrame:
        """lon, lat of the regions that are searched."""
        assert self._regions is not None  # who asks has looked
        return self._regions.centroids().reindex(self.region_ids)

    def _products(self, queries: FloatArray, k: int, allowed: IntArray | None) -> Any:
        """For each query its number, products with all rows (or the rows to compare) and bound."""
        units = queries / np.sqrt(np.square(queries).sum(axis=1, keepdims=True))
        narrow = units.astype(np.float32)
        if self._lists is not None and allowed is None:
            for number, rows in enumerate(self._lists.candidates(narrow, k + 1)):
                yield number, rows[rows >= 0], None
            return
        if self._codes is not None and len(units) == 1:
            yield 0, self._codes.products(narrow[0]), self._codes.error
            return
        error = self._values.shape[1] * ROUNDING
        step = max(1, SCORES_AT_ONCE // len(self))
        for first in range(0, len(units), step):
            scores = (narrow[first : first + step] @ self._values.T) * self._inverse
            for number, row in enumerate(scores):
                yield first + number, row, error

    def _nearest(
        self,
        query: FloatArray,
        own: int,
        scores: AnyArray,
        error: float | None,
        k: int,
        allowed: IntArray | None,
    ) -> tuple[IntArray, FloatArray]:
        """The rows of the k nearest and their similarities."""
        if error is None:
            rows = np.sort(scores[scores != own])
        else:
            if own >= 0:
                scores[own] = -np.inf
            near = scores if allowed is None else scores[allowed]
            least = -1.0
            if len(near) > k:
                least = float(np.partition(near, len(near) - k)[len(near) - k])
            rows = np.flatnonzero(near >= max(least, -1.0) - 2 * error)
            rows = rows if allowed is None else allowed[rows]
        exact = self._exactly(query, rows)
        order = np.lexsort((rows, -exact))[:k]
        return rows[order], exact[order]

    def _exactly(self, query: FloatArray, rows: IntArray) -> FloatArray:
        """(m,) cosines in double precision, each summed by itself."""
        found = np.empty(len(rows))
        size = np.sqrt(np.square(query).sum())
        for first in range(0, len(rows), ROWS):
            some = slice(first, first + ROWS)
            vectors = self._values[rows[some]].astype(np.float64)
            norms = np.sqrt(np.square(vectors).sum(axis=1))
            found[some] = (vectors * query).sum(axis=1) / (norms * size)
        return np.clip(found, -1, 1)


def _one(place: Any) -> Any:
    """A place as places."""
    if isinstance(place, str):
        return [place]
    vector = np.asarray(place)
    if vector.ndim != 1:
        raise InputError(
            f"a place is {place!r:.60}, expected the id of a region, which is text, or a vector"
        )
    return vector[None, :]


def _index(names: Sequence[str]) -> pd.Index:
    """Names as they are held: pandas would look another type up by copying all ids to it."""
    index: pd.Index = pd.Index(np.array([*names], dtype=object), dtype=object)
    return index


def _norms(values: FloatArray) -> FloatArray:
    """(n,) float64."""
    norms = np.empty(len(values))
    for first in range(0, len(values), ROWS):
        some = values[first : first + ROWS].astype(np.float64)
        norms[first : first + ROWS] = np.sqrt(np.square(some).sum(axis=1))
    return norms


def closest_id(name: str, ids: pd.Index) -> str:
    """What to do about an unknown id.

    Args:
        name: The id that no region has.
        ids: (n,) the ids that regions have.

    Returns:
        The id that differs by leading zeros alone, or is spelt most alike; of very many what ids
        look like.

    Example:
        >>> closest_id("6075", pd.Index(["06075", "60751"]))
        "ids keep their leading zeros: '06075'"
        >>> closest_id("06O75", pd.Index(["06075", "36061"]))
        "did you mean '06075'?"
    """
    if len(ids) > COMPARED:
        return f"ids look like {listing(ids, limit=3)}"
    bare = name.lstrip("0")
    padded = [known for known in ids if known.lstrip("0") == bare] if name.isdigit() else []
    if padded:
        return f"ids keep their leading zeros: {padded[0]!r}"
    return closest(name, ids)
