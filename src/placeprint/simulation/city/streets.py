"""The street network: a motorway around, arterials through, and smaller streets between."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import shapely

from placeprint.simulation.city.partition import Partition
from placeprint.simulation.city.site import Site
from placeprint.simulation.names import FAMILIES
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["HALF_WIDTHS", "Streets", "lay_streets"]

BLOCK_M2 = 16_000.0
SMALLEST_M2 = 6_500.0
SIDES = 4
TRIES = 12
PRIMARY_SHARE, SECONDARY_SHARE = 0.03, 0.18
HALF_WIDTHS = {"motorway": 9.0, "primary": 7.0, "secondary": 5.5, "residential": 4.0}
"""Half the width of each class of road in metres."""

KINDS = np.array(["Street", "Lane", "Way", "Row", "Close", "Walk", "Rise"], dtype=object)


@dataclass(frozen=True)
class Streets:
    """The streets and the blocks that they bound.

    Attributes:
        nodes: (v, 2) metres; streets that meet share nodes.
        lines: For each of the s streets, the positions of its nodes.
        kinds: (s,) the value of its ``highway`` tag.
        names: (s,).
        blocks: (n,) shapely Polygons in metres, without holes; they touch along streets.
        radius: The mean radius of the city, m.
    """

    nodes: FloatArray
    lines: tuple[IntArray, ...]
    kinds: AnyArray
    names: AnyArray
    blocks: AnyArray
    radius: float

    def geometries(self) -> AnyArray:
        """The streets as (s,) shapely LineStrings in metres."""
        owners = np.repeat(np.arange(len(self.lines)), [len(line) for line in self.lines])
        return np.asarray(
            shapely.linestrings(self.nodes[np.concatenate(self.lines)], indices=owners)
        )


def _outline(radius: float, rng: np.random.Generator) -> FloatArray:
    """An irregular closed curve of 48 corners that holds as much as a circle of the radius."""
    angle = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    order = np.arange(2, 7)
    waves = np.cos(np.outer(angle, order) + rng.uniform(0.0, 2.0 * np.pi, len(order)))
    reach = np.exp(waves @ (0.16 / order))
    corners = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    area = shapely.area(shapely.Polygon(corners))
    return np.asarray(corners * radius * np.sqrt(np.pi / area))


def _divided(blocks: int, radius: float, rng: np.random.Generator) -> tuple[Partition, AnyArray]:
    """Cut the largest face, measured by what is wanted there, until there are enough."""
    partition = Partition(_outline(radius, rng), SIDES)
    queue: list[tuple[float, int, list[int]]] = []
    finished: list[list[int]] = []

    def offer(ring: list[int]) -> None:
        polygon = partition.polygon(ring)
        place = polygon.centroid
        central = 0.55 + 0.9 * float(np.hypot(place.x, place.y)) / radius
        wanted = central * float(np.exp(0.35 * rng.normal()))
        heapq.heappush(queue, (-polygon.area / wanted, int(rng.integers(2**62)), ring))

    offer([*range(len(partition.nodes))])
    while queue and len(queue) + len(finished) < blocks:
        ring = partition.face(heapq.heappop(queue)[2])
        corners = np.asarray(shapely.oriented_envelope(partition.polygon(ring)).exterior.coords)
        sides = np.diff(corners, axis=0)[:2]
        lengths = np.linalg.norm(sides, axis=1)
        middle = corners[:4].mean(axis=0)
        long, across = (sides[side] / lengths[side] for side in np.argsort(-lengths))
        for _ in range(TRIES):
            turn = 0.14 * rng.normal()
            along = across * np.cos(turn) + long * np.sin(turn)
            point = middle + long * lengths.max() * 0.09 * rng.normal()
            bend = float(np.clip(0.05 * rng.normal(), -0.1, 0.1))
            halves = partition.cut(ring, point, along, bend, SMALLEST_M2)
            if halves is not None:
                offer(halves[0])
                offer(halves[1])
                break
        else:
            finished.append(ring)
    rings = [*finished, *(ring for _, _, ring in sorted(queue))]
    polygons = [partition.polygon(partition.face(ring)) for ring in rings]
    return partition, np.array(polygons, dtype=object)


def _names(kinds: AnyArray, town: str, rng: np.random.Generator) -> AnyArray:
    """Rings and avenues for the large streets, seven other words for the rest; few repeat."""
    words = np.add.outer(FAMILIES, " " + KINDS).ravel()
    drawn = np.resize(rng.permutation(words), len(kinds))
    avenues = np.resize(rng.permutation(FAMILIES), len(kinds)) + " Avenue"
    large = np.isin(kinds, ["primary", "secondary"])
    names = np.where(large, avenues, drawn)
    names[kinds == "motorway"] = [
        f"{town} Ring {side}" for side in ("East", "North", "West", "South")
    ]
    return np.asarray(names)


def lay_streets(site: Site, blocks: int, seed: int) -> Streets:
    """Lay out a city of about 1.6 ha a block.

    An irregular outline, a motorway, is cut again and again: always the face that is largest
    for its place, across its longer side, somewhat aside, askew and bent. Blocks are smaller
    towards the centre (0.55 + 0.9 r/R of the mean, times e^(0.35 ε)), at least 0.65 ha. The first
    3 % of the cuts are primary roads, the next 15 % secondary ones, the rest residential.

    Args:
        site: Where the city lies.
        blocks: How many blocks.
        seed: The city's seed.

    Example:
        >>> from placeprint.simulation.city.site import site_of
        >>> streets = lay_streets(site_of(0), 60, seed=0)
        >>> len(streets.blocks)
        60
    """
    rng = stream(seed, "city streets")
    radius = float(np.sqrt(blocks * BLOCK_M2 / np.pi))
    partition, polygons = _divided(blocks, radius, rng)
    count = len(partition.lines)
    rank = np.maximum(np.arange(count) - SIDES, 0) / blocks
    kinds = np.array(["primary", "secondary", "residential"], dtype=object)[
        np.digitize(rank, [max(PRIMARY_SHARE, 2.5 / blocks), SECONDARY_SHARE])
    ]
    kinds[:SIDES] = "motorway"
    return Streets(
        nodes=np.array(partition.nodes),
        lines=tuple(np.array(line) for line in partition.lines),
        kinds=kinds,
        names=_names(kinds, site.name, rng),
        blocks=polygons,
        radius=radius,
    )
