"""A planar partition that is refined face by face: an outline, cut by streets into blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from placeprint.typing import FloatArray, IntArray

__all__ = ["Partition"]

SNAP_M = 14.0


class Partition:
    """Nodes, the lines through them, and faces as rings of nodes.

    A cut ends on two edges of a face. The faces and lines on the other side of these edges learn
    of the new nodes through ``between``, so that lines that meet share a node exactly.

    Attributes:
        nodes: Points in metres.
        lines: For each line, the positions of its nodes.
    """

    def __init__(self, corners: FloatArray, sides: int) -> None:
        """Start from one face whose outline is made of ``sides`` lines."""
        self.nodes: list[FloatArray] = list(corners)
        self.lines: list[list[int]] = []
        self._between: dict[tuple[int, int], int] = {}
        self._line_of: dict[tuple[int, int], int] = {}
        ring = [*range(len(corners)), 0]
        ends = np.linspace(0, len(corners), sides + 1).astype(int)
        for first, last in pairwise(ends):
            self._add_line(ring[first : last + 1])

    def face(self, ring: Sequence[int]) -> list[int]:
        """A ring with the nodes that later lines have put on its edges."""
        whole: list[int] = []
        for first, last in zip(ring, [*ring[1:], ring[0]], strict=True):
            whole += [first, *self._fill(first, last)]
        return whole

    def polygon(self, ring: Sequence[int]) -> Any:
        """A ring as a shapely Polygon in metres."""
        return shapely.Polygon(np.array([self.nodes[node] for node in ring]))

    def cut(
        self,
        ring: Sequence[int],
        point: FloatArray,
        along: FloatArray,
        bend: float,
        smallest: float,
    ) -> tuple[list[int], list[int]] | None:
        """Cut a face by a line, if that leaves two simple faces that are large enough.

        Args:
            ring: A face without missing nodes, see :meth:`face`.
            point: (2,) where the line passes.
            along: (2,) its direction, a unit vector.
            bend: How far its middle stands aside, as a share of its length.
            smallest: The least area of a face, m².

        Returns:
            The two new faces, or None if nothing was cut.
        """
        points = np.array([self.nodes[node] for node in ring])
        ends = _crossings(points, point, along)
        if ends is None:
            return None
        (first, share_1), (last, share_2) = ends
        count = len(ring)
        begin = points[first] + share_1 * (points[(first + 1) % count] - points[first])
        end = points[last] + share_2 * (points[(last + 1) % count] - points[last])
        middle = _bent(begin, end, bend)
        one = np.concatenate([[begin], middle, [end], points[last + 1 :], points[: first + 1]])
        two = np.concatenate([[end], middle[::-1], [begin], points[first + 1 : last + 1]])
        areas = shapely.area([shapely.Polygon(one), shapely.Polygon(two)])
        whole = shapely.area(shapely.Polygon(points))
        simple = shapely.is_simple([shapely.LinearRing(one), shapely.LinearRing(two)]).all()
        if not simple or areas.min() < smallest or abs(areas.sum() - whole) > 1e-6 * whole:
            return None
        start = self._node_on(ring[first], ring[(first + 1) % count], share_1, begin)
        stop = self._node_on(ring[last], ring[(last + 1) % count], share_2, end)
        inner = [self._add_node(place) for place in middle]
        self._add_line([start, *inner, stop])
        left = [start, *inner, stop, *ring[last + 1 :], *ring[: first + 1]]
        right = [stop, *inner[::-1], start, *ring[first + 1 : last + 1]]
        return _without_repeats(left), _without_repeats(right)

    def _fill(self, first: int, last: int) -> list[int]:
        node = self._between.get(_edge(first, last))
        if node is None:
            return []
        return [*self._fill(first, node), node, *self._fill(node, last)]

    def _add_node(self, place: FloatArray) -> int:
        self.nodes.append(place)
        return len(self.nodes) - 1

    def _add_line(self, nodes: list[int]) -> None:
        for first, last in pairwise(nodes):
            self._line_of[_edge(first, last)] = len(self.lines)
        self.lines.append(nodes)

    def _node_on(self, first: int, last: int, share: float, place: FloatArray) -> int:
        """The node at a share of an edge: an end of it, or a new one."""
        if share in (0.0, 1.0):
            return last if share else first
        node = self._add_node(place)
        line = self._line_of.pop(_edge(first, last))
        self._between[_edge(first, last)] = node
        self._line_of[_edge(first, node)] = self._line_of[_edge(node, last)] = line
        nodes = self.lines[line]
        where = next(i for i in range(len(nodes) - 1) if {nodes[i], nodes[i + 1]} == {first, last})
        nodes.insert(where + 1, node)
        return node


def _edge(first: int, last: int) -> tuple[int, int]:
    return (first, last) if first < last else (last, first)


def _without_repeats(ring: list[int]) -> list[int]:
    return [node for i, node in enumerate(ring) if node != ring[i - 1]]


def _crossings(
    points: FloatArray, point: FloatArray, along: FloatArray
) -> tuple[tuple[int, float], tuple[int, float]] | None:
    """The two edges that a line crosses, and where on each (0 to 1); None unless exactly two.

    An end less than 14 m from a node is moved to it, so that no stub is left between crossings.
    """
    across = np.array([-along[1], along[0]])
    side = (points - point) @ across
    following = np.roll(side, -1)
    edges: IntArray = np.flatnonzero((side > 0) != (following > 0))
    if len(edges) != 2:
        return None
    lengths = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)[edges]
    share = side[edges] / (side[edges] - following[edges])
    share[share * lengths < SNAP_M] = 0.0
    share[(1.0 - share) * lengths < SNAP_M] = 1.0
    if (int(edges[0]) + int(share[0] == 1.0)) % len(points) == (
        int(edges[1]) + int(share[1] == 1.0)
    ) % len(points):
        return None
    return (int(edges[0]), float(share[0])), (int(edges[1]), float(share[1]))


def _bent(begin: FloatArray, end: FloatArray, bend: float) -> FloatArray:
    """Points between two ends, one in 70 m, aside by bend · length · sin(π t): (k, 2)."""
    length = float(np.linalg.norm(end - begin))
    share = np.linspace(0.0, 1.0, int(length // 70.0) + 2)[1:-1, None]
    aside = np.array([begin[1] - end[1], end[0] - begin[0]])
    return np.asarray(begin + share * (end - begin) + bend * np.sin(np.pi * share) * aside)
