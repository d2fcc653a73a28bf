"""From tasks and vectors to rows: what is known where, and the vector that stands for it.

A task has values at regions, at units of regions or at points; a model has vectors of regions.
A region's row is its vector, a unit's the mean of its regions' vectors, a point's the vector of
the region it is in (MobCLIP, evaluation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.blocks import NO_BLOCK, block_groups
from placeprint.evaluation.tasks import SCALES, Task
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["Places", "Samples", "align", "check_vectors", "has_embedding"]

_COLUMNS = 128
"""How many columns are averaged at a time, so that memory does not grow with the dimension."""


@dataclass(frozen=True, eq=False)
class Samples:
    """The labelled rows of one task.

    Attributes:
        ids: (n,) what each row is about: region ids, unit ids, or positions of points.
        y: (n,) float64 transformed values.
        groups: (n,) the spatial block of each row.
        membership: (n, n_regions) 1 where a region belongs to a row.
    """

    ids: pd.Index
    y: FloatArray
    groups: AnyArray
    membership: sparse.csr_array


@dataclass(frozen=True, eq=False)
class Places:
    """What the rows of tasks refer to: regions, their blocks, units above them, points in them.

    Attributes:
        region_ids: The regions, sorted.
        blocks: (n_regions,) the spatial block of each region.
        units: For each level, the unit id of each region, indexed by region id.
        locate: Gives for arrays lon, lat (degrees) the id of the region that each point is in,
            None where there is none; needed by tasks about points.

    Example:
        >>> ids = pd.Index(["a", "b", "c"], name="region_id")
        >>> county = pd.Series(["x", "x", "y"], index=ids)
        >>> places = Places(ids, np.array(["n", "n", "s"]), {"county": county})
        >>> labels = pd.DataFrame({"value": [1.0, 2.0]}, index=["x", "y"])
        >>> samples = places.sample(Task("t", "county", "county", labels))
        >>> samples.groups.tolist()
        ['n', 's']
        >>> align(pd.DataFrame({"0": [1.0, 3.0]}, index=["a", "b"]), samples, places).ravel()
        array([ 2., nan], dtype=float32)
    """

    region_ids: pd.Index
    blocks: AnyArray
    units: Mapping[str, pd.Series] = field(default_factory=dict)
    locate: Callable[[FloatArray, FloatArray], AnyArray] | None = None

    @classmethod
    def from_centroids(
        cls,
        centroids: pd.DataFrame,
        units: Mapping[str, pd.Series],
        locate: Callable[[FloatArray, FloatArray], AnyArray] | None = None,
    ) -> Places:
        """Regions given by their centres; blocks as :func:`block_groups` draws them.

        Args:
            centroids: Columns lon and lat (degrees), indexed by region id.
            units: For each level, the unit id of each region, indexed by region id.
            locate: See the class.
        """
        aligned = {level: ids.reindex(centroids.index) for level, ids in units.items()}
        lon, lat = centroids["lon"].to_numpy(), centroids["lat"].to_numpy()
        return cls(centroids.index, block_groups(lon, lat, aligned), aligned, locate)

    def sample(self, task: Task) -> Samples:
        """The labelled rows of a task.

        Raises:
            InputError: If the scale or level is unknown, a region is unknown, or no labelled unit
                holds a region.
        """
        if task.scale not in SCALES:
            raise InputError(
                f"no scale {task.scale!r}",
                source=f"task {task.name}",
                hint=closest(task.scale, SCALES),
            )
        rows = task.known()
        if task.level == "point":
            ids: pd.Index = pd.RangeIndex(len(rows), name="point")
            membership = self._selection(self._regions_of_points(task, rows))
        elif task.level == "region":
            ids = rows.index
            membership = self._selection(self._positions(task, ids))
        else:
            ids = rows.index
            membership = self._members(task, ids)
        return Samples(ids, task.target(), self._groups(membership), membership)

    def _positions(self, task: Task, ids: pd.Index) -> IntArray:
        positions = self.region_ids.get_indexer(ids)
        if (positions < 0).any():
            unknown = ids[positions < 0]
            raise InputError(
                f"labels about {len(unknown)} regions that are not in the study area: "
                f"{listing(unknown, 3)}",
                source=f"task {task.name}",
            )
        return positions

    def _regions_of_points(self, task: Task, rows: pd.DataFrame) -> IntArray:
        if self.locate is None:
            raise InputError(
                "it has values at points, but the regions' outlines are not known",
                source=f"task {task.name}",
            )
        found = self.locate(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
        return self.region_ids.get_indexer(pd.Index(found, dtype=object))

    def _members(self, task: Task, ids: pd.Index) -> sparse.csr_array:
        if task.level not in self.units:
            levels = ["region", "point", *self.units]
            raise InputError(
                f"no level {task.level!r}",
                source=f"task {task.name}",
                hint=closest(task.level, levels),
            )
        units = ids.get_indexer(pd.Index(self.units[task.level], dtype=object))
        regions = np.flatnonzero(units >= 0)
        if not len(regions):
            raise InputError(
                f"none of its {len(ids)} units ({listing(ids, 3)}) holds a region",
                source=f"task {task.name}",
            )
        return self._matrix(units[regions], regions, len(ids))

    def _selection(self, positions: IntArray) -> sparse.csr_array:
        rows = np.flatnonzero(positions >= 0)
        return self._matrix(rows, positions[rows], len(positions))

    def _matrix(self, rows: IntArray, regions: IntArray, n: int) -> sparse.csr_array:
        shape = (n, len(self.region_ids))
        return sparse.csr_array((np.ones(len(rows)), (rows, regions)), shape=shape)

    def _groups(self, membership: sparse.csr_array) -> AnyArray:
        """The block of each row; of a unit that of most of its regions."""
        counts = np.diff(membership.indptr)
        groups = np.full(len(counts), NO_BLOCK, dtype=object)
        if counts.max() <= 1:
            groups[counts == 1] = self.blocks[membership.indices]
            return groups
        names, codes = np.unique(self.blocks, return_inverse=True)
        of_region = sparse.csr_array(
            (np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(names))
        )
        most = (membership @ of_region).toarray().argmax(axis=1)
        groups[counts > 0] = names[most[counts > 0]]
        return groups


def check_vectors(name: str, vectors: pd.DataFrame, region_ids: pd.Index) -> None:
    """Check, before work starts, that a model's vectors can be scored.

    Args:
        name: The model's name, for the message.
        vectors: One row per region, one numeric column per dimension; NaN is a missing value.
        region_ids: The regions of the study area.

    Raises:
        InputError: If a region occurs twice, no id is a region, there are no columns, or a value
            is infinite or no number.
    """
    source = f"model {name}"
    if vectors.index.has_duplicates:
        twice = vectors.index[vectors.index.duplicated()][0]
        raise InputError(f"region {twice!r} occurs more than once", source=source)
    if not vectors.index.isin(region_ids).any():
        raise InputError(
            f"none of its {len(vectors)} ids ({listing(vectors.index, 3)}) is a region of the "
            f"study area ({listing(region_ids, 3)})",
            source=source,
            hint="index the vectors by region_id, as strings",
        )
    odd = [column for column, kind in vectors.dtypes.items() if kind.kind not in "fiub"]
    if odd or not vectors.shape[1]:
        found = f"columns that are no numbers: {listing(odd)}" if odd else "no columns"
        raise InputError(f"expected one numeric column per dimension, found {found}", source=source)
    if np.isinf(vectors.to_numpy()).any():
        raise InputError("its vectors hold infinite values", source=source)


def align(vectors: pd.DataFrame, samples: Samples, places: Places) -> FloatArray:
    """The vector that stands for each labelled row.

    Args:
        vectors: (n_vectors, d) one row per region that has one, indexed by region id.
        samples: The labelled rows.
        places: The regions that the samples refer to.

    Returns:
        (n, d) float32; the mean over the regions that have a value, NaN where none has.
    """
    positions = vectors.index.get_indexer(places.region_ids)
    values = vectors.to_numpy(dtype=np.float32)
    membership = samples.membership
    counts = np.diff(membership.indptr)
    if counts.max() <= 1:
        found = np.full(len(counts), -1)
        found[counts == 1] = positions[membership.indices]
        return _take(values, found)
    parts = [
        _means(_take(values[:, start : start + _COLUMNS], positions), membership)
        for start in range(0, values.shape[1], _COLUMNS)
    ]
    return np.concatenate(parts, axis=1)


def _take(values: FloatArray, positions: IntArray) -> FloatArray:
    """Rows by position; NaN where the position is −1."""
    taken: FloatArray = values[positions]
    taken[positions < 0] = np.nan
    return taken


def _means(values: FloatArray, membership: sparse.csr_array) -> FloatArray:
    """The mean of each row's regions, column by column, over those that have a value."""
    known = ~np.isnan(values)
    sums = membership @ np.where(known, values, 0).astype(np.float64)
    counts = membership @ known.astype(np.float64)
    means = np.full(sums.shape, np.nan, dtype=np.float32)
    np.divide(sums, counts, out=means, where=counts > 0, casting="same_kind")
    return means


def has_embedding(X: FloatArray) -> BoolArray:
    """Which rows have a vector at all, (n,) bool: not every column is NaN."""
    return np.asarray(~np.isnan(X).all(axis=1))
