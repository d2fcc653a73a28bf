"""Blocks: the pieces into which roads cut a study area, as regions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.regions.merging import merge_slivers
from placeprint.regions.metric import local_crs, to_degrees, to_metres_exactly
from placeprint.regions.polygons import POLYGONS, outline_of
from placeprint.regions.regionset import Regions
from placeprint.regions.roads import GRID_M, node_lines
from placeprint.typing import AnyArray

__all__ = ["BOUNDING_ROADS", "road_blocks"]

BOUNDING_ROADS: Final = tuple(
    f"highway={kind}"
    for kind in (
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "pedestrian",
        "road",
    )
)
"""The classes of roads that bound blocks: streets, with those closed to cars, for they bound the
blocks of old towns; no footways, driveways, tracks or paths, which cross blocks."""


def road_blocks(lines: AnyArray, *, within: Any = None, min_area_m2: float = 5000.0) -> Regions:
    """Cut a study area into the blocks that roads bound.

    The roads and the outline of the area are broken where they meet, and the faces of that network
    are the blocks; roads that end within a block bound nothing. Slivers, smaller than
    ``min_area_m2`` or narrower than 15 m (between dual carriageways), are merged into the
    neighbour with the longest common border, the smallest first. The blocks fill the area without
    gap or overlap. An id is made of the block's own shape ("block/<lon>_<lat>" of a point within),
    so it depends neither on the order nor on the direction of the lines.

    Args:
        lines: (n,) LineStrings of roads, EPSG:4326: those that shall bound blocks, as those of
            the classes :data:`BOUNDING_ROADS`.
        within: The study area, a (Multi)Polygon or an array of them in EPSG:4326, as
            :func:`~placeprint.regions.polygons.outline_of` takes them. Without it the convex hull
            of the lines: it needs no parameter, and gives both sides of every road a block.
        min_area_m2: Blocks smaller than this are merged.

    Returns:
        The blocks, sorted by id; one, if no road crosses the area.

    Raises:
        InputError: If there are no lines, they enclose nothing, or none reaches the area.

    Source:
        UrbanMFM, data: regions are bounded by roads and disjoint.

    Example:
        >>> square = shapely.box(0, 0, 0.02, 0.02)
        >>> cross = shapely.linestrings([[[0, 0.01], [0.02, 0.01]], [[0.01, 0], [0.01, 0.02]]])
        >>> road_blocks(cross, within=square).ids.tolist()
        ['block/0.005000_0.005500', 'block/0.005000_0.015500',
         'block/0.015000_0.005500', 'block/0.015000_0.014500']
    """
    roads = np.asarray(lines, dtype=object)
    roads = roads[~(shapely.is_missing(roads) | shapely.is_empty(roads))]
    if not len(roads):
        raise InputError(
            "there are no roads to bound blocks",
            hint="choose more classes of roads, or give the regions as polygons",
        )
    crs = local_crs(*shapely.get_coordinates(roads).T)
    metres = to_metres_exactly(roads, crs)
    if within is None:
        area = _hull(metres)
    else:
        area = _area(to_metres_exactly(shapely.get_parts(outline_of(within)), crs), metres)
    edges = node_lines(np.append(metres, shapely.boundary(area)))
    faces = shapely.get_parts(shapely.polygonize(edges))
    inside = shapely.point_on_surface(faces)
    shapely.prepare(area)
    faces = faces[shapely.intersects(area, inside)]
    blocks = shapely.normalize(merge_slivers(faces, min_area_m2))
    centres = to_degrees(shapely.point_on_surface(blocks), crs)
    # Rounding to six digits may leave a zero with a sign.
    places = np.round(shapely.get_coordinates(centres), 6) + 0.0
    ids = pd.Index([f"block/{lon:.6f}_{lat:.6f}" for lon, lat in places])
    return Regions.from_polygons(ids, to_degrees(blocks, crs), overlaps="keep")


def _hull(roads: AnyArray) -> Any:
    """The convex hull of all roads, in metres."""
    hull = shapely.set_precision(shapely.convex_hull(shapely.geometrycollections(roads)), GRID_M)
    if shapely.get_type_id(hull) not in POLYGONS or shapely.is_empty(hull):
        raise InputError(
            "the roads lie on one line and enclose nothing",
            hint="give the study area with `within`, or the regions as polygons",
        )
    return hull


def _area(parts: AnyArray, roads: AnyArray) -> Any:
    """The parts of the study area as one, in metres."""
    area = shapely.union_all(parts, grid_size=GRID_M)
    shapely.prepare(area)
    if not shapely.intersects(area, roads).any():
        raise InputError(
            "no road reaches the study area",
            hint="check that `within` and the roads are of the same place, longitude first",
        )
    return area
