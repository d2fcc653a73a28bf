"""The tiles of InfoNCE on processors, in single precision: products by BLAS, the rest compiled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401 - the BLAS that numba calls; loaded, it can be limited
import torch
from threadpoolctl import ThreadpoolController
from torch import Tensor

from placeprint.machine_code import compiled
from placeprint.training import tile_memory
from placeprint.typing import FloatArray

__all__ = ["KEPT_BYTES", "TILE", "CompiledPowers"]

TILE = 512
"""Rows and columns of a tile: with both sides of it, it fits the second cache of a core."""

KEPT_BYTES = 400_000_000
"""So much of the powers of the first pass is kept for the second, which then need not repeat it."""

# No sum may be taken in another order: which one is chosen differs between code that was just
# compiled and the same code read from the cache, and so would the last bits of a training.
_compiled = compiled(fastmath={"contract", "nsz"}, division="numpy")


class CompiledPowers:
    r"""E_ij = exp((⟨a_i, x_j⟩ − 1) / τ) of unit vectors, made tile by tile and never held whole.

    In each round every block of rows meets another block of columns, so that threads never write
    to the same place, and the result is the same whatever their number.

    Args:
        anchor: (m, d) unit vectors a, float32 on the processor.
        other: (n, d) unit vectors x.
        tau: τ.
        twice: Whether :meth:`weighted` follows :meth:`sums`, so that tiles are worth keeping: as
            many as fit in :data:`KEPT_BYTES`, which with O((m + n) d) is all the memory taken.
    """

    def __init__(self, anchor: Tensor, other: Tensor, tau: float, *, twice: bool) -> None:
        self._anchor = np.ascontiguousarray(anchor.detach().numpy())
        self._other = np.ascontiguousarray(other.detach().numpy())
        self._rate = np.float32(np.log2(np.e) / tau)
        tiles = -(-len(anchor) // TILE) * -(-len(other) // TILE)
        kept = min(tiles, KEPT_BYTES // (4 * TILE**2)) if twice else 0
        self._memory = tile_memory.take(kept, TILE**2)
        self._kept = self._memory[:kept]

    def sums(self) -> tuple[Tensor, Tensor]:
        """(m,) sums over rows and (n,) sums over columns of E, float64."""
        rows, columns = np.zeros(len(self._anchor)), np.zeros(len(self._other))
        self._in_turns(_sum_lanes, rows, columns)
        return torch.from_numpy(rows), torch.from_numpy(columns)

    def weighted(self, by_row: Tensor, by_column: Tensor) -> tuple[Tensor, Tensor]:
        r"""The products of W_ij = E_ij (u_i + v_j) with both sides; to be called once.

        Args:
            by_row: (m,) u.
            by_column: (n,) v.

        Returns:
            (m, d) W x and (n, d) Wᵀ a.
        """
        u, v = by_row.numpy().astype(np.float32), by_column.numpy().astype(np.float32)
        to_anchor, to_other = np.zeros_like(self._anchor), np.zeros_like(self._other)
        self._in_turns(_multiply_lanes, u, v, to_anchor, to_other)
        tile_memory.give_back(self._memory)
        return torch.from_numpy(to_anchor), torch.from_numpy(to_other)

    def _in_turns(self, work: Callable[..., None], *arrays: FloatArray) -> None:
        """Share the lanes of each turn among as many threads as torch may use.

        Python's threads, for they sleep where OpenMP's spin, and a core that waits is another's.
        """
        blocks = -(-len(self._anchor) // TILE), -(-len(self._other) // TILE)
        lanes, turns = min(blocks), max(blocks) if min(blocks) else 0
        threads = max(1, min(torch.get_num_threads(), lanes))
        width = self._anchor.shape[1]
        scratch = np.empty((threads, TILE * (TILE + width)), dtype=np.float32)
        parts = [(lanes * t // threads, lanes * (t + 1) // threads) for t in range(threads)]
        given = self._anchor, self._other, self._rate, self._kept

        def run(thread: int, turn: int) -> None:
            work(parts[thread], turn, *given, scratch[thread], *arrays)

        with (
            _libraries().limit(limits=1, user_api="blas"),
            ThreadPoolExecutor(threads) as pool,
        ):
            for turn in range(turns):
                others = [pool.submit(run, thread, turn) for thread in range(1, threads)]
                run(0, turn)
                for other in others:
                    other.result()


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@_compiled
def _sum_lanes(
    lanes: tuple[int, int],
    turn: int,
    anchor: FloatArray,
    other: FloatArray,
    rate: np.float32,
    kept: FloatArray,
    scratch: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
) -> None:
    high, wide = -(-len(anchor) // TILE), -(-len(other) // TILE)
    for lane in range(lanes[0], lanes[1]):
        i, j = _position(lane, turn, high, wide)
        number = turn * min(high, wide) + lane
        memory = kept[number] if number < len(kept) else scratch
        _sum_tile(anchor, other, rate, i, j, memory, rows, columns)


@_compiled
def _multiply_lanes(
    lanes: tuple[int, int],
    turn: int,
    anchor: FloatArray,
    other: FloatArray,
    rate: np.float32,
    kept: FloatArray,
    scratch: FloatArray,
    u: FloatArray,
    v: FloatArray,
    to_anchor: FloatArray,
    to_other: FloatArray,
) -> None:
    high, wide = -(-len(anchor) // TILE), -(-len(other) // TILE)
    for lane in range(lanes[0], lanes[1]):
        i, j = _position(lane, turn, high, wide)
        number = turn * min(high, wide) + lane
        known = number < len(kept)
        memory = kept[number] if known else scratch
        product = scratch[TILE * TILE :]
        _multiply_tile(anchor, other, rate, i, j, known, memory, product, u, v, to_anchor, to_other)


@_compiled
def _position(lane: int, turn: int, rows: int, columns: int) -> tuple[int, int]:
    """Which block of rows and of columns a lane takes; no two lanes share one in a turn."""
    if rows <= columns:
        return lane * TILE, (lane + turn) % columns * TILE
    return (lane + turn) % rows * TILE, lane * TILE


@_compiled
def _sum_tile(
    anchor: FloatArray,
    other: FloatArray,
    rate: np.float32,
    i: int,
    j: int,
    memory: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
) -> None:
    powers = _tile(anchor[i : i + TILE], other[j : j + TILE], rate, memory)
    high, wide = powers.shape
    rows[i : i + high] += np.dot(powers, np.ones(wide, np.float32))
    columns[j : j + wide] += np.dot(np.ones(high, np.float32), powers)


@_compiled
def _multiply_tile(
    anchor: FloatArray,
    other: FloatArray,
    rate: np.float32,
    i: int,
    j: int,
    known: bool,
    memory: FloatArray,
    product: FloatArray,
    u: FloatArray,
    v: FloatArray,
    to_anchor: FloatArray,
    to_other: FloatArray,
) -> None:
    a, x = anchor[i : i + TILE], other[j : j + TILE]
    m, n = a.shape[0], x.shape[0]
    weights = memory[: m * n].reshape(m, n) if known else _tile(a, x, rate, memory)
    for row in range(m):
        for column in range(n):
            weights[row, column] *= u[i + row] + v[j + column]
    part = product[: a.size].reshape(a.shape)
    np.dot(weights, x, part)
    _add(to_anchor[i : i + TILE], part)
    part = product[: x.size].reshape(x.shape)
    np.dot(weights.T, a, part)
    _add(to_other[j : j + TILE], part)


@_compiled
def _tile(a: FloatArray, x: FloatArray, rate: np.float32, memory: FloatArray) -> FloatArray:
    """2^(rate ⟨a, x⟩ − rate) of all pairs.

    The whole part of an exponent is written into the bits of the result, and the rest, at most a
    half, goes through the polynomial of 2^f: the worst error is 2e-7 of the result.
    """
    tile = memory[: a.shape[0] * x.shape[0]].reshape(a.shape[0], x.shape[0])
    np.dot(a, x.T, tile)
    for row in range(tile.shape[0]):
        for column in range(tile.shape[1]):
            exponent = tile[row, column] * rate - rate
            whole = np.rint(exponent)
            f = exponent - whole
            power = np.float32(1.535336188319500e-4)
            power = power * f + np.float32(1.339887440266574e-3)
            power = power * f + np.float32(9.618437357674640e-3)
            power = power * f + np.float32(5.550332471162809e-2)
            power = power * f + np.float32(2.402264791363012e-1)
            power = power * f + np.float32(6.931472028550421e-1)
            power = power * f + np.float32(1)
            bits = np.int32(np.int32(whole) + np.int32(127)) << np.int32(23)
            tile[row, column] = power * np.int32(bits).view(np.float32)
    return tile


@_compiled
def _add(total: FloatArray, part: FloatArray) -> None:
    for row in range(total.shape[0]):
        for column in range(total.shape[1]):
            total[row, column] += part[row, column]
