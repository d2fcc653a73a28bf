"""The mobility graph: regions tied by the people who move between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from placeprint.errors import InputError, closest, listing
from placeprint.mobility.assembly import assemble, symmetric_sum
from placeprint.mobility.row_statistics import row_sums
from placeprint.typing import AnyArray, FloatArray, IntArray, PathLike

__all__ = ["MobilityGraph", "directed_matrix"]


@dataclass(frozen=True, eq=False)
class MobilityGraph:
    r"""An undirected, weighted graph over regions.

    .. math::
        A_{uv} = w(u \to v) + w(v \to u) \quad (u \ne v), \qquad d_u = \sum_v A_{uv}

    Attributes:
        region_ids: (n,) region ids, unique: row ``i`` of every array is region ``i``.
        adjacency: (n, n) symmetric, positive weights, float32; indices sorted in each row and
            the diagonal empty.
        self_weight: (n,) weight of what stays within each region.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.1.

    Example:
        >>> edges = pd.DataFrame(
        ...     {"source": ["a", "b", "c"], "target": ["b", "a", "c"], "weight": [1.0, 2.0, 5.0]}
        ... )
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b", "c"])
        >>> graph.n_edges, graph.strength.tolist(), graph.self_weight.tolist()
        (1, [3.0, 3.0, 0.0], [0.0, 0.0, 5.0])
    """

    region_ids: pd.Index
    adjacency: csr_array
    self_weight: FloatArray

    @classmethod
    def from_edges(
        cls,
        edges: pd.DataFrame,
        region_ids: pd.Index | list[str],
        source: PathLike | None = None,
    ) -> Self:
        """Make the graph from directed or undirected edges.

        Args:
            edges: Columns source, target (region ids) and weight (≥ 0); repeated pairs are added
                up, as are the two directions of a pair.
            region_ids: Every region of the study area, tied or not; their order is kept.
            source: Where the edges come from, for messages.

        Raises:
            InputError: See :func:`directed_matrix`.
        """
        return cls.from_flows(directed_matrix(edges, region_ids, source), region_ids)

    @classmethod
    def from_flows(
        cls, flows: csr_array, region_ids: pd.Index | list[str], *, symmetric: bool = False
    ) -> Self:
        """Make the graph from the matrix of directed flows.

        Args:
            flows: (n, n) float32, from :func:`directed_matrix`.
            region_ids: The n regions.
            symmetric: Whether as much goes as comes between any two regions, and nothing stays
                within one: the graph then shares the structure of ``flows``.
        """
        ids = pd.Index(region_ids, name="region_id")
        if symmetric:
            structure = (2 * flows.data, flows.indices, flows.indptr)
            return cls(ids, csr_array(structure, shape=flows.shape), np.zeros(len(ids)))
        return cls(ids, symmetric_sum(flows), flows.diagonal().astype(np.float64))

    @property
    def n_regions(self) -> int:
        """The number of regions, tied or not."""
        return len(self.region_ids)

    @property
    def n_edges(self) -> int:
        """The number of undirected edges; what stays within a region is not counted."""
        return int(self.adjacency.nnz) // 2

    @property
    def strength(self) -> FloatArray:
        """(n,) the weighted degree d of each region, without what stays within it."""
        return row_sums(self.adjacency, self.adjacency.data)

    @property
    def degree(self) -> IntArray:
        """(n,) the number of other regions that each is tied to."""
        degree: IntArray = np.diff(self.adjacency.indptr)
        return degree


def directed_matrix(
    edges: pd.DataFrame, region_ids: pd.Index | list[str], source: PathLike | None = None
) -> csr_array:
    """The (n, n) matrix W of directed flows, ``W[u, v] = w(u → v)``.

    Args:
        edges: Columns source, target (region ids) and weight (≥ 0); repeated pairs are added up.
        region_ids: The n regions; rows and columns are in this order.
        source: Where the edges come from, for messages.

    Returns:
        float32, indices sorted in each row, nothing stored where no one goes; what stays within
        a region is on the diagonal.

    Raises:
        InputError: If a column is missing, a region is listed twice, an edge names an unknown
            region, or a weight is missing, infinite or negative.

    Example:
        >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [3.0]})
        >>> directed_matrix(edges, ["a", "b"]).toarray().tolist()
        [[0.0, 3.0], [0.0, 0.0]]
    """
    for column in ("source", "target", "weight"):
        if column not in edges:
            raise InputError(
                f"no column {column!r}", source=source, hint=closest(column, edges.columns)
            )
    ids = pd.Index(region_ids)
    if not ids.is_unique:
        raise InputError(
            f"regions are listed twice: {listing(ids[ids.duplicated()].unique())}",
            source=source,
            hint="keep one row per region",
        )
    weights = _weights(edges, source)
    rows, columns = (_positions(edges[end], ids, source) for end in ("source", "target"))
    return assemble(rows, columns, weights, len(ids))


def _weights(edges: pd.DataFrame, source: PathLike | None) -> FloatArray:
    weights = pd.to_numeric(edges["weight"], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        row = edges.iloc[bad[0]]
        raise InputError(
            f"the weight from {row['source']} to {row['target']} in row {bad[0]} is "
            f"{row['weight']}, expected a finite number that is not negative "
            f"({len(bad)} such rows)",
            source=source,
            hint="drop or correct these rows",
        )
    return weights


def _positions(ends: pd.Series, ids: pd.Index, source: PathLike | None) -> AnyArray:
    if isinstance(ends.dtype, pd.CategoricalDtype):  # a lookup for each name, not for each row
        named = np.append(ids.get_indexer(ends.cat.categories), -1)
        positions = named[ends.cat.codes]
    else:
        positions = ids.get_indexer(pd.Index(ends))
    unknown = np.flatnonzero(positions < 0)
    if len(unknown):
        names = listing(pd.unique(ends.iloc[unknown]), limit=5)
        raise InputError(
            f"column {ends.name!r} names regions that are not of the study area: {names} "
            f"(first in row {unknown[0]})",
            source=source,
            hint="region ids are strings such as "
            f"{listing(ids[:3])}; drop edges that leave the study area",
        )
    return positions
