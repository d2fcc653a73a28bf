"""From tasks and vectors to rows: what is known where, and the vector that stands for it.

A task has values at regions, at units of regions or at points; a model has vectors of regions.
A region's row is its vector, a unit's the pooled vectors of its regions, a point's the vector of
the region it is in (MobCLIP, evaluation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.blocks import NO_BLOCK, block_groups, cell_blocks
from placeprint.evaluation.tasks import REGION, SCALES, Task
from placeprint.regions import POOLINGS, pool, refuse_other_zeros
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["Places", "Samples", "align", "check_vectors", "has_embedding"]

_MANY: Final = 30


@dataclass(frozen=True, eq=False)
class Samples:
    """The labelled rows of one task.

    Attributes:
        ids: (n,) what each row is about: region ids, unit ids, or positions of points.
        Y: (n, t) float64 targets: the transformed values, or one column per class, 1 where the
            row is of it.
        groups: (n,) the spatial block of each row.
        positions: (n, 2) longitude and latitude in degrees, NaN where not known: of a point its
            own, of a region its centre, of a unit the mean of its regions' centres on the sphere.
        membership: (n, n_regions) the weight of each region in each row.
        of_units: Whether the rows are units, whose regions' vectors are pooled.
    """

    ids: pd.Index
    Y: FloatArray
    groups: AnyArray
    positions: FloatArray
    membership: sparse.csr_array
    of_units: bool = False


@dataclass(frozen=True, eq=False)
class Places:
    """What the rows of tasks refer to: regions, their blocks, units above them, points in them.

    Attributes:
        region_ids: The regions, sorted.
        blocks: (n_regions,) the spatial block of each region.
        units: For each level, unit ids indexed by region id. A region may be in several units,
            or in none.
        locate: Gives for arrays lon, lat (degrees) the id of the region that each point is in,
            None where there is none; needed by tasks about points.
        centroids: Columns lon and lat (degrees), indexed by region id; None where unknown, so
            that there are neither buffers nor baselines of position, and no blocks but units.
        weights: What each region counts within its units, indexed by region id: its area or
            population; None: all the same.
        pooling: How the vectors of a unit's regions become one; see
            :func:`placeprint.regions.pool`.
        areas: Gives the area of each region in km², indexed by region id; None where unknown.
        about: What the regions are: ``"region"``, or a kind of entities, which have a vector each
            as regions do.

    Example:
        >>> ids = pd.Index(["a", "b", "c"], name="region_id")
        >>> county = pd.Series(["x", "x", "y"], index=ids)
        >>> places = Places(ids, np.array(["n", "n", "s"]), {"county": county})
        >>> labels = pd.DataFrame({"value": [1.0, 2.0]}, index=["x", "y"])
        >>> samples = places.sample(Task("t", "county", "county", labels))
        >>> samples.groups.tolist()
        ['n', 's']
        >>> align(pd.DataFrame({"0": [1.0, 3.0]}, index=["a", "b"]), samples, places).ravel()
        array([ 2., nan])
    """

    region_ids: pd.Index
    blocks: AnyArray
    units: Mapping[str, pd.Series] = field(default_factory=dict)
    locate: Callable[[FloatArray, FloatArray], AnyArray] | None = None
    centroids: pd.DataFrame | None = None
    weights: pd.Series | None = None
    pooling: str = "mean"
    areas: Callable[[], pd.Series] | None = None
    about: str = REGION

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
            units: For each level, unit ids indexed by region id.
            locate: See the class.
        """
        lon, lat = centroids["lon"].to_numpy(), centroids["lat"].to_numpy()
        first = {
            level: ids[~ids.index.duplicated()].reindex(centroids.index)
            for level, ids in units.items()
        }
        blocks = block_groups(lon, lat, first)
        return cls(centroids.index, blocks, units, locate, centroids)

    @classmethod
    def from_ids(cls, ids: pd.Index, units: Mapping[str, pd.Series]) -> Places:
        """Regions of which nobody knows where they are; units alone can be their blocks.

        Args:
            ids: Their ids, sorted.
            units: For each level, unit ids indexed by region id.
        """
        nowhere = pd.DataFrame({"lon": np.nan, "lat": np.nan}, index=ids)
        return replace(cls.from_centroids(nowhere, units), centroids=None)

    @property
    def has_blocks(self) -> bool:
        """Whether there are areas to hold out: two blocks at least."""
        return len(set(self.blocks)) > 1

    def pooled(self, how: str, weights: pd.Series | str | None = None) -> Places:
        """The same places, with another way from regions to units.

        Args:
            how: See :func:`placeprint.regions.pool`.
            weights: What each region counts, not negative, indexed by region id; ``"area"``: its
                area; None: all the same.

        Raises:
            InputError: If there is no such pooling, a region's weight is missing or negative, or
                areas are not known.
        """
        if how not in POOLINGS:
            raise InputError(f"no pooling {how!r}", hint=closest(how, POOLINGS))
        if isinstance(weights, str):
            if weights != "area" or self.areas is None:
                raise InputError(
                    f"weights {weights!r} are not known",
                    hint="give a table of weights, or, for areas, a file of the regions' outlines",
                )
            weights = self.areas()
        if weights is not None:
            known = weights.reindex(self.region_ids)
            odd = known[~(known >= 0)]
            if len(odd):
                raise InputError(
                    f"the weights of {len(odd)} regions are missing or negative: "
                    f"{listing(odd.index, 3)}",
                    hint="give every region a weight of 0 or more",
                )
        return replace(self, weights=weights, pooling=how)

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
            positions = rows[["lon", "lat"]].to_numpy(dtype=np.float64)
        else:
            ids = rows.index
            about_regions = task.level == self.about
            membership = (
                self._selection(self._regions(task, ids))
                if about_regions
                else self._members(task, ids)
            )
            positions = self._positions_of(membership)
        groups = self._groups(membership, positions)
        of_units = task.level not in (self.about, "point")
        return Samples(ids, _targets(task), groups, positions, membership, of_units)

    @property
    def _noun(self) -> str:
        return "regions" if self.about == REGION else self.about

    def _regions(self, task: Task, ids: pd.Index) -> IntArray:
        positions = self.region_ids.get_indexer(ids)
        if (positions < 0).any():
            unknown = ids[positions < 0]
            refuse_other_zeros(unknown, self.region_ids, f"task {task.name}")
            raise InputError(
                f"labels about {len(unknown)} {self._noun} that are not in the study area: "
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
        lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
        positions = self.region_ids.get_indexer(pd.Index(self.locate(lon, lat), dtype=object))
        if (positions < 0).all():
            raise InputError(
                f"none of its {len(rows)} points lies in a region; the first is at longitude "
                f"{lon[0]:g}, latitude {lat[0]:g}",
                source=f"task {task.name}",
                hint="see whether longitude and latitude are swapped, or the regions others",
            )
        return positions

    def _members(self, task: Task, ids: pd.Index) -> sparse.csr_array:
        if task.level not in self.units:
            levels = ["region", "point", *self.units]
            raise InputError(
                f"no level {task.level!r}",
                source=f"task {task.name}",
                hint=closest(task.level, levels),
            )
        unit_of = self.units[task.level]
        units = ids.get_indexer(pd.Index(unit_of, dtype=object))
        regions = self.region_ids.get_indexer(unit_of.index)
        known = (units >= 0) & (regions >= 0)
        if not known.any():
            raise InputError(
                f"none of its {len(ids)} units ({listing(ids, 3)}) holds a region",
                source=f"task {task.name}",
            )
        weights = None if self.weights is None else self.weights.reindex(self.region_ids)
        counts = np.ones(known.sum()) if weights is None else weights.to_numpy()[regions[known]]
        return self._matrix(units[known], regions[known], len(ids), counts)

    def _selection(self, positions: IntArray) -> sparse.csr_array:
        rows = np.flatnonzero(positions >= 0)
        return self._matrix(rows, positions[rows], len(positions), np.ones(len(rows)))

    def _matrix(
        self, rows: IntArray, regions: IntArray, n: int, weights: FloatArray
    ) -> sparse.csr_array:
        shape = (n, len(self.region_ids))
        return sparse.csr_array((weights.astype(np.float64), (rows, regions)), shape=shape)

    def _positions_of(self, membership: sparse.csr_array) -> FloatArray:
        """The centre of each row's regions: the direction of their mean on the unit sphere."""
        if self.centroids is None:
            return np.full((membership.shape[0], 2), np.nan)
        centres = self.centroids.reindex(self.region_ids)
        lon, lat = np.radians(centres["lon"].to_numpy()), np.radians(centres["lat"].to_numpy())
        unit = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        x, y, z = (membership @ np.column_stack(unit)).T
        positions = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]).T
        positions[membership.sum(axis=1) == 0] = np.nan
        return positions

    def _groups(self, membership: sparse.csr_array, positions: FloatArray) -> AnyArray:
        """The block of each row; of a unit that of most of its regions.

        Where blocks are hardly coarser than many rows, as where counties are the blocks of labels
        about counties, holding them out would be a random split: coarse H3 cells take their place.
        """
        counts = np.diff(membership.indptr)
        groups = np.full(len(counts), NO_BLOCK, dtype=object)
        if counts.max() <= 1:
            groups[counts == 1] = self.blocks[membership.indices]
        else:
            names, codes = np.unique(self.blocks, return_inverse=True)
            entries = (np.ones(len(codes)), (np.arange(len(codes)), codes))
            of_region = sparse.csr_array(entries, shape=(len(codes), len(names)))
            most = (membership @ of_region).toarray().argmax(axis=1)
            groups[counts > 0] = names[most[counts > 0]]
        held = len(np.unique(groups.astype(str)))
        if len(groups) >= _MANY and 2 * held > len(groups) and not np.isnan(positions).all():
            return cell_blocks(positions[:, 0], positions[:, 1])
        return groups


