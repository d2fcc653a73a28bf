"""Graphs whose communities and masses are known, and how much of that an embedding tells.

Hierarchical gravity: nodes of lognormal mass lie in cities, cities in provinces. Every node sends
out its mass, partly within its city, partly within its province and the rest anywhere, each part
in proportion to the masses there; the count of a pair is a Poisson draw,

    A_ij = A_ji ~ Poisson(t m_i m_j (c [same city] / M_city + p [same province] / M_province
                                     + (1 − c − p) / M)),

with t such that about as many entries as asked for are above zero. The draw of a pair is a hash of
the pair, so any rows can be made on their own: also those of a graph larger than memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from scipy.optimize import brentq

from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["Planted", "Society", "planted_graph", "readout", "society"]

HARD, EASY = (0.12, 0.18), (0.50, 0.30)
"""Shares c and p of the weight within the city and within the province."""

SPREAD = 0.85
"""Deviation of log mass; degrees come to a mean 1.4 times the median."""

BLOCK = 1 << 24
"""Entries drawn at a time."""

STRETCH = 256
"""Pairs tried at a time within a row."""


@dataclass(frozen=True)
class Society:
    """What a graph is drawn from; nodes are sorted by city, cities by province.

    Attributes:
        city: (n,) city of each node.
        province: (n,) province of each node.
        field: (n,) a hidden value of the node's city and province.
        mass: (n,) lognormal.
        rates: (n, 3) of each node's city, of its province and of all: t c / M_city, …
        seed: Of the draws.
    """

    city: IntArray
    province: IntArray
    field: FloatArray
    mass: FloatArray
    rates: FloatArray
    seed: int

    def blocks(self) -> Iterator[tuple[IntArray, IntArray, AnyArray]]:
        """For consecutive rows: the entries of each row, their columns, their uint16 counts."""
        n = len(self.city)
        expected = self._expected()
        room = np.concatenate([[0], np.cumsum(expected + 12 * np.sqrt(expected) + 64)])
        room = room.astype(np.int64)
        city, province = _extents(self.city), _extents(self.province)
        first = 0
        while first < n:
            last = max(int(np.searchsorted(room, room[first] + BLOCK, side="right")) - 1, first + 1)
            last = min(last, n)
            starts = room[first : last + 1] - room[first]
            columns, counts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.uint16)
            sizes = np.zeros(last - first, dtype=np.int64)
            draw_rows(
                first, starts, city, province, self.mass.astype(np.float32),
                self.rates.astype(np.float32), np.uint32(self.seed), sizes, columns, counts,
            )  # fmt: skip
            kept = np.arange(starts[-1]) < np.repeat(starts[:-1] + sizes, np.diff(starts))
            yield sizes, columns[kept], counts[kept]
            first = last

    def _expected(self) -> FloatArray:
        """(n,) the expected strength of each node."""
        totals = [np.bincount(level, self.mass)[level] for level in (self.city, self.province)]
        reach = np.column_stack([*totals, np.full(len(self.mass), self.mass.sum())])
        return self.mass * (self.rates * reach).sum(axis=1)


@dataclass(frozen=True)
class Planted:
    """A society and its graph: symmetric, uint16 counts, nothing on the diagonal.

    Attributes:
        graph: The graph.
        city: (n,) city of each node.
        province: (n,) province of each node.
        field: (n,) a hidden value of the node's city and province.
        mass: (n,) lognormal: what drives the node's strength.
    """

    graph: CompressedRows
    city: IntArray
    province: IntArray
    field: FloatArray
    mass: FloatArray


def planted_graph(nodes: int, entries: int, *, hard: bool = True, seed: int = 0) -> Planted:
    """Draw a graph in memory.

    Args:
        nodes: n.
        entries: Stored entries, about: twice the number of edges.
        hard: Weak ties: 12 % of the weight within the city, 18 % within the province, in 100
            cities and 5 provinces. Otherwise 50 % and 30 %, in cities of about 500 nodes.
        seed: Of everything drawn.
    """
    drawn = society(nodes, entries, hard=hard, seed=seed)
    sizes, columns, counts = (np.concatenate(part) for part in zip(*drawn.blocks(), strict=True))
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    graph = CompressedRows(indptr, columns, counts)
    return Planted(graph, drawn.city, drawn.province, drawn.field, drawn.mass)


def society(nodes: int, entries: int, *, hard: bool = True, seed: int = 0) -> Society:
    """What :func:`planted_graph` draws from."""
    generator = np.random.default_rng(seed)
    cities = 100 if hard else max(nodes // 500, 2)
    provinces = 5 if hard else max(cities // 12, 2)
    city = np.arange(nodes) * cities // nodes
    province = city * provinces // cities
    field = generator.normal(size=cities)[city] + generator.normal(size=provinces)[province]
    mass = generator.lognormal(sigma=SPREAD, size=nodes)
    c, p = HARD if hard else EASY
    rates = np.column_stack(
        [
            c / np.bincount(city, mass)[city],
            p / np.bincount(province, mass)[province],
            np.full(nodes, (1 - c - p) / mass.sum()),
        ]
    )
    rates *= _scale(city, province, mass, rates, entries)
    return Society(city, province, field, mass, rates, seed)


def _scale(
    city: IntArray, province: IntArray, mass: FloatArray, rates: FloatArray, entries: int
) -> float:
    """t, from every k-th node in the order of mass, tied to every k-th other one."""
    order = np.argsort(mass)
    step = max(len(mass) // 2000, 1)
    i, j = order[::step, None], order[step // 2 :: step]
    near = rates[i, 2] + rates[i, 1] * (province[i] == province[j])
    near = (near + rates[i, 0] * (city[i] == city[j])) * mass[i] * mass[j] * (i != j)
    pairs = len(mass) * (len(mass) - 1) / (near > 0).sum()

    def excess(log_scale: float) -> float:
        return float(-np.expm1(-math.exp(log_scale) * near).sum() * pairs - entries)

    return math.exp(brentq(excess, 0.0, 60.0, xtol=1e-4))


def _extents(level: IntArray) -> IntArray:
    """(n, 2) where the nodes of each node's city, or province, begin and end."""
    ends = np.cumsum(np.bincount(level))
    starts = np.concatenate([[0], ends[:-1]])
    return np.column_stack([starts, ends])[level]


