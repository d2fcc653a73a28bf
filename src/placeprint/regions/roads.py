"""Roads: the network they draw, how dense it is in regions, the road nearest to a point."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.regions.coordinates import check_lonlat
from placeprint.regions.metric import local_crs, to_metres, to_metres_exactly
from placeprint.regions.regionset import Regions
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["BORDER_M", "GRID_M", "crossings", "nearest_lines", "node_lines", "road_densities"]

GRID_M: Final = 0.1
"""Coordinates are rounded to this where lines are joined, so that an end which lies on another line
but for its last digits joins it."""
BORDER_M: Final = 5.0
"""A road this near to a region lies on its border: more than the rounding of coordinates, less
than the width of a street."""


def node_lines(lines: AnyArray) -> AnyArray:
    """Break lines at every point where they meet or cross, in the plane.

    Lines drawn twice count once. Bridges and tunnels count as crossings: lines know no height.

    Args:
        lines: (n,) LineStrings or MultiLineStrings in metres.

    Returns:
        (m,) LineStrings on a grid of :data:`GRID_M`, the same in any order and direction of the
        input.

    Example:
        >>> cross = shapely.linestrings([[[0, 0], [2, 2]], [[0, 2], [2, 0]]])
        >>> len(node_lines(cross))
        4
    """
    # The union rounds while it breaks lines: rounded before, lines that met would miss each other.
    parts = shapely.get_parts(lines)
    edges = shapely.get_parts(shapely.union_all(_sorted(parts), grid_size=GRID_M))
    return _sorted(edges[~shapely.is_empty(edges)])


def _sorted(lines: AnyArray) -> AnyArray:
    """In an order, and each in a direction, that do not depend on the input."""
    canonical = shapely.normalize(lines)
    return np.asarray(canonical[np.argsort(shapely.to_wkb(canonical), kind="stable")])


def crossings(edges: AnyArray) -> FloatArray:
    """The points where three or more ends of edges meet.

    Args:
        edges: (m,) what :func:`node_lines` gave.

    Returns:
        (k, 2) metres.

    Example:
        >>> cross = shapely.linestrings([[[0, 0], [2, 2]], [[0, 2], [2, 0]]])
        >>> crossings(node_lines(cross)).tolist()
        [[1.0, 1.0]]
    """
    ends = np.concatenate([shapely.get_point(edges, 0), shapely.get_point(edges, -1)])
    points, meeting = np.unique(shapely.get_coordinates(ends), axis=0, return_counts=True)
    return np.asarray(points[meeting >= 3])


def road_densities(regions: Regions, lines: AnyArray) -> pd.DataFrame:
    r"""How dense the roads of each region are, and how often they meet.

    With the area :math:`a_u` of a region u, the pieces r of the roads that lie in it or within
    5 m of its border, and the points x, equally near, where three or more pieces end,

    .. math::
        F_r = \Big[\frac{\sum_r \mathrm{length}(r)}{a_u},\; \frac{|\{x\}|}{a_u}\Big].

    Blocks are bounded by roads: a road on a common border, and an intersection on it, count in
    full for every region that they touch. A road drawn twice counts once; where a bridge crosses
    a road, the lines meet.

    Args:
        regions: Any regions; they may overlap.
        lines: (n,) LineStrings of roads, EPSG:4326.

    Returns:
        Index ``region_id``; columns road_length (km per km²) and intersections (per km²); 0 in a
        region without roads.

    Raises:
        InputError: If there are no lines.

    Source:
        UrbanMFM, macro objective, the road features of a region.

    Example:
        >>> outline = np.array([shapely.box(0, 0, 0.01, 0.01)])
        >>> square = Regions.from_polygons(pd.Index(["a"]), outline)
        >>> cross = shapely.linestrings([[[0, 0], [0.01, 0.01]], [[0, 0.01], [0.01, 0]]])
        >>> road_densities(square, cross).round(1).to_dict("records")
        [{'road_length': 2.6, 'intersections': 0.8}]
    """
    roads = np.asarray(lines, dtype=object)
    if not len(roads):
        raise InputError("there are no roads", hint="read an extract that holds highway=* ways")
    lon, lat = shapely.get_coordinates(roads).T
    crs = local_crs(lon, lat)
    edges = node_lines(to_metres_exactly(roads, crs))
    outlines = to_metres_exactly(regions.geometry.to_numpy(), crs)
    shapes = shapely.buffer(outlines, BORDER_M)
    shapely.prepare(shapes)
    points = shapely.points(crossings(edges))
    region, _ = shapely.STRtree(points).query(shapes, predicate="intersects")
    counts = np.bincount(region, minlength=len(shapes))
    areas = regions.areas_km2().to_numpy()
    return pd.DataFrame(
        {
            "road_length": _lengths_within(shapes, edges) / 1e3 / areas,
            "intersections": counts / areas,
        },
        index=regions.ids,
    )


def _lengths_within(shapes: AnyArray, edges: AnyArray) -> FloatArray:
    """(k,) metres of edges within each of k prepared polygons."""
    tree = shapely.STRtree(edges)
    shape, edge = tree.query(shapes, predicate="intersects")
    whole = shapely.covers(shapes[shape], edges[edge])
    lengths = shapely.length(edges[edge])
    cut = ~whole  # cutting is slow, and most edges lie wholly within
    lengths[cut] = shapely.length(shapely.intersection(edges[edge[cut]], shapes[shape[cut]]))
    sums = np.bincount(shape, weights=lengths, minlength=len(shapes))
    return np.asarray(sums, dtype=np.float64)


def nearest_lines(
    lon: FloatArray, lat: FloatArray, lines: AnyArray, max_distance_m: float = 100.0
) -> IntArray:
    """The position of the line nearest to each point.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        lines: (k,) LineStrings, EPSG:4326.
        max_distance_m: How far a line may be, in metres.

    Returns:
        (n,) int64 positions, −1 where no line is as near; of equally near lines the first.

    Raises:
        InputError: If a coordinate is missing or out of range.

    Example:
        >>> streets = shapely.linestrings([[[0, 0], [0.01, 0]], [[0, 0.001], [0.01, 0.001]]])
        >>> nearest_lines(np.array([0.005, 0.005]), np.array([0.0008, 0.01]), streets)
        array([ 1, -1])
    """
    check_lonlat(lon, lat)
    positions = np.full(len(lon), -1, dtype=np.int64)
    roads = np.asarray(lines, dtype=object)
    if not len(roads) or not len(lon):
        return positions
    crs = local_crs(*shapely.get_coordinates(roads).T)
    points = to_metres(shapely.points(lon, lat), crs)
    tree = shapely.STRtree(to_metres(roads, crs))
    point, line = tree.query_nearest(points, max_distance=max_distance_m)
    order = np.lexsort((-line, point))
    positions[point[order]] = line[order]
    return positions
