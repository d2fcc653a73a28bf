"""An OpenStreetMap extract as three tables: points of interest, buildings, ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.sources.osm.extract import Extract, Shape, read_extract
from placeprint.sources.osm.outlines import (
    polygons_of_relations,
    polygons_of_ways,
    repeated_outlines,
)
from placeprint.sources.osm.tables import nearest_way, places_table, ways_table
from placeprint.sources.osm.vocabulary import is_building, main_tag
from placeprint.typing import AnyArray, PathLike

__all__ = ["ATTRIBUTION", "OSMData", "read_osm"]

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"
"""What everything made of OpenStreetMap data must say."""


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
            outlines repaired, outlines that repeat a relation's; objects ``left_out``, by reason;
            the last edit; the attribution.
    """

    pois: pd.DataFrame
    buildings: pd.DataFrame
    ways: pd.DataFrame
    account: dict[str, object]


def read_osm(path: PathLike) -> OSMData:
    """Read points of interest, buildings and roads from an extract, such as ``city.osm.pbf``.

    POIs are nodes, closed ways and multipolygons with a functional tag (see
    :data:`~placeprint.sources.osm.vocabulary.FUNCTIONAL_KEYS`) of which something informative is
    left once redundant tags are taken away; what carries ``building=*`` is a building and nothing
    else; ``highway=*`` lines are roads. Where the extract was cut without completing its ways,
    nodes that are missing are skipped: a road stays if two points are left, a polygon if it is
    valid still. The outer way of a relation that is tagged as the relation is counts once.

    Args:
        path: A file that osmium reads: ``.osm.pbf``, ``.osm``, ``.osm.bz2``, …

    Returns:
        The tables, in EPSG:4326, and the account.

    Raises:
        InputError: If the file is missing, damaged, no OpenStreetMap file, or holds nothing of
            use.
        MissingExtraError: If osmium is not installed.

    Source:
        UrbanMFM, data: POIs with tags and polygons, ways with tags and lengths.
    """
    extract = read_extract(path)
    account: dict[str, object] = {"read": extract.read}
    shapes, relation, geometry = _outlined(extract, path, account)
    building = np.array([is_building(shape.tags) for shape in shapes], dtype=bool)
    group = [
        "building" if is_it else main_tag(shape.tags)
        for is_it, shape in zip(building, shapes, strict=True)
    ]
    repeated = repeated_outlines(geometry, relation, np.array(group, dtype=object))
    ids = [
        f"{'relation' if is_it else 'way'}/{shape.number}"
        for is_it, shape in zip(relation, shapes, strict=True)
    ]
    kept = np.flatnonzero(building & ~repeated)
    buildings = _places("building_id", ids, shapes, geometry, kept)
    kept = np.flatnonzero(~building & ~repeated)
    pois = pd.concat(
        [_points(extract.nodes), _places("poi_id", ids, shapes, geometry, kept)],
        ignore_index=True,
    )
    silent = pois["text"] == ""
    pois = pois[~silent].reset_index(drop=True)
    drawn = [road for road in extract.roads if road.wkb is not None]
    ways = ways_table(sorted(drawn, key=_number))
    if pois.empty and buildings.empty and ways.empty:
        raise InputError(
            "it holds no points of interest, no buildings and no roads",
            source=path,
            hint="check the area and the filters that the extract was cut with",
        )
    account |= {
        "pois": len(pois),
        "buildings": len(buildings),
        "ways": len(ways),
        "incomplete_roads": sum(not road.complete for road in extract.roads),
        "dropped_roads": len(extract.roads) - len(drawn),
        "repeated_outlines": int(repeated.sum()),
        "left_out": {**extract.left_out, "without informative tags": int(silent.sum())},
        "last_edit": extract.last_edit.isoformat() if extract.last_edit else None,
        "attribution": ATTRIBUTION,
    }
    for table in (pois, buildings):
        table["way_id"] = nearest_way(table, ways)
    return OSMData(pois, buildings, ways, account)


def _number(shape: Shape) -> int:
    return shape.number


def _outlined(
    extract: Extract, path: PathLike, account: dict[str, object]
) -> tuple[list[Shape], AnyArray, AnyArray]:
    """The ways and relations that have an outline: shapes, whether relations, polygons."""
    ways = sorted(extract.ways, key=_number)
    relations = sorted(extract.relations, key=_number)
    shapes = [*ways, *relations]
    relation = np.arange(len(shapes)) >= len(ways)
    of_ways, ways_repaired = polygons_of_ways(ways)
    of_relations, relations_repaired = polygons_of_relations(relations, path)
    geometry = np.concatenate([of_ways, of_relations])
    there = ~shapely.is_missing(geometry)
    account |= {
        "incomplete_outlines": sum(not way.complete for way in ways),
        "repaired_outlines": int(ways_repaired.sum() + relations_repaired.sum()),
        "dropped_outlines": int((~there).sum()),
    }
    kept = [shapes[position] for position in np.flatnonzero(there)]
    return kept, relation[there], geometry[there]


def _points(nodes: list[Shape]) -> pd.DataFrame:
    nodes = sorted(nodes, key=_number)
    points = np.asarray(shapely.from_wkb([node.wkb for node in nodes]), dtype=object)
    ids = [f"node/{node.number}" for node in nodes]
    return places_table("poi_id", ids, [node.tags for node in nodes], points)


def _places(
    id_column: str, ids: list[str], shapes: list[Shape], geometry: AnyArray, kept: AnyArray
) -> pd.DataFrame:
    tags = [shapes[position].tags for position in kept]
    return places_table(id_column, [ids[position] for position in kept], tags, geometry[kept])
