"""The map of the city as an OpenStreetMap extract."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from placeprint.errors import optional_import
from placeprint.files import replacing
from placeprint.simulation.city.city import City
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.city.tags import Tags, building_tags, place_tags, street_tags
from placeprint.typing import AnyArray, FloatArray, IntArray, PathLike

__all__ = ["write_osm"]

EDITED = datetime(2024, 3, 1, tzinfo=UTC)
CROSSED = 3
"""How many houses have two corners swapped, so that their outline crosses itself."""


@dataclass
class _Extract:
    """Nodes, ways and relations in the order of their numbers, which count from 1."""

    nodes: list[tuple[FloatArray, list[Tags]]] = field(default_factory=list)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], Tags]] = field(default_factory=list)
    count: int = 0

    def add_nodes(self, degrees: FloatArray, tags: list[Tags] | None = None) -> IntArray:
        """Add points (n, 2) and return their numbers (n,)."""
        self.nodes.append((degrees, tags or [{}] * len(degrees)))
        self.count += len(degrees)
        return np.arange(self.count - len(degrees), self.count) + 1

    def add_way(self, nodes: list[int], tags: Tags) -> int:
        """Add a line through nodes and return its number."""
        self.ways.append((nodes, tags))
        return len(self.ways)

    def add_relation(self, members: list[tuple[str, int, str]], tags: Tags) -> int:
        """Add a multipolygon and return its number."""
        self.relations.append((members, {"type": "multipolygon", **tags}))
        return len(self.relations)


def _add_areas(
    extract: _Extract, city: City, areas: AnyArray, tags: list[Tags], crossed: set[int]
) -> AnyArray:
    """Add polygons: as a closed way, or with a hole as a relation of two. (n,) their ids."""
    rings, owner = shapely.get_rings(areas, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    # The last point of a ring is its first again, and so is its node.
    last = np.append(ring[1:] != ring[:-1], True)
    numbers = extract.add_nodes(city.site.degrees(corners[~last]))
    starts = np.flatnonzero(np.append(True, np.diff(ring[~last]) > 0))
    lines: list[list[list[int]]] = [[] for _ in areas]
    for who, line in zip(owner.tolist(), np.split(numbers, starts[1:]), strict=True):
        lines[who].append([*line.tolist(), int(line[0])])
    ids = []
    for who, (of_one, tag) in enumerate(zip(lines, tags, strict=True)):
        if who in crossed:
            of_one[0][1], of_one[0][2] = of_one[0][2], of_one[0][1]
        if len(of_one) == 1:
            ids.append(f"way/{extract.add_way(of_one[0], tag)}")
            continue
        outer, inner = (extract.add_way(line, {}) for line in of_one)
        members = [("w", outer, "outer"), ("w", inner, "inner")]
        ids.append(f"relation/{extract.add_relation(members, tag)}")
    return np.array(ids, dtype=object)


def _drawn(city: City) -> tuple[_Extract, AnyArray, AnyArray]:
    extract = _Extract()
    junctions = extract.add_nodes(city.site.degrees(city.streets.nodes))
    for line, tags in zip(city.streets.lines, street_tags(city), strict=True):
        extract.add_way(junctions[line].tolist(), tags)
    values, tags_of = building_tags(city)
    houses = np.flatnonzero(city.buildings.function == FUNCTIONS.index("house"))
    crossed = set(houses[:: max(len(houses) // CROSSED, 1)][:CROSSED].tolist())
    ids = _add_areas(extract, city, city.buildings.polygons, tags_of, crossed)
    places = place_tags(city)
    flat = city.places.areas != np.array(None)
    points = np.flatnonzero(~flat).tolist()
    degrees = city.site.degrees(city.places.points[~flat])
    extract.add_nodes(degrees, [places[number] for number in points])
    grounds = [places[number] for number in np.flatnonzero(flat).tolist()]
    _add_areas(extract, city, city.places.areas[flat], grounds, set())
    # An extract is cut somewhere: one building whose third corner was left behind.
    corner = city.streets.radius * 1.35 + np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 9.0]])
    one, two, three = extract.add_nodes(city.site.degrees(corner)).tolist()
    extract.add_way([one, two, extract.count + 1, three, one], {"building": "yes"})
    return extract, ids, values


def write_osm(path: PathLike, city: City) -> tuple[AnyArray, AnyArray]:
    """Write streets, buildings and places as ``.osm.pbf``, atomically, always the same bytes.

    Streets that meet share a node; buildings with a courtyard are multipolygon relations. Three
    houses cross themselves and one way lacks a node, on purpose.

    Args:
        path: Where to.
        city: The city.

    Returns:
        (b,) ids of the buildings, "way/12" or "relation/3"; (b,) the value of ``building``.

    Raises:
        MissingExtraError: If osmium is not installed.
    """
    osmium = optional_import("osmium", "osm")
    extract, ids, values = _drawn(city)
    header = osmium.io.Header()
    header.set("generator", "placeprint simulate")
    mutable = osmium.osm.mutable
    common: dict[str, Any] = {"version": 1, "timestamp": EDITED}
    with replacing(path) as temporary:
        target = osmium.io.File(str(temporary), "osm.pbf")
        with osmium.SimpleWriter(target, header=header, overwrite=True) as writer:
            number = 0
            for degrees, tags in extract.nodes:
                for place, tag in zip(degrees.tolist(), tags, strict=True):
                    number += 1
                    writer.add_node(mutable.Node(id=number, location=place, tags=tag, **common))
            for number, (nodes, tag) in enumerate(extract.ways, start=1):
                writer.add_way(mutable.Way(id=number, nodes=nodes, tags=tag, **common))
            for number, (members, tag) in enumerate(extract.relations, start=1):
                relation = mutable.Relation(id=number, members=members, tags=tag, **common)
                writer.add_relation(relation)
    return ids, values