def check_vectors(
    name: str, vectors: pd.DataFrame, region_ids: pd.Index, about: str = REGION
) -> None:
    """Check, before work starts, that a model's vectors can be scored.

    Args:
        name: The model's name, for the message.
        vectors: One row per region, one numeric column per dimension; NaN is a missing value.
        region_ids: The regions of the study area, or its entities.
        about: What they are, for the message: ``"region"`` or a kind of entities.

    Raises:
        InputError: If a region occurs twice, no id is a region, there are no columns, or a value
            is infinite or no number.
    """
    source = f"model {name}"
    if vectors.index.has_duplicates:
        twice = vectors.index[vectors.index.duplicated()][0]
        raise InputError(f"{twice!r} occurs more than once", source=source)
    if not vectors.index.isin(region_ids).any():
        refuse_other_zeros(vectors.index, region_ids, source)
        raise InputError(
            f"none of its {len(vectors)} ids ({listing(vectors.index, 3)}) is "
            f"{'a region' if about == REGION else 'one of the ' + about} of the study area "
            f"({listing(region_ids, 3)})",
            source=source,
            hint="index the vectors by the ids of what they stand for, as strings",
        )
    refuse_other_zeros(vectors.index.difference(region_ids), region_ids, source)
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
        (n, d) float32, or, pooled within units as ``places`` says, float64; NaN where no region
        has a value. Statistics of units have four times as many columns.
    """
    positions = vectors.index.get_indexer(places.region_ids)
    values = vectors.to_numpy(dtype=np.float32)
    membership = samples.membership
    counts = np.diff(membership.indptr)
    alike = places.pooling in ("mean", "min", "max")  # of a single region
    if counts.max() <= 1 and (alike or not samples.of_units):
        found = np.full(len(counts), -1)
        found[counts == 1] = positions[membership.indices]
        return _take(values, found)
    return pool(_take(values, positions), membership, places.pooling)


def _take(values: FloatArray, positions: IntArray) -> FloatArray:
    """Rows by position; NaN where the position is −1."""
    taken: FloatArray = values[positions]
    taken[positions < 0] = np.nan
    return taken


def _targets(task: Task) -> FloatArray:
    """What is to be predicted, (n, t): one column, or one per class."""
    values = task.target()
    if task.kind == "regression":
        return values[:, None]
    return np.asarray(values[:, None] == np.arange(len(task.classes())), dtype=np.float64)


def has_embedding(X: FloatArray) -> BoolArray:
    """Which rows have a vector at all, (n,) bool: not every column is NaN."""
    return np.asarray(~np.isnan(X).all(axis=1))
