"""Faces too small or too thin to be regions, merged into their neighbours."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from scipy import sparse

from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["MIN_WIDTH_M", "merge_slivers", "shared_borders"]

MIN_WIDTH_M: Final = 15.0
"""A face narrower than this is no block: the lanes of a dual carriageway lie 5 to 15 m apart."""


def merge_slivers(faces: AnyArray, min_area_m2: float) -> AnyArray:
    r"""Merge each sliver into the neighbour with which it shares the longest border.

    A sliver has an area a below ``min_area_m2``, or with its perimeter p a mean width
    :math:`2a/p` below 15 m; compactness :math:`4\pi a/p^2` would take a wide block with a winding
    border, such as a shore, for one. The work goes in rounds, in each of which a sliver merges if
    it is the smallest of those that want to join it or the same sliver as it, so that no chain or
    cluster of slivers grows further than it must; a sliver without a neighbour stays.

    Args:
        faces: (n,) Polygons in metres, disjoint, whose common borders have the same vertices, as
            those of ``shapely.polygonize``.
        min_area_m2: The least area of a block.

    Returns:
        (k,) polygons, k ≤ n, in the order of a point within them.

    Example:
        >>> strips = shapely.box([0, 100, 110], 0, [100, 110, 300], 100)
        >>> shapely.area(merge_slivers(strips, 5000.0)).tolist()
        [11000.0, 19000.0]
    """
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    faces = faces[np.lexsort(inside.T[::-1])]
    areas, perimeters = shapely.area(faces), shapely.length(faces)
    borders = shared_borders(faces)
    groups = np.arange(len(faces))
    while True:
        into = _merges(areas, perimeters, borders, min_area_m2)
        if (into == np.arange(len(into))).all():
            break
        _, into = np.unique(into, return_inverse=True)
        member = sparse.csr_array((np.ones(len(into)), (into, np.arange(len(into)))))
        borders = (member @ borders @ member.T).tocsr()
        areas = member @ areas
        # A border within a group is counted from both of its sides.
        perimeters = member @ perimeters - borders.diagonal()
        borders.setdiag(0)
        borders.eliminate_zeros()
        groups = into[groups]
    return _dissolved(faces, groups)


def shared_borders(faces: AnyArray) -> sparse.csr_array:
    """(n, n) metres of border that each two faces share; 0 on the diagonal.

    Example:
        >>> shared_borders(shapely.box([0, 1], 0, [1, 3], [1, 1])).toarray().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    rings, face = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[:-1] == ring[1:])
    _, vertex = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    low = np.minimum(vertex[first], vertex[first + 1])
    high = np.maximum(vertex[first], vertex[first + 1])
    order = np.lexsort((high, low))
    low, high, first = low[order], high[order], first[order]
    # Faces are disjoint, so a segment has at most two of them, now side by side.
    twice = np.flatnonzero((low[:-1] == low[1:]) & (high[:-1] == high[1:]))
    left, right = face[ring[first[twice]]], face[ring[first[twice + 1]]]
    lengths = np.hypot(*(xy[first[twice] + 1] - xy[first[twice]]).T)
    rows, columns = np.concatenate([left, right]), np.concatenate([right, left])
    values = np.concatenate([lengths, lengths])
    return sparse.csr_array((values, (rows, columns)), shape=(len(faces), len(faces)))


def _merges(
    areas: FloatArray, perimeters: FloatArray, borders: sparse.csr_array, min_area_m2: float
) -> IntArray:
    """The position that each group merges into in this round, its own where it stays."""
    itself = np.arange(len(areas))
    sliver = _slivers(areas, perimeters, min_area_m2) & (np.diff(borders.indptr) > 0)
    target = np.where(sliver, _longest(borders), itself)
    rank = np.empty(len(areas), dtype=np.int64)
    rank[np.lexsort((itself, areas))] = itself
    # The smallest of each sliver and of those that want to join it; others may be spared by then.
    first = rank.copy()
    np.minimum.at(first, target[sliver], rank[sliver])
    merges = sliver & (first == rank) & (~sliver[target] | (first[target] == rank))
    return np.where(merges, target, itself)


def _slivers(areas: FloatArray, perimeters: FloatArray, min_area_m2: float) -> BoolArray:
    return np.asarray((areas < min_area_m2) | (2 * areas < MIN_WIDTH_M * perimeters))


def _longest(borders: sparse.csr_array) -> IntArray:
    """(n,) the neighbour with the longest common border, the first of equals; 0 without one."""
    pairs = borders.tocoo()
    rows, columns = pairs.coords
    order = np.lexsort((-columns, pairs.data, rows))
    longest = np.zeros(borders.shape[0], dtype=np.int64)
    longest[rows[order]] = columns[order]
    return longest


def _dissolved(faces: AnyArray, groups: IntArray) -> AnyArray:
    """The union of the faces of each group."""
    order = np.argsort(groups, kind="stable")
    together = shapely.multipolygons(faces[order], indices=groups[order])
    return np.asarray(shapely.union_all(together[:, None], axis=1))
