"""From an OpenStreetMap extract to the objects in it that matter, with their raw outlines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import shapely

from placeprint.errors import InputError, optional_import
from placeprint.sources.osm.vocabulary import (
    FUNCTIONAL_KEYS,
    SILENT_VALUES,
    is_building,
    is_road,
)
from placeprint.typing import PathLike

__all__ = ["Extract", "Shape", "member_lines", "read_extract"]

KEYS: Final = ("highway", "building", *FUNCTIONAL_KEYS)

_KINDS: Final = {"n": "nodes", "w": "ways", "r": "relations"}


@dataclass
class Shape:
    """An object and the hexadecimal WKB of its point, line or area.

    Attributes:
        number: Its OpenStreetMap number.
        tags: All its tags.
        wkb: A Point for a node, a LineString for a way, a MultiPolygon for a relation; None where
            it could not be made.
        complete: Whether all its nodes are in the extract.
        members: Of a relation: the numbers of its ways by role.
    """

    number: int
    tags: dict[str, str]
    wkb: str | None
    complete: bool = True
    members: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Extract:
    """The objects of an extract that carry one of the keys of interest.

    Attributes:
        nodes: POIs, points.
        ways: Closed ways that are buildings or POIs, their rings.
        relations: Multipolygons that are buildings or POIs.
        roads: Ways that are roads, lines.
        read: How many objects with one of the keys were read: nodes, ways, relations.
        left_out: How many of these are of no use, by reason.
        last_edit: The latest time at which one of them was edited, None if the file has no times.
    """

    nodes: list[Shape] = field(default_factory=list)
    ways: list[Shape] = field(default_factory=list)
    relations: list[Shape] = field(default_factory=list)
    roads: list[Shape] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KINDS.values(), 0))
    left_out: dict[str, int] = field(default_factory=dict)
    last_edit: datetime | None = None

    def leave_out(self, reason: str) -> None:
        """Count an object that is of no use."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def read_extract(path: PathLike) -> Extract:
    """Read the objects of interest from an extract.

    Args:
        path: A file that osmium reads: ``.osm.pbf``, ``.osm``, ``.osm.bz2``, …

    Raises:
        InputError: If the file is missing, damaged, or no OpenStreetMap file.
        MissingExtraError: If osmium is not installed.
    """
    osmium = optional_import("osmium", "osm")
    keys = osmium.filter.KeyFilter(*KEYS)
    factory = osmium.geom.WKBFactory()
    extract = Extract()
    areas: dict[int, str | None] = {}
    processor = _processor(osmium, path).with_areas(keys).with_filter(keys)
    for thing in _objects(processor, path):
        kind = thing.type_str()
        if kind == "a":
            if not thing.from_way() and thing.num_rings()[0]:
                areas[thing.orig_id()] = factory.create_multipolygon(thing)
            continue
        extract.read[_KINDS[kind]] += 1
        edited = thing.timestamp
        if edited.year > 1970:  # what osmium makes of a file without times
            extract.last_edit = max(edited, extract.last_edit or edited)
        tags = dict(thing.tags)
        if kind == "n":
            _take_node(extract, thing, tags, factory)
        elif kind == "w":
            _take_way(extract, thing, tags, osmium, factory)
        else:
            _take_relation(extract, thing, tags)
    for relation in extract.relations:
        relation.wkb = areas.get(relation.number)
    return extract


def member_lines(path: PathLike, ways: set[int]) -> dict[int, str]:
    """The lines of given ways, whatever their tags, as hexadecimal WKB; nodes missing skipped."""
    osmium = optional_import("osmium", "osm")
    factory = osmium.geom.WKBFactory()
    # An identity filter cannot tell kinds apart, so nodes of the same number come through as well.
    processor = _processor(osmium, path).with_locations()
    processor = processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    processor = processor.with_filter(osmium.filter.IdFilter(ways))
    lines = ((way.id, _line(way, osmium, factory)[0]) for way in _objects(processor, path))
    return {number: line for number, line in lines if line is not None}


def _processor(osmium: ModuleType, path: PathLike) -> Any:
    source = Path(path)
    if not source.is_file():
        raise InputError("there is no such file", source=source, hint="check the path")
    return osmium.FileProcessor(str(source))


def _objects(processor: Any, path: PathLike) -> Iterator[Any]:
    """The objects of a file; what osmium says of a damaged one, as an error that helps."""
    objects = iter(processor)
    while True:
        try:
            thing = next(objects)
        except StopIteration:
            return
        except (RuntimeError, OSError) as error:
            raise InputError(
                f"cannot be read as an OpenStreetMap extract, it is of another kind or truncated "
                f"({error})",
                source=path,
                hint="download it again; its name should end in .osm.pbf",
            ) from None
        yield thing


def _is_functional(tags: dict[str, str]) -> bool:
    return any(tags.get(key, "no").lower() not in SILENT_VALUES for key in FUNCTIONAL_KEYS)


def _take_node(extract: Extract, node: Any, tags: dict[str, str], factory: Any) -> None:
    if is_building(tags):
        extract.leave_out("buildings drawn as a point")
    elif _is_functional(tags):
        extract.nodes.append(Shape(node.id, tags, factory.create_point(node)))


def _take_way(
    extract: Extract, way: Any, tags: dict[str, str], osmium: ModuleType, factory: Any
) -> None:
    building = is_building(tags)
    road = is_road(tags) and not building
    if not (building or road or _is_functional(tags)):
        return
    if not road and (not way.is_closed() or tags.get("area") == "no"):
        extract.leave_out("buildings or places drawn as an open line")
        return
    line, complete = _line(way, osmium, factory)
    shape = Shape(way.id, tags, line, complete)
    (extract.roads if road else extract.ways).append(shape)


def _take_relation(extract: Extract, relation: Any, tags: dict[str, str]) -> None:
    if not (is_building(tags) or _is_functional(tags)):
        return
    if tags.get("type") not in {"multipolygon", "boundary"}:
        extract.leave_out("relations that are no multipolygon")
        return
    members = [(member.ref, member.role) for member in relation.members if member.type == "w"]
    extract.relations.append(Shape(relation.id, tags, None, members=members))


def _line(way: Any, osmium: ModuleType, factory: Any) -> tuple[str | None, bool]:
    """The line of a way through the nodes that are there; and whether all are.

    It is closed if the way is.
    """
    if len(way.nodes) < 2:  # some tools take the nodes that they cut out of the way, too
        return None, False
    try:
        # All nodes: the factory would silently skip missing ones if asked for unique ones.
        return factory.create_linestring(way, osmium.geom.use_nodes.ALL), True
    except osmium.InvalidLocationError:
        points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if way.is_closed() and points and points[0] != points[-1]:
        points.append(points[0])
    if len(set(points)) < 2:
        return None, False
    return shapely.to_wkb(shapely.LineString(points), hex=True), False
