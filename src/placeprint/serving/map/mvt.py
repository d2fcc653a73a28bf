"""Polygons as a vector tile, all at once: a tile is one long row of whole numbers, written short.

A Mapbox vector tile is a protocol buffer. Its tags, lengths, ids and drawing commands are all
varints: 7 bits a byte, the eighth says that more follow. So the features of a tile are laid out
as one array of whole numbers, which is turned into bytes by a handful of array operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["EXTENT", "encode_tile"]

EXTENT: Final = 4096
"""Units along the side of a tile."""

_MOVE_TO: Final = 9
_LINE_TO: Final = 2
_CLOSE: Final = 15
_SMALL_VARINT: Final = 7


def encode_tile(
    layer: str,
    ids: IntArray,
    shapes: AnyArray,
    attributes: Mapping[str, Sequence[str | None] | FloatArray] | None = None,
) -> bytes:
    """A vector tile of one layer of polygons.

    Rings that vanish on the grid are left out, and polygons with them.

    Args:
        layer: The name of the layer.
        ids: (n,) positive whole numbers.
        shapes: (n,) shapely polygons in units of the tile, from its upper left corner.
        attributes: Columns of n texts or numbers; None and NaN are left out.

    Returns:
        The bytes; none if nothing is to be seen.

    Source:
        Mapbox Vector Tile Specification 2.1, sections 4.3 (geometry) and 4.4 (attributes).

    Example:
        >>> len(encode_tile("regions", np.array([7]), np.array([shapely.box(0, 0, 100, 100)])))
        39
    """
    points, ring, feature = _rings(shapes)
    if not len(points):
        return b""
    commands, sizes = _commands(points, ring, feature)
    drawn = np.unique(feature)
    keys, values, tags = _attributes(attributes or {}, drawn)
    body = _features(ids[drawn], tags, commands, sizes)
    head = _message(1, layer.encode()) + body
    head += b"".join(_message(3, key.encode()) for key in keys) + values
    head += _varints(np.array([5 << 3, EXTENT, 15 << 3, 2]))
    return _message(3, head)


def _rings(shapes: AnyArray) -> tuple[IntArray, IntArray, IntArray]:
    """The points of all rings that are seen, (p, 2), the ring of each, the feature of each ring.

    Outer rings go clockwise as seen, y pointing down, holes the other way.
    """
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    flat = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    polygons, owner = polygons[flat], owner[flat]
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(xy).astype(np.int64)
    # A point like the one before it in its ring is left out; the last is the first.
    kept = np.append((ring[1:] != ring[:-1]) | (points[1:] != points[:-1]).any(axis=1), True)
    last = np.append(ring[1:] != ring[:-1], True) if len(ring) else kept[:0]
    points, ring = points[kept[: len(points)] & ~last], ring[kept[: len(points)] & ~last]
    area, outer = _areas(points, ring, len(rings)), np.ones(len(rings), dtype=bool)
    outer[1:] = polygon[1:] != polygon[:-1]
    seen = area != 0
    seen &= seen[np.flatnonzero(outer)[np.cumsum(outer) - 1]] if len(rings) else seen
    points, ring = points[seen[ring]], ring[seen[ring]]
    turned = (area > 0) != outer
    points = points[_turned(ring, turned)]
    numbers, ring = np.unique(ring, return_inverse=True)
    return points, ring, owner[polygon[numbers]]


def _areas(points: IntArray, ring: IntArray, n: int) -> IntArray:
    """Twice the signed area of each ring, positive if it goes clockwise with y pointing down."""
    if not len(points):
        return np.zeros(n, dtype=np.int64)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    following = np.arange(1, len(points) + 1)
    following[np.append(first[1:], len(points)) - 1] = first
    after = points[following]
    cross = points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]
    areas = np.zeros(n, dtype=np.int64)
    areas[ring[first]] = np.add.reduceat(cross, first)
    return areas


def _turned(ring: IntArray, turned: AnyArray) -> IntArray:
    """The order of points that turns some rings round."""
    counts = np.bincount(ring, minlength=len(turned))
    ends = np.cumsum(counts)
    at = np.arange(len(ring))
    start, end = (ends - counts)[ring], ends[ring] - 1
    return np.where(turned[ring], start + end - at, at)


def _commands(points: IntArray, ring: IntArray, feature: IntArray) -> tuple[IntArray, IntArray]:
    """The drawing commands of all features, and how many numbers each feature has."""
    starts = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    counts = np.diff(np.append(starts, len(points)))
    steps = np.diff(points, axis=0, prepend=0)
    new = np.append(True, feature[1:] != feature[:-1])
    steps[starts[new]] = points[starts[new]]
    zigzag = (steps << 1) ^ (steps >> 63)
    size = 2 * counts + 3
    at = np.cumsum(size) - size
    numbers = np.empty(size.sum(), dtype=np.int64)
    numbers[at] = _MOVE_TO
    numbers[at + 3] = ((counts - 1) << 3) | _LINE_TO
    numbers[at + size - 1] = _CLOSE
    within = np.arange(len(points)) - starts[ring]
    # The first point follows the first command, the others the second.
    place = at[ring] + 1 + 2 * within + (within > 0)
    numbers[place], numbers[place + 1] = zigzag.T
    return numbers, np.add.reduceat(size, np.flatnonzero(new))


def _features(ids: IntArray, tags: IntArray, commands: IntArray, sizes: IntArray) -> bytes:
    """The features as bytes.

    Args:
        ids: (f,)
        tags: (f, t) numbers of keys and values, −1 for those that are left out.
        commands: The numbers that draw all of them.
        sizes: (f,) how many of these each has.
    """
    ends = np.cumsum(sizes)
    drawing = np.add.reduceat(_lengths(commands), ends - sizes)
    used = tags >= 0
    tag_bytes = np.where(used, _lengths(tags), 0).sum(axis=1)
    tagged = bool(tags.shape[1])
    # field 1: id; field 2: tags, if there are any; field 3: type, polygon; field 4: the drawing
    columns = [np.full(len(ids), 1 << 3), ids]
    if tagged:
        columns += [np.full(len(ids), (2 << 3) | 2), tag_bytes, *tags.T]
    columns += [np.full(len(ids), 3 << 3), np.full(len(ids), 3)]
    columns += [np.full(len(ids), (4 << 3) | 2), drawing]
    head = np.column_stack(columns)
    length = np.where(head >= 0, _lengths(head), 0).sum(axis=1) + drawing
    head = np.column_stack([np.full(len(ids), (2 << 3) | 2), length, head])
    kept = head >= 0
    width = kept.sum(axis=1)
    at = np.cumsum(width + sizes) - width - sizes
    numbers = np.empty((width + sizes).sum(), dtype=np.int64)
    row = np.repeat(np.arange(len(ids)), width)
    numbers[at[row] + np.arange(len(row)) - (np.cumsum(width) - width)[row]] = head[kept]
    row = np.repeat(np.arange(len(ids)), sizes)
    numbers[(at + width)[row] + np.arange(len(row)) - (ends - sizes)[row]] = commands
    return _varints(numbers)


def _attributes(
    columns: Mapping[str, Sequence[str | None] | FloatArray], rows: IntArray
) -> tuple[list[str], bytes, IntArray]:
    """The names of the columns, the table of their values, and the tags of each row."""
    tables: list[bytes] = []
    tags = np.full((len(rows), 2 * len(columns)), -1, dtype=np.int64)
    before = 0
    for key, (_, column) in enumerate(columns.items()):
        chosen = np.asarray(column)[rows]
        numeric = chosen.dtype.kind == "f"
        known = ~np.isnan(chosen) if numeric else np.array([each is not None for each in chosen])
        found, code = np.unique(chosen[known], return_inverse=True)
        if numeric:
            tables += [_message(4, b"\x19" + value.tobytes()) for value in found.astype("<f8")]
        else:
            tables += [_message(4, _message(1, str(text).encode())) for text in found]
        tags[known, 2 * key] = key
        tags[known, 2 * key + 1] = before + code
        before += len(found)
    return list(columns), b"".join(tables), tags


def _message(field: int, content: bytes) -> bytes:
    """A field that holds bytes."""
    return _varints(np.array([(field << 3) | 2, len(content)])) + content


def _lengths(numbers: IntArray) -> IntArray:
    """How many bytes each number takes as a varint."""
    size = np.ones(numbers.shape, dtype=np.int64)
    rest = numbers >> _SMALL_VARINT
    while (rest > 0).any():
        size += rest > 0
        rest = rest >> _SMALL_VARINT
    return size


def _varints(numbers: IntArray) -> bytes:
    """Numbers, 0 or more, as varints one after the other.

    Example:
        >>> _varints(np.array([1, 300])).hex()
        '01ac02'
    """
    size = _lengths(numbers)
    ends = np.cumsum(size)
    written = np.empty(ends[-1] if len(ends) else 0, dtype=np.uint8)
    for byte in range(int(size.max(initial=0))):
        has = size > byte
        bits = (numbers[has] >> (_SMALL_VARINT * byte)) & 0x7F
        more = (size[has] > byte + 1).astype(np.int64) << _SMALL_VARINT
        written[ends[has] - size[has] + byte] = bits | more
    return written.tobytes()
