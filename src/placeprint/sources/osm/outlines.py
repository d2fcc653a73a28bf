"""Valid polygons from the rings and relations of an extract, each outline once."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely

from placeprint.regions.antimeridian import crossing, unwrapped
from placeprint.sources.osm.extract import Shape, member_lines
from placeprint.typing import AnyArray, BoolArray, PathLike

__all__ = ["polygons_of_relations", "polygons_of_ways", "repeated_outlines"]

RING: Final = 4
"""The fewest points of a ring: a triangle, its first point again."""

POLYGONS: Final = (3, 6)
"""Shapely's numbers for the types Polygon and MultiPolygon."""


def polygons_of_ways(ways: list[Shape]) -> tuple[AnyArray, BoolArray]:
    """The polygons of closed ways.

    A ring that crosses itself is repaired. A ring that has lost nodes, because the extract was
    cut, is kept where the rest of it is valid: to repair it would be to guess.

    Returns:
        (n,) Polygons, MultiPolygons, or None where there is no outline, across the antimeridian
        with longitudes beyond 180; (n,) whether it was repaired.

    Example:
        >>> bow_tie = shapely.to_wkb(shapely.LinearRing([(0, 0), (1, 1), (1, 0), (0, 1)]), hex=True)
        >>> polygons, repaired = polygons_of_ways([Shape(1, {}, bow_tie)])
        >>> polygons[0].area, repaired.tolist()
        (0.5, [True])
    """
    # From 179 to −179 degrees are two degrees: what crosses the antimeridian goes on beyond 180.
    lines = unwrapped(shapely.remove_repeated_points(shapely.from_wkb([way.wkb for way in ways])))
    polygons = np.full(len(ways), None, dtype=object)
    rings = np.flatnonzero(shapely.get_num_points(lines) >= RING)
    if len(rings):
        xy, ring = shapely.get_coordinates(lines[rings], return_index=True)
        polygons[rings] = shapely.polygons(shapely.linearrings(xy, indices=ring))
    complete = np.array([way.complete for way in ways], dtype=bool)
    polygons[~complete & ~shapely.is_valid(polygons)] = None
    return _valid(polygons)


def polygons_of_relations(relations: list[Shape], path: PathLike) -> tuple[AnyArray, BoolArray]:
    """The polygons of multipolygon relations.

    Where osmium could not put an area together, because outlines cross or ways are missing, the
    lines of the members that are there are tried: what the outer ones enclose, less what the
    inner ones do.

    Args:
        relations: The relations.
        path: The extract, for the lines of the members.

    Returns:
        (n,) Polygons, MultiPolygons, or None where nothing closes; (n,) whether it was repaired.
    """
    areas = np.asarray(shapely.from_wkb([relation.wkb for relation in relations]), dtype=object)
    parts, owner = shapely.get_parts(areas, return_index=True)
    areas[owner[crossing(parts)]] = None  # osmium takes them the other way round the Earth
    areas, repaired = _valid(areas)
    lost = np.flatnonzero(shapely.is_missing(areas))
    if len(lost):
        wanted = [relations[position] for position in lost]
        lines = member_lines(path, {way for one in wanted for way, _ in one.members})
        outer = _enclosed(wanted, lines, inner=False)
        areas[lost], _ = _valid(shapely.difference(outer, _enclosed(wanted, lines, inner=True)))
        repaired[lost] = ~shapely.is_missing(areas[lost])
    return areas, repaired


def _enclosed(relations: list[Shape], lines: dict[int, str], *, inner: bool) -> AnyArray:
    """(n,) what the outer or inner members of each relation enclose; empty where nothing closes."""
    pairs = [
        (position, lines[way])
        for position, relation in enumerate(relations)
        for way, role in relation.members
        if way in lines and (role == "inner") == inner
    ]
    together = np.full(len(relations), shapely.MultiLineString(), dtype=object)
    if pairs:
        owner, wkb = zip(*pairs, strict=True)
        shapely.multilinestrings(shapely.from_wkb(wkb), indices=owner, out=together)
    return np.asarray(shapely.build_area(shapely.node(unwrapped(together))))


def _valid(polygons: AnyArray) -> tuple[AnyArray, BoolArray]:
    """Valid polygons of one part or several; None where no surface is left."""
    broken = ~(shapely.is_valid(polygons) | shapely.is_missing(polygons))
    polygons = polygons.copy()
    polygons[broken] = _surfaces(shapely.make_valid(polygons[broken]))
    polygons[shapely.is_empty(polygons) | (shapely.area(polygons) == 0)] = None
    single = np.flatnonzero(shapely.get_num_geometries(polygons) == 1)
    polygons[single] = shapely.get_geometry(polygons[single], 0)
    return polygons, broken & ~shapely.is_missing(polygons)


def _surfaces(geometries: AnyArray) -> AnyArray:
    """The polygonal part of each geometry."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, within = shapely.get_parts(parts, return_index=True)
    owner = owner[within]
    surface = np.isin(shapely.get_type_id(parts), POLYGONS)
    out = np.full(len(geometries), None, dtype=object)
    shapely.multipolygons(parts[surface], indices=owner[surface], out=out)
    return out


def repeated_outlines(polygons: AnyArray, relation: BoolArray, group: AnyArray) -> BoolArray:
    """Which ways repeat the outline of a relation: its outer way, with the same tags as it.

    Args:
        polygons: (n,) Polygons and MultiPolygons.
        relation: (n,) whether each comes from a relation.
        group: (n,) what each is; only outlines of one group are compared.

    Returns:
        (n,) true for ways of which a relation of the same group has the outline, holes aside.

    Example:
        >>> court = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)
        >>> polygons = np.array([shapely.box(0, 0, 3, 3), court])
        >>> repeated_outlines(polygons, np.array([False, True]), np.array(["", ""]))
        array([ True, False])
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    shells = shapely.normalize(shapely.polygons(shapely.get_exterior_ring(parts)))
    table = pd.DataFrame({"shell": shapely.to_wkb(shells), "group": np.asarray(group)[owner]})
    keys = pd.MultiIndex.from_frame(table)
    repeated = np.zeros(len(polygons), dtype=bool)
    ways = ~relation[owner]
    repeated[owner[ways][keys[ways].isin(keys[~ways])]] = True
    return repeated
