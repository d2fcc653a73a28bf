"""An OpenStreetMap extract as three tables: points of interest, buildings, ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, caution
from placeprint.regions import areas_km2
from placeprint.regions.antimeridian import HALF_TURN, crossing, cut, unwrapped, wrapped
from placeprint.regions.roads import nearest_lines
from placeprint.sources.osm.extract import Shape, in_order, member_lines, read_extract
from placeprint.sources.osm.tags import informative_text, is_building, use_of
from placeprint.typing import AnyArray, BoolArray, PathLike

__all__ = ["ATTRIBUTION", "OSMData", "read_osm"]

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"
"""What everything made of OpenStreetMap data must say."""

NEAR_M: Final = 100.0
"""A place belongs to the nearest road, if it is as near as this."""

PATHS: Final = ("bridleway", "cycleway", "footway", "path", "steps", "track", "trail")
"""Ways that no place belongs to: where pavements are drawn, they would take the places from their
streets, a few to each piece (in Helsinki one place in nine would be on a way with a name)."""

RING: Final = 4
"""The fewest points of a ring: a triangle, its first point again."""


@dataclass(frozen=True)
class OSMData:
    """What an extract holds; rows in the order nodes, ways, relations, then by number.

    Attributes:
        pois: poi_id, name, category, text, lon, lat, area_m2, tags, geometry, way_id.
        buildings: building_id, and the same columns.
        ways: way_id, name, category, length_m, geometry.
        account: What was read, repaired and left out, as JSON-like values: ``read``, the objects
            with one of the keys (of nodes, ways, relations); rows of each table; outlines and
            roads that are incomplete, those dropped because nothing usable is left of them,
            outlines repaired, outlines that repeat a relation's; objects ``left_out``, by reason,
            deleted ones and older versions among them whatever their keys;
            the last edit; the attribution.
    """

    pois: pd.DataFrame
    buildings: pd.DataFrame
    ways: pd.DataFrame
    account: dict[str, object]


def read_osm(path: PathLike) -> OSMData:
    """Read points of interest, buildings and roads from an extract, such as ``city.osm.pbf``.

    POIs are nodes, closed ways and multipolygons with a functional tag (see
    :data:`~placeprint.sources.osm.tags.FUNCTIONAL_KEYS`) of which something informative is
    left once redundant tags are taken away; what carries ``building=*`` is a building and nothing
    else; ``highway=*`` lines are roads. Where the extract was cut without completing its ways,
    nodes that are missing are skipped: a road stays if two points are left, a polygon if it is
    valid still. The outer way of a relation that is tagged as the relation is counts once.

    Args:
        path: A file that osmium reads: ``.osm.pbf``, ``.osm``, ``.osm.bz2``, …

    Returns:
        The tables, in EPSG:4326, and the account.

    Raises:
        InputError: If the file is missing, damaged, no OpenStreetMap file, not in order, has ids
            that are not positive, or holds nothing of use.
        MissingExtraError: If osmium is not installed.

    Source:
        UrbanMFM, data: POIs with tags and polygons, ways with tags and lengths.
    """
    with in_order(path) as (file, left_out):
        extract = read_extract(file)
        of_ways, ways_repaired = polygons_of_ways(extract.ways)
        of_relations, relations_repaired = polygons_of_relations(extract.relations, file)
    shapes = np.array([*extract.nodes, *extract.ways, *extract.relations], dtype=object)
    points = shapely.from_wkb([node.wkb for node in extract.nodes])
    geometry = np.concatenate([points, of_ways, of_relations])
    uses = ["building" if is_building(one.tags) else use_of(one.tags) for one in shapes]
    group = np.array(uses, dtype=object)
    relation = np.arange(len(shapes)) >= len(shapes) - len(of_relations)
    repeated = repeated_outlines(geometry, relation, group)
    kept = ~repeated & ~shapely.is_missing(geometry)
    places = places_table(shapes[kept], geometry[kept])
    ways = ways_table([road for road in extract.roads if road.wkb is not None])
    places["way_id"] = nearest_way(places, ways)
    building = group[kept] == "building"
    silent = ~building & (places["text"] == "").to_numpy()
    buildings = places[building].reset_index(drop=True).rename(columns={"id": "building_id"})
    pois = places[~building & ~silent].reset_index(drop=True).rename(columns={"id": "poi_id"})
    problem = "it holds no points of interest, no buildings and no roads"
    hint = "check the area and the filters that the extract was cut with"
    drawn = [way.wkb for way in (*extract.roads, *extract.ways)]
    if nowhere := bool(drawn) and not any(drawn):
        problem = f"none of its {len(drawn)} roads and outlines has nodes with a position"
        hint = "export the nodes of ways, too (in Overpass: (._;>;);)"
    if pois.empty and buildings.empty and ways.empty:
        raise InputError(problem, source=path, hint=hint)
    if nowhere:
        caution(problem, source=path, hint=hint)
    account: dict[str, object] = {
        "read": dict(extract.read),
        "incomplete_outlines": sum(not way.complete for way in extract.ways),
        "repaired_outlines": int(ways_repaired.sum() + relations_repaired.sum()),
        "dropped_outlines": int(shapely.is_missing(geometry).sum()),
        "pois": len(pois),
        "buildings": len(buildings),
        "ways": len(ways),
        "incomplete_roads": sum(not road.complete for road in extract.roads),
        "dropped_roads": len(extract.roads) - len(ways),
        "repeated_outlines": int(repeated.sum()),
        "left_out": {**left_out, **extract.left_out, "without informative tags": int(silent.sum())},
        "last_edit": extract.last_edit.isoformat() if extract.last_edit else None,
        "attribution": ATTRIBUTION,
    }
    return OSMData(pois, buildings, ways, account)


def places_table(shapes: Sequence[Shape], geometry: AnyArray) -> pd.DataFrame:
    """A table of points of interest or of buildings.

    Args:
        shapes: (n,) their ids and tags.
        geometry: (n,) Points, Polygons or MultiPolygons, EPSG:4326; those across the antimeridian
            go on beyond 180 degrees.

    Returns:
        The id, name, category, text, lon, lat (of the centroid, or where that lies outside, of a
        point within), area_m2 (NaN for points), tags (JSON, keys sorted), geometry (cut at the
        antimeridian).

    Example:
        >>> shop = Shape("way/1", {"shop": "books", "name": "Folio"})
        >>> table = places_table([shop], np.array([shapely.box(0, 0, 0.001, 0.001)]))
        >>> table.loc[0, ["id", "name", "category", "text"]].tolist()
        ['way/1', 'Folio', 'shop=books', 'shop=books, name=Folio']
        >>> float(table.loc[0, "lon"]), float(table.loc[0, "area_m2"].round())
        (0.0005, 12309.0)
    """
    import geopandas as gpd

    tags = _texts(json.dumps(one.tags, sort_keys=True, ensure_ascii=False) for one in shapes)
    text, category = informative_text(tags)
    centres = np.asarray(shapely.centroid(geometry))
    outside = ~shapely.intersects(geometry, centres)
    centres[outside] = shapely.point_on_surface(geometry[outside])
    lon, lat = shapely.get_coordinates(centres).T
    geometry = cut(geometry)
    area = areas_km2(gpd.GeoSeries(geometry, crs=4326)).to_numpy() * 1e6
    return pd.DataFrame(
        {
            "id": _texts(one.id for one in shapes),
            "name": _texts(one.tags.get("name", "") for one in shapes),
            "category": category,
            "text": text,
            "lon": np.where(lon > HALF_TURN, wrapped(lon), lon),
            "lat": lat,
            "area_m2": np.where(shapely.get_dimensions(geometry) == 2, area, np.nan),
            "tags": tags,
            "geometry": geometry,
        }
    )


def _texts(texts: Iterable[str]) -> pd.Series:
    return pd.Series(list(texts), dtype=object)


def ways_table(roads: Sequence[Shape]) -> pd.DataFrame:
    """A table of roads.

    Args:
        roads: Ways with a line.

    Returns:
        way_id, name, category ("highway=residential"), length_m (on the ellipsoid), geometry
        (LineStrings; cut, where they cross the antimeridian).

    Example:
        >>> line = shapely.to_wkb(shapely.LineString([(0, 0), (0.01, 0)]), hex=True)
        >>> table = ways_table([Shape("way/7", {"highway": "path"}, line)])
        >>> table.loc[0, ["way_id", "category"]].tolist(), float(table.loc[0, "length_m"].round())
        (['way/7', 'highway=path'], 1113.0)
    """
    from pyproj import Geod

    lines = np.asarray(shapely.from_wkb([road.wkb for road in roads]), dtype=object)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    within = line[:-1] == line[1:]
    ends = np.hstack([xy[:-1], xy[1:]])[within]
    _, _, metres = Geod(ellps="WGS84").inv(*ends.T)
    return pd.DataFrame(
        {
            "way_id": _texts(road.id for road in roads),
            "name": _texts(road.tags.get("name", "") for road in roads),
            "category": _texts(f"highway={road.tags['highway']}" for road in roads),
            "length_m": np.bincount(line[:-1][within], weights=metres, minlength=len(lines)),
            "geometry": cut(lines),
        }
    )


def nearest_way(places: pd.DataFrame, ways: pd.DataFrame) -> pd.Series:
    """The id of the road nearest to each place, None if none is within :data:`NEAR_M`.

    Args:
        places: Columns lon and lat.
        ways: Columns way_id, category and geometry; those of the classes :data:`PATHS` are left
            aside.

    Returns:
        Ids, index of ``places``.
    """
    roads = ways[~ways["category"].str.removeprefix("highway=").isin(PATHS)]
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    nearest = nearest_lines(lon, lat, roads["geometry"].to_numpy(), NEAR_M)
    ids = roads["way_id"].reset_index(drop=True).reindex(nearest)
    return ids.astype(object).where(ids.notna(), None).set_axis(places.index)


def polygons_of_ways(ways: list[Shape]) -> tuple[AnyArray, BoolArray]:
    """The polygons of closed ways.

    A ring that crosses itself is repaired. A ring that has lost nodes, because the extract was
    cut, is kept where the rest of it is valid: to repair it would be to guess.

    Returns:
        (n,) Polygons, MultiPolygons, or None where there is no outline, across the antimeridian
        with longitudes beyond 180; (n,) whether it was repaired.

    Example:
        >>> bow_tie = shapely.to_wkb(shapely.LinearRing([(0, 0), (1, 1), (1, 0), (0, 1)]), hex=True)
        >>> polygons, repaired = polygons_of_ways([Shape("way/1", {}, bow_tie)])
        >>> polygons[0].area, repaired.tolist()
        (0.5, [True])
    """
    # From 179 to −179 degrees are two degrees: what crosses the antimeridian goes on beyond 180.
    lines = unwrapped(shapely.remove_repeated_points(shapely.from_wkb([way.wkb for way in ways])))
    polygons = np.full(len(ways), None, dtype=object)
    rings = np.flatnonzero(shapely.get_num_points(lines) >= RING)
    xy, ring = shapely.get_coordinates(lines[rings], return_index=True)
    polygons[rings] = shapely.polygons(shapely.linearrings(xy, indices=ring))
    complete = np.array([way.complete for way in ways], dtype=bool)
    polygons[~complete & ~shapely.is_valid(polygons)] = None
    return _valid(polygons)


def polygons_of_relations(relations: list[Shape], path: Path) -> tuple[AnyArray, BoolArray]:
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
    together = np.full(len(relations), shapely.MultiLineString(), dtype=object)
    for position, relation in enumerate(relations):
        ways = [way for way, role in relation.members if (role == "inner") == inner]
        parts = shapely.from_wkb([lines[way] for way in ways if way in lines])
        together[position] = shapely.MultiLineString([*parts])
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
    surface = shapely.get_dimensions(parts) == 2
    out = np.full(len(geometries), None, dtype=object)
    shapely.multipolygons(parts[surface], indices=owner[surface], out=out)
    return out


def repeated_outlines(polygons: AnyArray, relation: BoolArray, group: AnyArray) -> BoolArray:
    """Which ways repeat the outline of a relation: its outer way, with the same tags as it.

    Args:
        polygons: (n,) Polygons and MultiPolygons; what is a point or missing has no outline.
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
    keys = pd.MultiIndex.from_arrays([shapely.to_wkb(shells), np.asarray(group)[owner]])
    repeated = np.zeros(len(polygons), dtype=bool)
    ways = ~relation[owner]
    repeated[owner[ways][keys[ways].isin(keys[~ways])]] = True
    return repeated
