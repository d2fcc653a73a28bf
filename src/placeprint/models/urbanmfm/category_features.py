"""How the POIs of each category are spread over each region."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from placeprint.typing import FloatArray, IntArray

__all__ = ["category_features", "density_clusters"]


def category_features(
    x_m: FloatArray,
    y_m: FloatArray,
    category: IntArray,
    region: IntArray,
    areas_km2: FloatArray,
    categories: int,
    *,
    eps_km: float = 0.05,
    min_points: int = 2,
) -> FloatArray:
    r"""Spread and density of every category of POIs in every region.

    .. math::
        f_c = \left[ \sqrt{\pi / a_u}\, \max_j \mathrm{dist}(p_j, \bar p_c),\;
          |P_c| / a_u \right]

    with a_u the region's area in km², P_c its POIs of category c, distances in km, and the centre
    p̄_c the mean of the means of their DBSCAN clusters, in which each outlier is a cluster of its
    own. The first number is 1 if they just fill a disc of the region's area around the centre.

    Args:
        x_m: (p,) eastings of the POIs in metres.
        y_m: (p,) northings in metres.
        category: (p,) codes, 0 to categories − 1; POIs below 0 take no part.
        region: (p,) positions of regions; POIs below 0, outside all regions, take no part.
        areas_km2: (r,) areas of the regions in km².
        categories: Number of categories C.
        eps_km: ε of DBSCAN in km.
        min_points: Points within ε, itself included, that make a core point of DBSCAN.

    Returns:
        (r, C, 2) f_c; both are 0 for a category that the region lacks.

    Source:
        UrbanMFM (Zhang et al. 2025), macro stage.

    Example:
        >>> x, y = np.array([0.0, 20.0, 1000.0]), np.zeros(3)
        >>> zero = np.zeros(3, dtype=int)
        >>> category_features(x, y, zero, zero, np.array([3.1416]), 1).round(3)
        array([[[0.505, 0.955]]])
    """
    regions = len(areas_km2)
    taken = (category >= 0) & (region >= 0)
    group = (region[taken] * categories + category[taken]).astype(np.int64)
    points = np.column_stack([x_m[taken], y_m[taken]]).astype(np.float64)
    cluster = density_clusters(points, group, 1000 * eps_km, min_points)
    _, first, cluster = np.unique(cluster, return_index=True, return_inverse=True)
    means = _means(points, cluster, len(first))
    centres = _means(means, group[first], regions * categories)
    radius = np.zeros(regions * categories)
    np.maximum.at(radius, group, np.hypot(*(points - centres[group]).T) / 1000)
    counts = np.bincount(group, minlength=regions * categories)
    features = np.stack([radius, counts], axis=-1).reshape(regions, categories, 2)
    scale = np.stack([np.sqrt(np.pi / areas_km2), 1 / areas_km2], axis=-1)
    scaled: FloatArray = features * scale[:, None, :]
    return scaled


def density_clusters(points: FloatArray, group: IntArray, eps: float, min_points: int) -> IntArray:
    """The clusters of DBSCAN within each of many groups of points, of all groups at once.

    A core point has ``min_points`` points of its group within ε, itself included. Core points
    within ε of each other are one cluster. Another point within ε of a core point joins the
    cluster whose first core point comes first; every other point is a cluster of its own.

    Args:
        points: (n, 2) positions.
        group: (n,) the group of each point.
        eps: ε in the unit of the positions.
        min_points: As above.

    Returns:
        (n,) of each point the position of a point of its cluster, the same for all of them.

    Source:
        Ester et al. 1996, DBSCAN; the order of clusters is scikit-learn's.

    Example:
        >>> points = np.array([[0.0, 0], [1, 0], [2, 0], [9, 0], [0, 0]])
        >>> density_clusters(points, np.array([0, 0, 0, 0, 1]), 1.0, 3)
        array([1, 1, 1, 3, 4])
    """
    n = len(points)
    alone: IntArray = np.arange(n)
    if n == 0:
        return alone
    # A third coordinate keeps the groups further apart than ε.
    level = np.unique(group, return_inverse=True)[1] * (2.0 * eps)
    pairs = cKDTree(np.column_stack([points, level])).query_pairs(eps, output_type="ndarray")
    one, other = pairs.T
    core = 1 + np.bincount(pairs.ravel(), minlength=n) >= min_points
    joined = core[one] & core[other]
    links = coo_array((np.ones(joined.sum(), dtype=bool), (one[joined], other[joined])), (n, n))
    component = connected_components(links, directed=False)[1]
    first = np.full(n, n)
    np.minimum.at(first, component[core], alone[core])
    of_core = np.where(core, first[component], n)
    cluster = of_core.copy()
    for border, neighbour in ((one, other), (other, one)):
        reached = ~core[border] & core[neighbour]
        np.minimum.at(cluster, border[reached], of_core[neighbour[reached]])
    return np.where(cluster < n, cluster, alone)


def _means(points: FloatArray, label: IntArray, count: int) -> FloatArray:
    """(count, 2) mean position of the points of each label; 0 for a label without points."""
    sizes = np.maximum(np.bincount(label, minlength=count), 1)
    sums = [np.bincount(label, weights=column, minlength=count) for column in points.T]
    means: FloatArray = np.column_stack(sums) / sizes[:, None]
    return means
