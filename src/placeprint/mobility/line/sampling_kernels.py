"""LINE's sampling in machine code: alias tables and one gradient step after another."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import FloatArray, IntArray

__all__ = ["alias_table", "ascend"]

LEARNING_RATE: Final = 0.025
FLOOR: Final = 1e-4
"""The learning rate falls linearly, to this share of its start."""

STEADY: Final = 10_000
"""Samples between changes of the learning rate."""

_LOW: Final = np.uint64(0xFFFFFFFF)


@compiled()
def alias_table(weights: FloatArray) -> tuple[FloatArray, IntArray]:
    """Draw in proportion to weights, in constant time.

    Args:
        weights: (k,) float64, not negative, their sum above zero.

    Returns:
        (k,) float32 the share of each cell that is its own, and (k,) int32 whose the rest is.

    Source:
        Vose 1991, A linear algorithm for generating random numbers with a given distribution.
    """
    count = len(weights)
    left = weights * (count / weights.sum())
    share, alias = np.ones(count, dtype=np.float32), np.arange(count).astype(np.int32)
    stack = np.empty(count, dtype=np.int32)
    small, large = 0, count
    for place in range(count):
        if left[place] < 1.0:
            stack[small] = place
            small += 1
        else:
            large -= 1
            stack[large] = place
    while small > 0 and large < count:
        small -= 1
        less, more = stack[small], stack[large]
        share[less], alias[less] = left[less], more
        left[more] -= 1.0 - left[less]
        if left[more] < 1.0:
            large += 1
            stack[small] = more
            small += 1
    return share, alias


@compiled()
def _mixed(state: np.uint64) -> np.uint64:
    """SplitMix64: 64 random bits of a state that grows by an odd number."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled()
def _drawn(bits: np.uint64, share: FloatArray, alias: IntArray) -> np.int64:
    """A place drawn from an alias table: the upper bits choose the cell, the lower its part."""
    cell = np.int64(((bits >> np.uint64(32)) * np.uint64(len(share))) >> np.uint64(32))
    within = np.float32(bits & _LOW) * np.float32(2.0**-32)
    return cell if within < share[cell] else np.int64(alias[cell])


@compiled(fastmath={"reassoc", "contract", "nsz"})
def ascend(
    vertex: FloatArray,
    context: FloatArray,
    sources: IntArray,
    targets: IntArray,
    edge_share: FloatArray,
    edge_alias: IntArray,
    noise_share: FloatArray,
    noise_alias: IntArray,
    samples: int,
    negatives: int,
    seed: np.uint64,
) -> None:
    """Take one gradient step for each sampled edge; ``vertex`` and ``context`` are changed."""
    dim = vertex.shape[1]
    change = np.empty(dim, dtype=np.float32)
    state, step = _mixed(seed + np.uint64(1)), np.uint64(0x9E3779B97F4A7C15)
    rate = np.float32(LEARNING_RATE)
    for sample in range(samples):
        if sample % STEADY == 0:
            rate = np.float32(LEARNING_RATE * max(1.0 - sample / samples, FLOOR))
        state += step
        edge = _drawn(_mixed(state), edge_share, edge_alias)
        own, other = vertex[sources[edge]], np.int64(targets[edge])
        change[:] = 0
        for turn in range(negatives + 1):
            if turn > 0:
                state += step
                other = _drawn(_mixed(state), noise_share, noise_alias)
            there = context[other]
            score = np.float32(0)
            for k in range(dim):
                score += own[k] * there[k]
            sigmoid = np.float32(1) / (np.float32(1) + np.exp(-score))
            error = rate * (np.float32(turn == 0) - sigmoid)
            for k in range(dim):
                change[k] += error * there[k]
                there[k] += error * own[k]
        for k in range(dim):
            own[k] += change[k]
