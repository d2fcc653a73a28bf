"""From an OpenStreetMap file, as found, to the objects in it that matter, with raw outlines."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import shapely

from placeprint.errors import InputError, optional_import
from placeprint.files import what_is
from placeprint.sources.osm.tags import FUNCTIONAL_KEYS, is_building, is_road, use_of
from placeprint.typing import PathLike

__all__ = ["Extract", "Shape", "in_order", "member_lines", "read_extract"]

KEYS: Final = ("highway", "building", *FUNCTIONAL_KEYS)

KINDS: Final = ("node", "way", "relation")
"""The kinds of objects, in the order in which they come in a file."""

UNPACKING: Final = suppress(OSError, EOFError, zlib.error)
"""Damaged archives are left to osmium, which says what is wrong with them."""

CHANGES: Final = rb"<osmChange|\A\xff\xe0\x04o5c"
SORT: Final = "osmium sort {} -o sorted.osm.pbf"
AGAIN: Final = "download it again, whole; .osm.pbf, .o5m or .osm (of Overpass: [out:xml])"
RENUMBER: Final = f"{SORT}, and then osmium renumber sorted.osm.pbf -o renumbered.osm.pbf"

ELEMENT: Final = re.compile(rb"<(?:node|nd|way|relation)\b[^>]*>")
DELETED: Final = re.compile(rb"""\saction=["']delete["']""")
NUMBER: Final = rb"-?(?:0*[01]?\d?\d(?:\.\d*)?|\.\d+)(?:[eE]-\d+)?"
DEGREES: Final = re.compile(rb"""\s(?:lon|lat)=(["'])(?!%s\1).*?\1""" % NUMBER)
"""A longitude or latitude that osmium cannot read: it would refuse the whole file."""


@dataclass
class Shape:
    """An object and the hexadecimal WKB of its point, line or area.

    Attributes:
        id: Such as "way/7".
        tags: All its tags.
        wkb: A Point for a node, a LineString for a way, a MultiPolygon for a relation; None where
            it could not be made.
        complete: Whether all its nodes are in the extract.
        members: Of a relation: the numbers of its ways, and their roles.
    """

    id: str
    tags: dict[str, str]
    wkb: str | None = None
    complete: bool = True
    members: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Extract:
    """The objects of an extract that carry one of the keys of interest, each kind by number.

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
    read: Counter[str] = field(default_factory=lambda: Counter(nodes=0, ways=0, relations=0))
    left_out: Counter[str] = field(default_factory=Counter)
    last_edit: datetime | None = None


@contextmanager
def in_order(path: PathLike) -> Iterator[tuple[Path, Counter[str]]]:
    """A file in which each object is there once and in order, as osmium must have it.

    Objects that were deleted, and all but the latest version of the others, are left out. The file
    is read as a stream; where something is left out, the rest is written to a file that lives as
    long as the context.

    Args:
        path: A file that osmium reads: ``.osm.pbf``, ``.osm``, ``.osm.bz2``, …

    Yields:
        The file, and how many objects were left out, by reason.

    Raises:
        InputError: If the file is missing, damaged, no OpenStreetMap file, not in order, or has ids
            that are not positive.
        MissingExtraError: If osmium is not installed.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError("there is no such file", source=source, hint="check the path")
    head = b""
    with UNPACKING, _opened(source) as stream:
        head = stream.read(1000)
    if re.search(CHANGES, head):
        problem = "cannot be read as an OpenStreetMap extract, it is changes to a map"
        raise InputError(problem, source=source, hint="apply them: osmium apply-changes")
    with TemporaryDirectory() as folder:
        file = _legible(source, Path(folder)) if b"<osm" in head else source
        yield _each_once(file, source, Path(folder))


def _opened(path: Path) -> Any:
    """The content of a file, compressed or not, as a stream of bytes."""
    with path.open("rb") as file:
        magic = file.read(3)
    openers: dict[bytes, Any] = {b"BZh": bz2.open, b"\x1f\x8b\x08": gzip.open}
    return openers.get(magic, Path.open)(path, "rb")


def _legible(source: Path, folder: Path) -> Path:
    """XML without positions that are no numbers, and with what JOSM deletes marked as deleted."""
    illegible = False
    with UNPACKING, _opened(source) as lines:
        illegible = any(DEGREES.search(line) or DELETED.search(line) for line in lines)
    if not illegible:
        return source
    target = folder / "legible.osm"
    with UNPACKING, _opened(source) as lines, target.open("wb") as file:
        file.writelines(ELEMENT.sub(_mended, line) for line in lines)
    return target


def _mended(element: re.Match[bytes]) -> bytes:
    text = DEGREES.sub(b"", element[0])
    if not DELETED.search(text):
        return text
    return DELETED.sub(b' visible="false"', text.replace(b" visible=", b" was="))


def _each_once(file: Path, source: Path, folder: Path) -> tuple[Path, Counter[str]]:
    """The latest version of each object that is not deleted; how many others there are."""
    osmium = optional_import("osmium", "osm")
    older, left_out, deleted = osmium.index.IdSet(), Counter[str](), False
    last, newest = (0, 0), (0, 0)
    for place, thing in enumerate(_objects(file, source)):
        key, this = ("nwr".index(thing.type_str()), thing.id), (thing.version, place)
        deleted |= thing.deleted
        if key[1] <= 0:
            problem = f"ids are negative or 0, as of maps that were never uploaded: {_id(*key)}"
            raise InputError(problem, source=source, hint=RENUMBER.format(source.name))
        if key > last:
            last, newest = key, this
        elif key == last:
            left_out["older versions" if this[0] != newest[0] else "objects twice"] += 1
            older.set(min(this, newest)[1])
            newest = max(this, newest)
        elif key[0] or thing.deleted or thing.location.valid():
            problem = f"its objects are not in order, {_id(*last)} comes before {_id(*key)}"
            raise InputError(problem, source=source, hint=SORT.format(source.name))
    if left_out or deleted:
        found, file = file, folder / "each-once.osm.pbf"
        with osmium.SimpleWriter(str(file)) as writer:
            for place, thing in enumerate(_objects(found, source)):
                if thing.deleted and place not in older:
                    left_out["deleted objects"] += 1
                elif place not in older:
                    writer.add(thing)
    return file, left_out


def _id(rank: int, number: int) -> str:
    return f"{KINDS[rank]}/{number}"


def _objects(file: Path, source: Path) -> Iterator[Any]:
    """The objects of a file; what osmium says of a damaged one, as an error that helps."""
    osmium = optional_import("osmium", "osm")
    try:
        yield from osmium.FileProcessor(str(file), osmium.osm.OBJECT)
    except (RuntimeError, OSError, ValueError, osmium.InvalidLocationError) as error:
        kind = what_is(source)
        whole = "OpenStreetMap" in kind
        found = f"it may break off ({error})" if whole else f"it is {kind} ({error})"
        problem = f"cannot be read as an OpenStreetMap extract, {found}"
        raise InputError(problem, source=source, hint=AGAIN) from None


def read_extract(path: Path) -> Extract:
    """Read the objects of interest from an extract in which each object is there once, in order.

    Args:
        path: As :func:`in_order` gives it.
    """
    osmium = optional_import("osmium", "osm")
    keys = osmium.filter.KeyFilter(*KEYS)
    factory = osmium.geom.WKBFactory()
    extract = Extract()
    areas: dict[str, str] = {}
    things = osmium.FileProcessor(str(path), osmium.osm.OBJECT).with_areas(keys)
    for thing in things.with_filter(keys):
        kind = thing.type_str()
        if kind == "a":
            if not thing.from_way() and thing.num_rings()[0]:
                areas[f"relation/{thing.orig_id()}"] = factory.create_multipolygon(thing)
            continue
        name, tags = KINDS["nwr".index(kind)], dict(thing.tags)
        extract.read[f"{name}s"] += 1
        edited = thing.timestamp
        if edited.year > 1970:  # what osmium makes of a file without times
            extract.last_edit = max(edited, extract.last_edit or edited)
        shape, building = Shape(f"{name}/{thing.id}", tags), is_building(tags)
        road = kind == "w" and is_road(tags) and not building
        if not (building or road or use_of(tags)):
            continue
        if kind == "n" and (building or not thing.location.valid()):
            why = "buildings drawn as a point" if building else "nodes without a position"
            extract.left_out[why] += 1
        elif kind == "n":
            shape.wkb = factory.create_point(thing)
            extract.nodes.append(shape)
        elif kind == "w" and not road and (not thing.is_closed() or tags.get("area") == "no"):
            extract.left_out["buildings or places drawn as an open line"] += 1
        elif kind == "w":
            shape.wkb, shape.complete = _line(thing, osmium, factory)
            (extract.roads if road else extract.ways).append(shape)
        elif tags.get("type") not in {"multipolygon", "boundary"}:
            extract.left_out["relations that are no multipolygon"] += 1
        else:
            shape.members = [(one.ref, one.role) for one in thing.members if one.type == "w"]
            extract.relations.append(shape)
    for relation in extract.relations:
        relation.wkb = areas.get(relation.id)
    return extract


def member_lines(path: Path, ways: set[int]) -> dict[int, str]:
    """The lines of given ways, whatever their tags, as hexadecimal WKB; nodes missing skipped."""
    osmium = optional_import("osmium", "osm")
    factory = osmium.geom.WKBFactory()
    # An identity filter cannot tell kinds apart, so nodes of the same number come through as well.
    processor = osmium.FileProcessor(str(path)).with_locations()
    processor = processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    processor = processor.with_filter(osmium.filter.IdFilter(ways))
    return {way.id: line for way in processor if (line := _line(way, osmium, factory)[0])}


def _line(way: Any, osmium: Any, factory: Any) -> tuple[str | None, bool]:
    """The line of a way through the nodes that are there; and whether all are.

    It is closed if the way is.
    """
    if len(way.nodes) > 1:  # some tools take the nodes that they cut out of the way, too
        with suppress(osmium.InvalidLocationError):
            # All nodes: the factory would silently skip missing ones if asked for unique ones.
            return factory.create_linestring(way, osmium.geom.use_nodes.ALL), True
    points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if points and way.is_closed() and points[0] != points[-1]:
        points.append(points[0])
    if len(set(points)) < 2:
        return None, False
    return shapely.to_wkb(shapely.LineString(points), hex=True), False
