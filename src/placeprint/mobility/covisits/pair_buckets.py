"""Pairs of regions dealt out to buckets, each a range of sources, small enough to be sorted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from placeprint.errors import InputError
from placeprint.machine_code import compiled
from placeprint.mobility.covisits.earlier_weeks import earlier_weeks
from placeprint.mobility.covisits.spilling import Buffers
from placeprint.mobility.covisits.user_partitions import Tally, region_bits
from placeprint.mobility.covisits.user_weeks import UserWeeks
from placeprint.typing import AnyArray, IntArray

__all__ = ["PairBuckets", "emit_pairs", "layout_constants", "pair_buckets"]

BUCKETS: Final = 1024
PAIRS_PER_BUCKET: Final = 1 << 18
PAIRS_PER_VISIT: Final = 2


def layout_constants() -> tuple[int, ...]:
    """What a layout depends on beside the visits; with others, spilled pairs mean other ones."""
    return BUCKETS, PAIRS_PER_BUCKET, PAIRS_PER_VISIT


@dataclass(frozen=True)
class PairBuckets:
    r"""Which bucket a pair belongs to, and its number there.

    A bucket holds a range of sources (of one week, or of some weeks with all their sources, for
    snapshots), so that buckets in order are edges in order. Within it, with :math:`w` and
    :math:`s` counted from the first of the bucket,

    .. math:: k = (w\,n + s)\,n + t

    and where first times of a user have to be told, :math:`2k + 1` for a first time, else
    :math:`2k`.

    Attributes:
        regions: n.
        starts: (r + 1,) int64, the ranges of sources.
        first_week: The first week, as numbered in a visit.
        weeks: How many weeks there are; 0 if pairs of all weeks are counted together.
        weeks_together: Weeks in one bucket.
        flagged: Whether first times are told.
    """

    regions: int
    starts: IntArray
    first_week: int
    weeks: int
    weeks_together: int
    flagged: bool

    @cached_property
    def ranges(self) -> IntArray:
        """(n,) int16, the range that each source is in."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int16), np.diff(self.starts))

    @property
    def count(self) -> int:
        """How many buckets there are."""
        return max(-(-self.weeks // self.weeks_together), 1) * (len(self.starts) - 1)

    @property
    def bits(self) -> int:
        """Bits of the largest number in any bucket."""
        rows = (self.weeks_together - 1) * self.regions + int(np.diff(self.starts).max(initial=1))
        return (rows * self.regions - 1).bit_length() + self.flagged

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        """The type of a pair's number."""
        return np.dtype(np.uint32 if self.bits <= 32 else np.uint64)

    def bits_of(self, bucket: int) -> int:
        """Bits of the largest number in one bucket."""
        if self.weeks_together > 1:
            return self.bits
        part = bucket % (len(self.starts) - 1)
        rows = int(self.starts[part + 1] - self.starts[part])
        return (rows * self.regions - 1).bit_length() + self.flagged

    def origin(self, bucket: int) -> tuple[int, int]:
        """The first week, as numbered in a visit, and the first source of a bucket."""
        group, part = divmod(bucket, len(self.starts) - 1)
        return self.first_week + group * self.weeks_together, int(self.starts[part])


def pair_buckets(tally: Tally, visits: int, snapshots: bool, flagged: bool) -> PairBuckets:
    """Lay out buckets of about equally many pairs, numbered in 32 bits where that can be had.

    Args:
        tally: Where and when the visits are.
        visits: How many there are.
        snapshots: Whether each week is counted on its own.
        flagged: Whether the first times of a user are told.

    Example:
        >>> pair_buckets(Tally.zero(10), 0, False, False).count
        1
    """
    n = len(tally.masses)
    first, last = tally.weeks.tolist()
    weeks = max(last - first + 1, 0) if snapshots else 0
    wanted = visits * PAIRS_PER_VISIT // PAIRS_PER_BUCKET + 1
    allowed = BUCKETS // max(weeks, 1)
    parts = max(min(wanted // max(weeks, 1), allowed, n), 1)
    cumulated = np.cumsum(tally.masses)
    shares = np.arange(1, parts) * (int(cumulated[-1]) / parts)
    starts = np.unique(np.concatenate([[0], np.searchsorted(cumulated, shares), [n]]))
    longest = (1 << (31 if flagged else 32)) // n
    narrow = _no_longer(starts, longest) if longest else starts
    if len(narrow) - 1 <= max(allowed, 1):
        starts = narrow
    together = 1
    if weeks > BUCKETS:
        together = -(-weeks // BUCKETS)
        starts = np.array([0, n])
    buckets = PairBuckets(n, starts.astype(np.int64), first, weeks, together, flagged)
    if buckets.bits > 64:
        raise InputError(
            f"pairs of {n:,} regions in {weeks:,} weeks cannot be numbered in 64 bits",
            hint="choose larger regions or fewer weeks at a time",
        )
    return buckets


def _no_longer(starts: IntArray, longest: int) -> IntArray:
    """Cut ranges that are too long into equal parts."""
    lengths = np.diff(starts)
    parts = -(-lengths // longest)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    cut = np.repeat(starts[:-1], parts) + within * np.repeat(lengths, parts) // np.repeat(
        parts, parts
    )
    return np.append(cut, starts[-1])


def emit_pairs(held: UserWeeks, buckets: PairBuckets, buffers: Buffers) -> None:
    """Write every pair of regions that a user visited in one week to its bucket.

    Args:
        held: The regions of each user and week.
        buckets: The layout.
        buffers: One column of the layout's type.
    """
    bits = region_bits(buckets.regions)
    sets = earlier_weeks(held, bits) if buckets.flagged else np.empty((0, 1), dtype=np.uint64)
    entry = other = 0
    while True:
        entry, other, full = _emit(
            held.visits,
            held.stops,
            sets,
            entry,
            other,
            bits,
            buckets.ranges,
            buckets.starts,
            (buckets.regions, buckets.first_week, buckets.weeks_together),
            buckets.weeks > 0,
            buckets.flagged,
            buffers.room,
            buffers.fill,
        )
        if full < 0:
            return
        buffers.flush(full)


@compiled()
def _emit(
    visits: AnyArray,
    stops: IntArray,
    sets: AnyArray,
    entry: int,
    other: int,
    bits: int,
    ranges: IntArray,
    starts: IntArray,
    layout: tuple[int, int, int],
    by_week: bool,
    flagged: bool,
    buffer: AnyArray,
    fill: IntArray,
) -> tuple[int, int, int]:
    regions, first_week, together = layout
    length = buffer.shape[1]
    low = np.uint64((1 << bits) - 1)
    shift = np.uint64(bits)
    n = np.uint64(regions)
    parts = len(starts) - 1
    while entry < len(stops):
        stop = stops[entry]
        other = max(other, entry + 1)
        visit = np.uint64(visits[entry])
        source = np.int64(visit & low)
        bucket = np.int64(ranges[source])
        row = source - starts[bucket]
        if by_week:
            week = np.int64(visit >> shift) - first_week
            group = week // together
            row += (week - group * together) * regions
            bucket += group * parts
        base = np.uint64(row) * n
        place = fill[bucket]
        last = min(stop, other + length - place)
        while other < last:
            key = base + (np.uint64(visits[other]) & low)
            if flagged:
                common = np.uint64(0)
                for word in range(sets.shape[1]):
                    common |= sets[entry, word] & sets[other, word]
                key = (key << np.uint64(1)) | np.uint64(common == 0)
            buffer[bucket, place] = key
            place += 1
            other += 1
        fill[bucket] = place
        if place == length:
            return entry, other, int(bucket)
        entry += 1
        other = 0
    return entry, 0, -1
