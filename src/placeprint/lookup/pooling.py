r"""From vectors of regions to vectors of any polygons.

A region r counts in a polygon p by the area that they share, :math:`w_{pr} = a_{pr}`, or by what
it holds, :math:`w_{pr} = m_r\, a_{pr} / a_r` with m people, say, taken to be spread evenly over
the region's area :math:`a_r`. Then, over the regions that have a vector,

.. math::
    \bar x_p = \frac{\sum_r w_{pr} x_r}{\sum_r w_{pr}},

and likewise the other statistics (:func:`placeprint.regions.pool`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from placeprint.errors import InputError, closest
from placeprint.lookup.opening import EmbeddedRegions, Embeddings, open_embeddings
from placeprint.lookup.overlaps import Overlaps, areas_of
from placeprint.lookup.polygon_files import PolygonPart, Polygons
from placeprint.lookup.vector_tables import (
    GEOMETRY,
    VECTOR,
    about_vectors,
    check_free,
    prepare_table,
    to_wkb,
    write_vector_table,
)
from placeprint.lookup.weights import region_weights
from placeprint.progress import track
from placeprint.regions import POOLINGS, Regions
from placeprint.regions import pool as pool_members
from placeprint.typing import AnyArray, FloatArray, PathLike

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PooledPolygons", "pool", "pool_to_file"]

STATISTICS: Final = tuple(name for name in POOLINGS if name != "statistics")
LINKS_AT_ONCE: Final = 1 << 20
"""Overlaps that are pooled at a time."""


@dataclass
class PooledPolygons:
    """What became of polygons that regions were pooled to.

    Attributes:
        path: The table that was written.
        polygons: How many there are.
        uncovered: What those are called that got no vector.
        coverage: The mean share of a polygon, by its area or weight, that has vectors.
        unweighted: How many regions have a vector, but no weight.
        repaired: How many were no valid polygons, such as those that cross themselves.
    """

    path: Path
    polygons: int = 0
    uncovered: list[str] = field(default_factory=list)
    coverage: float = 0.0
    unweighted: int = 0
    repaired: int = 0


def pool(
    embeddings: Embeddings,
    polygons: gpd.GeoDataFrame | gpd.GeoSeries | PathLike,
    *,
    weights: pd.Series | PathLike | None = None,
    statistics: str | Sequence[str] = ("mean",),
    regions: PathLike | Regions | None = None,
) -> gpd.GeoDataFrame:
    """Pool vectors of regions to polygons.

    Args:
        embeddings: A :class:`~placeprint.models.Run` or its folder; a table of vectors indexed by
            region id, or its file.
        polygons: A GeoDataFrame or GeoSeries, or a GeoParquet, GeoPackage or GeoJSON file, in a
            known CRS. Those that cross themselves are mended (:func:`shapely.make_valid`).
        weights: What each region counts; None: its area. A series indexed by region id; a table of
            ids and numbers; or a label or layer of the run's atlas
            (:func:`~placeprint.lookup.weights.region_weights`).
        statistics: One or some of ``mean``, ``std``, ``min``, ``max``; a region counts for minimum
            and maximum if its weight is above 0.
        regions: The outlines of the regions; None: those of the run's atlas, or H3 cells.

    Returns:
        One row a polygon, in their order and with their columns; beside these

        * ``regions``: how many regions were pooled;
        * ``coverage``: the share of the polygon that has vectors, of its area or, with weights, of
          the weight that it holds; of ``area_coverage`` always of its area;
        * ``weight`` (with weights): the weight that was pooled, such as people;
        * one column for each dimension, of several statistics ``mean e000`` and so on; NaN where
          nothing was pooled.

    Raises:
        InputError: If embeddings, polygons or weights cannot be used, or there is no such
            statistic.

    Example:
        >>> import geopandas as gpd, shapely
        >>> squares = gpd.GeoSeries(shapely.box([0, 1], 0, [1, 2], 1), ["a", "b"], crs=4326)
        >>> vectors = pd.DataFrame({"x": [1.0, 3.0]}, index=["a", "b"])
        >>> shifted = gpd.GeoSeries([shapely.box(0.5, 0, 1.5, 1)], crs=4326)
        >>> pool(vectors, shifted, regions=Regions(squares))[["regions", "coverage", "x"]].round(6)
           regions  coverage    x
        0        2       1.0  2.0
    """
    import geopandas as gpd

    pooling = _Pooling.of(embeddings, weights, statistics, regions)
    if isinstance(polygons, gpd.GeoSeries):
        polygons = polygons.to_frame(GEOMETRY)
    given = polygons if isinstance(polygons, gpd.GeoDataFrame) else None
    if given is not None:
        plain = given.drop(columns=given.geometry.name)
        check_free(plain.columns, pooling.added, "polygons")
    frames = []
    for part in Polygons.of(polygons).parts():
        found, vectors = pooling.of_part(part)
        frame = pd.DataFrame(vectors, columns=pooling.names, copy=False)
        own = part.rows.to_pandas()
        for name, column in zip(part.rows.column_names, part.rows.columns, strict=True):
            if pa.types.is_integer(column.type) and column.null_count:
                own[name] = pd.array(column.to_pylist(), dtype="Int64")
        frame = pd.concat([own, pd.DataFrame(found), frame], axis=1)
        frames.append(gpd.GeoDataFrame(frame, geometry=part.outlines, crs=4326))
    pooled = pd.concat(frames, ignore_index=True)
    if given is None:
        return pooled
    return pd.concat([pd.DataFrame(plain), pooled.set_axis(given.index)], axis=1).pipe(
        gpd.GeoDataFrame, geometry=GEOMETRY, crs=4326
    )


def pool_to_file(
    embeddings: Embeddings,
    polygons: PathLike,
    out: PathLike,
    *,
    weights: PathLike | None = None,
    statistics: str | Sequence[str] = ("mean",),
    regions: PathLike | None = None,
    overwrite: bool = False,
) -> PooledPolygons:
    """Pool vectors of regions to the polygons of a file; see :func:`pool`.

    Args:
        embeddings: See there.
        polygons: A GeoParquet, GeoPackage or GeoJSON file.
        out: The file to write: GeoParquet with a column ``embedding``, or CSV without geometry.
        weights: See there.
        statistics: See there; of several the vectors are side by side in one.
        regions: See there.
        overwrite: Whether ``out`` may be replaced.

    Raises:
        InputError: See there.
        OutputExistsError: If ``out`` exists and may not be replaced.
    """
    target = prepare_table(out, overwrite=overwrite)
    given = Polygons.of(polygons)
    pooling = _Pooling.of(embeddings, weights, statistics, regions)
    account = PooledPolygons(target, unweighted=pooling.unweighted)

    def parts() -> Iterator[tuple[pa.Table, FloatArray]]:
        covered = 0.0
        with track("pooling", len(given)) as tracker:
            for part in given.parts():
                found, vectors = pooling.of_part(part)
                missing = np.asarray(np.isnan(vectors).all(axis=1))
                if missing.any():
                    names = part.labels()
                    account.uncovered += [names[row] for row in np.flatnonzero(missing)]
                account.polygons += len(missing)
                account.repaired += part.repaired
                covered += float(found["coverage"].sum())
                account.coverage = covered / account.polygons
                tracker.advance(len(missing))
                own = dict(zip(part.rows.column_names, part.rows.columns, strict=True))
                yield pa.table({**own, **found, GEOMETRY: to_wkb(part.outlines)}), vectors

    about = about_vectors(pooling.opened) | {"emb:pooling": pooling.description}
    write_vector_table(target, parts(), pooling.names, about)
    return account


@dataclass(frozen=True, eq=False)
class _Pooling:
    """Regions and their weights, ready to be laid over polygons."""

    opened: EmbeddedRegions
    overlaps: Overlaps
    values: FloatArray
    """(n, d) of all regions, NaN where one has no vector."""
    density: FloatArray | None
    """(n,) weight by km², 0 where it is not known; None: areas are the weights."""
    unweighted: int
    statistics: tuple[str, ...]
    names: list[str]
    description: str

    @classmethod
    def of(
        cls,
        embeddings: Embeddings,
        weights: pd.Series | PathLike | None,
        statistics: str | Sequence[str],
        regions: PathLike | Regions | None,
    ) -> _Pooling:
        statistics = [statistics] if isinstance(statistics, str) else statistics
        for name in statistics:
            if name not in STATISTICS:
                raise InputError(f"no statistic {name!r}", hint=closest(name, STATISTICS))
        if not statistics:
            raise InputError("no statistic is named", hint=closest("", STATISTICS))
        opened = open_embeddings(embeddings, regions)
        own = [str(name) for name in opened.vectors.columns]
        check_free(own, _columns_of_pooled(weights is not None), opened.name)
        known = opened.outlined("pooling by the area that is shared")
        rows = opened.vectors.index.get_indexer(known.ids)
        values = np.full((len(known), opened.vectors.shape[1]), np.nan, dtype=np.float32)
        values[rows >= 0] = opened.vectors.to_numpy()[rows[rows >= 0]]
        overlaps = Overlaps(known.geometry.to_numpy())
        density, unweighted = None, 0
        by = "area"
        if weights is not None:
            held = region_weights(weights, opened, known.ids)
            unweighted = int((np.isnan(held) & (rows >= 0)).sum())
            density = np.nan_to_num(held) / overlaps.areas
            by = "weights" if isinstance(weights, pd.Series) else str(weights)
        kinds = tuple(dict.fromkeys(statistics))
        names = own if len(kinds) == 1 else [f"{kind} {name}" for kind in kinds for name in own]
        description = f"{', '.join(kinds)} weighted by {by}"
        return cls(opened, overlaps, values, density, unweighted, kinds, names, description)

    @property
    def added(self) -> list[str]:
        """The columns that polygons get."""
        return [*_columns_of_pooled(self.density is not None), *self.names]

    def of_part(self, part: PolygonPart) -> tuple[dict[str, AnyArray], FloatArray]:
        """What becomes known of some polygons, and their vectors."""
        check_free(part.rows.column_names, self.added, "polygons")
        shared = self.overlaps.within(part.outlines)
        known = ~np.asarray(np.isnan(self.values).all(axis=1))
        area = np.minimum((shared @ known) / areas_of(part.outlines), 1.0)
        membership = shared
        found: dict[str, AnyArray] = {"coverage": area}
        if self.density is not None:
            membership = shared.multiply(self.density[None, :]).tocsr()
            membership.eliminate_zeros()
            held, pooled = membership.sum(axis=1), membership @ known
            share = np.divide(pooled, held, out=np.zeros(len(held)), where=held > 0)
            found = {"coverage": share, "area_coverage": area, "weight": pooled}
        membership = _columns(membership, np.flatnonzero(known))
        found = {"regions": np.diff(membership.indptr), **found}
        return found, self._vectors(membership, self.values[known])

    def _vectors(self, membership: sparse.csr_array, values: FloatArray) -> FloatArray:
        """(m, d s) the statistics of all polygons, some overlaps at a time."""
        m, width = membership.shape[0], values.shape[1]
        vectors = np.empty((m, width * len(self.statistics)), dtype=np.float32)
        first = 0
        while first < m:
            most = membership.indptr[first] + LINKS_AT_ONCE
            last = max(int(np.searchsorted(membership.indptr, most, side="right")) - 1, first + 1)
            some = membership[first:last]
            used = np.unique(some.indices)
            some = _columns(some, used)
            for number, kind in enumerate(self.statistics):
                place = slice(number * width, (number + 1) * width)
                vectors[first:last, place] = pool_members(values[used], some, kind)
            first = last
        return vectors


def _columns_of_pooled(weighted: bool) -> list[str]:
    """What stands beside the dimensions."""
    more = ["area_coverage", "weight"] if weighted else []
    return ["regions", "coverage", *more, GEOMETRY, VECTOR]


def _columns(matrix: sparse.csr_array, columns: Any) -> sparse.csr_array:
    return sparse.csr_array(matrix[:, columns])