@njit(cache=True, inline="always")
def mixed(x):
    """A bijection of 32 bits in which each bit depends on all."""
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(cache=True, parallel=True, nogil=True)
def draw_rows(first, starts, city, province, mass, rates, seed, sizes, columns, counts):
    n = len(mass)
    low, high = np.empty(n, np.uint32), np.empty(n, np.uint32)
    for j in range(n):
        low[j] = mixed(np.uint32(j) + mixed(np.uint32(seed + np.uint32(1))))
        high[j] = mixed(np.uint32(j) + mixed(np.uint32(seed + np.uint32(0x9E3779B9))))
    for row in prange(len(sizes)):
        i = first + row
        anywhere = rates[i, 2]
        regional = anywhere + rates[i, 1]
        local = regional + rates[i, 0]
        bounds = (0, province[i, 0], city[i, 0], i, i + 1, city[i, 1], province[i, 1], n)
        levels = (anywhere, regional, local, np.float32(0), local, regional, anywhere)
        at = starts[row]
        for part in range(7):
            if levels[part] > 0:
                own = high[i] if part < 3 else low[i]
                others = low if part < 3 else high
                at = draw_range(
                    bounds[part], bounds[part + 1], levels[part], mass[i], own, others, mass,
                    columns, counts, at,
                )  # fmt: skip
        sizes[row] = at - starts[row]


@njit(cache=True, nogil=True)
def draw_range(begin, end, rate, own_mass, own, others, mass, columns, counts, at):
    """Draw the counts of one node with a range of others; returns where the next entry goes."""
    hit = np.empty(STRETCH, np.uint8)
    eights = hit.view(np.uint64)
    for here in range(begin, end, STRETCH):
        length = min(STRETCH, end - here)
        near, heavy = others[here : here + length], mass[here : here + length]
        hit[length:] = 0
        for k in range(length):  # a hit may still come to nothing: 1 − exp(−λ) < λ
            hit[k] = uniform_of(own, near[k]) < own_mass * heavy[k] * rate
        for eight in range(len(eights)):
            if eights[eight]:
                for k in range(8 * eight, 8 * eight + 8):
                    if hit[k]:
                        count = poisson(uniform_of(own, near[k]), own_mass * heavy[k] * rate)
                        if count > 0:
                            columns[at], counts[at] = here + k, count
                            at += 1
    return at


@njit(cache=True, inline="always")
def uniform_of(own, other):
    """The draw of a pair, between 0 and 1."""
    return np.float32(mixed(own ^ other)) * np.float32(2.0**-32)


@njit(cache=True)
def poisson(uniform, mean):
    """The count whose share of larger ones first falls to a uniform number, at most 65,535."""
    uniform, mean = np.float64(uniform), np.float64(mean)
    if mean > 200.0:  # as good as normal; the logistic curve is near enough
        z = math.log((1.0 - uniform) / max(uniform, 1e-12)) / 1.702
        return min(max(round(mean + math.sqrt(mean) * z), 1), 65535)
    share = math.exp(-mean)
    above, count = 1.0 - share, 0
    while uniform < above and count < 65535 and share > 0.0:
        count += 1
        share *= mean / count
        above -= share
    return count


def readout(embedding: FloatArray, planted: Planted | Society) -> dict[str, float]:
    """What a ridge regression reads from an embedding: trained on one half, scored on the other.

    Rows are scaled to length 1, columns standardised.

    Returns:
        Accuracy of city and province (the class of the largest of the regressions on each), R² of
        the field and of log mass.
    """
    rows = np.asarray(embedding, dtype=np.float64)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    train = np.random.default_rng(0).permutation(len(rows)) < len(rows) // 2
    centre, deviation = rows[train].mean(axis=0), rows[train].std(axis=0)
    rows = (rows - centre) / np.maximum(deviation, 1e-12)
    targets = [planted.field, np.log(planted.mass)]
    classes = [np.arange(level.max() + 1) for level in (planted.city, planted.province)]
    for level, names in zip((planted.city, planted.province), classes, strict=True):
        targets.extend(level == name for name in names)
    values = np.column_stack(targets).astype(np.float64)
    mean = values[train].mean(axis=0)
    gram = rows[train].T @ rows[train] + np.eye(rows.shape[1])
    found = rows[~train] @ np.linalg.solve(gram, rows[train].T @ (values[train] - mean)) + mean
    wrong = ((found - values[~train])[:, :2] ** 2).sum(axis=0)
    r2 = 1 - wrong / ((values[~train] - values[~train].mean(axis=0))[:, :2] ** 2).sum(axis=0)
    split = 2 + len(classes[0])
    city, province = found[:, 2:split].argmax(axis=1), found[:, split:].argmax(axis=1)
    return {
        "city": float((city == planted.city[~train]).mean()),
        "province": float((province == planted.province[~train]).mean()),
        "field": float(r2[0]),
        "mass": float(r2[1]),
    }
