"""Equal pairs of a bucket counted: the edges of the graph, sorted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from placeprint.machine_code import compiled
from placeprint.mobility.covisits.pair_buckets import PairBuckets
from placeprint.mobility.covisits.radix import radix_sort, run_lengths
from placeprint.mobility.covisits.spilling import BlockLog
from placeprint.mobility.covisits.user_partitions import packed, week_day
from placeprint.typing import AnyArray, IntArray

__all__ = ["Counted", "bucket_edges", "pair_bytes"]

GRANULES: Final = 1 << 12


class Counted(NamedTuple):
    """Some edges, sorted, and what was dropped among them.

    Attributes:
        source: (e,) int32.
        target: (e,) int32.
        weight: (e,) int64.
        week: (e,) int32, the Monday in days since 1970-01-01; None if weeks are added up.
        dropped_edges: Edges tied by too few users.
        dropped_weight: Their weight.
    """

    source: IntArray
    target: IntArray
    weight: IntArray
    week: IntArray | None
    dropped_edges: int
    dropped_weight: int


def pair_bytes(buckets: PairBuckets) -> int:
    """Memory that one pair takes while its bucket is counted, in bytes."""
    return 2 * buckets.dtype.itemsize + 8 * (2 if buckets.flagged else 1) + 24


def bucket_edges(
    log: BlockLog, bucket: int, buckets: PairBuckets, min_users: int, capacity: int
) -> Iterator[Counted]:
    """Sort and count the pairs of one bucket.

    A bucket larger than the memory is read several times, each time for a range of numbers that
    fits; where one number alone fills the memory, numbers are counted without being held.

    Args:
        log: Where the pairs are.
        bucket: Which of them.
        buckets: The layout.
        min_users: Edges tied by fewer users are dropped.
        capacity: Pairs that may be held at once.

    Yields:
        Edges in order, in one part or, of a large bucket, in several.
    """
    held = log.count(bucket, bucket + 1)
    limits = (0, 1 << buckets.bits_of(bucket))
    for keys, counts, users in _counted(log, bucket, limits, held, capacity, buckets):
        strong = users >= min_users
        dropped = counts[~strong]
        if len(dropped):
            keys, counts = keys[strong], counts[strong]
        source, target, week = _decoded(keys, bucket, buckets)
        yield Counted(source, target, counts, week, len(dropped), int(dropped.sum()))


def _counted(
    log: BlockLog,
    bucket: int,
    limits: tuple[int, int],
    held: int,
    capacity: int,
    buckets: PairBuckets,
) -> Iterator[tuple[AnyArray, IntArray, IntArray]]:
    low, high = limits
    if held <= capacity:
        keys = _keys(log, bucket, limits, held, buckets)
        keys = radix_sort(keys, buckets.bits_of(bucket))
        distinct, counts, users = run_lengths(keys, buckets.flagged)
        yield keys[:distinct], counts, users
        return
    width = max((high - low) // GRANULES, 1)
    numbers = np.zeros(min(GRANULES, high - low), dtype=np.int64)
    for keys in log.blocks(bucket, bucket + 1):
        _histogram(keys, np.uint64(low), np.uint64(width), numbers)
    if width == 1:
        yield _from_numbers(numbers, low, buckets)
        return
    for first, stop in packed(numbers, capacity):
        part = (low + first * width, low + stop * width)
        inside = int(numbers[first:stop].sum())
        if inside:
            yield from _counted(log, bucket, part, inside, capacity, buckets)


def _keys(
    log: BlockLog, bucket: int, limits: tuple[int, int], held: int, buckets: PairBuckets
) -> AnyArray:
    if limits == (0, 1 << buckets.bits_of(bucket)):
        return log.read(bucket, bucket + 1)
    low, high = limits
    keys = np.empty(held, dtype=buckets.dtype)
    fill = 0
    for block in log.blocks(bucket, bucket + 1):
        chosen = block[(block >= low) & (block <= high - 1)]
        keys[fill : fill + len(chosen)] = chosen
        fill += len(chosen)
    return keys


def _from_numbers(
    numbers: IntArray, low: int, buckets: PairBuckets
) -> tuple[AnyArray, IntArray, IntArray]:
    """Edges of a range of which the numbers of every pair, and flag, were counted."""
    counts = users = numbers
    if buckets.flagged:
        pairs = numbers.reshape(-1, 2)
        low, counts, users = low // 2, pairs.sum(axis=1), pairs[:, 1]
    found = np.flatnonzero(counts)
    keys = (found.astype(np.uint64) + np.uint64(low)).astype(buckets.dtype)
    return keys, counts[found], users[found]


def _decoded(
    keys: AnyArray, bucket: int, buckets: PairBuckets
) -> tuple[IntArray, IntArray, IntArray | None]:
    first_week, first_source = buckets.origin(bucket)
    rows: IntArray = np.zeros(len(keys), dtype=np.int64 if buckets.weeks else np.int32)
    targets = np.empty(len(keys), dtype=np.int32)
    _split(keys, buckets.regions, rows, targets)
    if not buckets.weeks:
        return rows + np.int32(first_source), targets, None
    weeks, sources = np.divmod(rows, buckets.regions) if buckets.weeks_together > 1 else (0, rows)
    days = np.full(len(keys), week_day(first_week), dtype=np.int32) + np.int32(7) * weeks
    return (sources + first_source).astype(np.int32), targets, days.astype(np.int32)


@compiled()
def _histogram(keys: AnyArray, low: np.uint64, width: np.uint64, numbers: IntArray) -> None:
    for key in keys:
        whole = np.uint64(key)
        if whole >= low:
            granule = (whole - low) // width
            if granule < len(numbers):
                numbers[granule] += 1


@compiled()
def _split(keys: AnyArray, regions: int, rows: IntArray, targets: IntArray) -> None:
    n = np.uint64(regions)
    row = np.uint64(0)
    start = np.uint64(0)
    for position in range(len(keys)):
        key = np.uint64(keys[position])
        if key - start >= n:
            row = key // n
            start = row * n
        rows[position] = row
        targets[position] = key - start
