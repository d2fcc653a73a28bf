"""Whole numbers sorted digit by digit, and counted where they are equal."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, IntArray

__all__ = ["digits", "radix_sort", "run_lengths"]

DIGIT: Final = 11
"""Bits of a digit: few enough that all places written to stay in the processor's caches."""


def digits(bits: int, widest: int = DIGIT) -> list[tuple[int, int]]:
    """Cut a number into digits, the least significant first.

    Args:
        bits: Of the number.
        widest: The most bits of a digit.

    Returns:
        The lowest bit and the width of each.

    Example:
        >>> digits(28)
        [(0, 10), (10, 10), (20, 8)]
    """
    width = -(-bits // max(-(-bits // widest), 1))
    return [(shift, min(width, bits - shift)) for shift in range(0, bits, max(width, 1))]


def radix_sort(keys: AnyArray, bits: int) -> AnyArray:
    """Sort unsigned keys by their digits, the least significant first.

    Args:
        keys: (k,) uint32 or uint64, each below 2^bits; used as room to work in.
        bits: How many bits of the keys are in use.

    Returns:
        The sorted keys, of the same type; either ``keys`` itself or a new array.

    Example:
        >>> radix_sort(np.array([3, 1, 2], dtype=np.uint32), 2).tolist()
        [1, 2, 3]
    """
    other = np.empty_like(keys)
    for shift, width in digits(bits):
        if _scatter(keys, other, shift, width):
            keys, other = other, keys
    return keys


def run_lengths(keys: AnyArray, flagged: bool) -> tuple[int, IntArray, IntArray]:
    """Count equal keys of a sorted array; the distinct ones move to its front.

    Args:
        keys: (k,) unsigned and sorted; overwritten.
        flagged: The lowest bit is no part of a key but a flag.

    Returns:
        * How many distinct keys there are, d;
        * (d,) int64, how often each occurs;
        * (d,) int64, how many of these have the flag; the same array if there are no flags.

    Example:
        >>> keys = np.array([4, 5, 5, 8], dtype=np.uint32)
        >>> run_lengths(keys, flagged=True)
        (2, array([3, 1]), array([2, 0]))
        >>> keys[:2].tolist()
        [2, 4]
    """
    counts = np.empty(len(keys), dtype=np.int64)
    marked = np.empty(len(keys), dtype=np.int64) if flagged else counts
    distinct = _run_lengths(keys, flagged, counts, marked)
    return distinct, counts[:distinct], marked[:distinct]


@compiled()
def _scatter(keys: AnyArray, other: AnyArray, shift: int, width: int) -> bool:
    """Sort by one digit; false, and nothing is done, if all keys have the same."""
    mask = np.uint64((1 << width) - 1)
    down = np.uint64(shift)
    places = np.zeros((1 << width) + 1, dtype=np.int64)
    for key in keys:
        places[np.uintp((np.uint64(key) >> down) & mask) + np.uintp(1)] += 1
    for value in range(1 << width):
        if places[value + 1] == len(keys):
            return False
        places[value + 1] += places[value]
    for key in keys:
        digit = np.uintp((np.uint64(key) >> down) & mask)
        other[np.uintp(places[digit])] = key
        places[digit] += 1
    return True


@compiled()
def _run_lengths(keys: AnyArray, flagged: bool, counts: IntArray, marked: IntArray) -> int:
    if len(keys) == 0:
        return 0
    drop = np.uint64(1 if flagged else 0)
    previous = np.uint64(keys[0]) >> drop
    found = flags = np.int64(0)
    # Ends of runs first, without a branch that depends on the keys; then their lengths.
    for position in range(len(keys)):
        whole = np.uint64(keys[position])
        key = whole >> drop
        found += np.int64(key != previous)
        previous = key
        keys[found] = key
        counts[found] = position + 1
        if flagged:
            flags += np.int64(whole & drop)
            marked[found] = flags
    for run in range(found, 0, -1):
        counts[run] -= counts[run - 1]
        if flagged:
            marked[run] -= marked[run - 1]
    return int(found) + 1
