"""Visits dealt out by user: whatever a user leaves behind lies in one partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, IntArray

__all__ = [
    "FIRST_WEEK",
    "PARTITIONS",
    "SLICE_BITS",
    "WEEKS",
    "Tally",
    "check_batch",
    "packed",
    "record_words",
    "region_bits",
    "scatter_visits",
    "select_users",
    "slice_counts",
    "week_day",
]

PARTITIONS: Final = 256
WEEK_BITS: Final = 14
WEEKS: Final = 1 << WEEK_BITS
FIRST_WEEK: Final = -(WEEKS // 2)
"""The first of the weeks that fit, counted from that of 1970-01-01: of the year 1812."""
SLICE_BITS: Final = 10
_MONDAY: Final = 3
_TAKEN: Final = 8
_SAMPLED: Final = 63
_GOOD, _NO_MONDAY, _FAR_WEEK, _NO_REGION = -1, -2, -3, -4


@dataclass(frozen=True)
class Tally:
    """What is counted while visits are read.

    Attributes:
        masses: (n,) int64, visits to each region by one user in 64.
        weeks: (2,) int64, the first and the last week, as numbered in a visit.
        digest: (1,) uint64, a sum over what was read, whatever its order.
    """

    masses: IntArray
    weeks: IntArray
    digest: AnyArray

    @classmethod
    def zero(cls, n_regions: int) -> Tally:
        """Nothing is read."""
        return cls(
            np.zeros(n_regions, dtype=np.int64),
            np.array([WEEKS, 0]),
            np.zeros(1, dtype=np.uint64),
        )


def region_bits(n_regions: int) -> int:
    """Bits of the largest number of a region."""
    return max(n_regions - 1, 0).bit_length()


def record_words(n_regions: int) -> int:
    """Words of 32 bits that a visit takes: two for the user, one or two for week and region.

    Example:
        >>> record_words(195_574), record_words(2_000_000)
        (3, 4)
    """
    return 3 if region_bits(n_regions) + WEEK_BITS <= 32 else 4


def week_day(index: int) -> int:
    """The Monday, in days since 1970-01-01, of a week counted from ``FIRST_WEEK``."""
    return (index + FIRST_WEEK) * 7 - _MONDAY


def packed(counts: IntArray, capacity: int) -> list[tuple[int, int]]:
    """Join neighbours into ranges of at most ``capacity``; what is larger stands alone.

    Example:
        >>> packed(np.array([2, 2, 9, 0, 4]), 4)
        [(0, 2), (2, 3), (3, 5)]
    """
    ranges, start, held = [], 0, 0
    for position, count in enumerate(counts.tolist()):
        if position > start and held + count > capacity:
            ranges.append((start, position))
            start, held = position, 0
        held += count
    return [*ranges, (start, len(counts))] if len(counts) else []


def check_batch(users: AnyArray, weeks: AnyArray, regions: AnyArray) -> AnyArray:
    """Check the types and lengths of a batch of visits.

    Args:
        users: (k,) integers.
        weeks: (k,) integers.
        regions: (k,) integers.

    Returns:
        The users as uint64; negative ones keep their bits.

    Raises:
        InputError: If they are not integers of equal number.
    """
    for name, column in (("users", users), ("weeks", weeks), ("regions", regions)):
        if column.dtype.kind not in "iu" or column.ndim != 1 or len(column) != len(users):
            raise InputError(
                f"the {name} of a batch are {column.dtype} of shape {column.shape}, "
                f"expected integers of shape ({len(users)},)",
                hint="number users and regions, give weeks as days since 1970-01-01",
            )
    wide = users if users.dtype == np.uint64 else users.astype(np.int64, copy=False)
    return np.ascontiguousarray(wide).view(np.uint64)


def scatter_visits(
    batch: tuple[AnyArray, AnyArray, AnyArray],
    start: int,
    n_regions: int,
    buffers: AnyArray,
    fill: IntArray,
    tally: Tally,
) -> tuple[int, int]:
    """Deal visits out to the partitions of their users until a buffer is full.

    A user's number is mixed by a bijection of 64 bits, whose upper bits are the partition: no two
    users become one.

    Args:
        batch: users (k,) uint64, weeks (k,) by their Mondays in days since 1970-01-01, and
            regions (k,).
        start: Where to begin in the batch.
        n_regions: Regions are numbered from 0 to this, exclusively.
        buffers: (partitions, length) uint32, whole records each.
        fill: (partitions,) words that wait in each buffer.
        tally: What is counted on the way; added to.

    Returns:
        Where it stopped, and which buffer is full; -1 at the end of the batch.

    Raises:
        InputError: If a week is no Monday or far away, or a region has no such number.
    """
    users, weeks, regions = batch
    stop, full = _scatter(
        users,
        weeks,
        regions,
        start,
        n_regions,
        region_bits(n_regions),
        record_words(n_regions),
        buffers,
        fill,
        tally.masses,
        tally.weeks,
        tally.digest,
    )
    if full < _GOOD:
        _complain(full, int(weeks[stop]), int(regions[stop]), n_regions)
    return stop, full


def _complain(fault: int, week: int, region: int, n_regions: int) -> None:
    if fault == _NO_REGION:
        raise InputError(f"a visit is to region {region}, expected 0 to {n_regions - 1}")
    if fault == _FAR_WEEK:
        raise InputError(
            f"a visit is in the week of day {week}, expected years 1813 to 2126",
            hint="give weeks as days since 1970-01-01",
        )
    day = (pd.Timestamp(0) + pd.Timedelta(days=week)).date()
    raise InputError(
        f"a visit's week begins on day {week} since 1970-01-01 ({day:%A} {day}), expected a Monday",
        hint="give each week by its Monday",
    )


def slice_counts(counts: IntArray, records: AnyArray, words: int) -> None:
    """Add the visits of each slice of a partition's users, by the next bits of the mixed number.

    Args:
        counts: (2^10,) int64, added to.
        records: (k · words,) uint32.
        words: Words of a record.
    """
    counts += np.bincount(_slices(records[1::words]), minlength=1 << SLICE_BITS)


def select_users(records: AnyArray, words: int, first: int, stop: int) -> AnyArray:
    """The records of the users in the slices ``first`` ≤ s < ``stop``, (k · words,) uint32."""
    slices = _slices(records[1::words])
    return records.reshape(-1, words)[(slices >= first) & (slices < stop)].ravel()


def _slices(upper: AnyArray) -> AnyArray:
    return (upper >> np.uint32(32 - _TAKEN - SLICE_BITS)) & np.uint32((1 << SLICE_BITS) - 1)


@compiled()
def _scatter(
    users: AnyArray,
    weeks: AnyArray,
    regions: AnyArray,
    start: int,
    n_regions: int,
    bits: int,
    words: int,
    buffers: AnyArray,
    fill: IntArray,
    masses: IntArray,
    weeks_seen: IntArray,
    digest: AnyArray,
) -> tuple[int, int]:
    shift = np.uint64(bits)
    room = buffers.shape[1] - words
    total = digest[0]
    first, last = np.uint64(weeks_seen[0]), np.uint64(weeks_seen[1])
    for position in range(start, len(users)):
        region = np.int64(regions[position])
        if region < 0 or region >= n_regions:
            return position, _NO_REGION
        days = np.int64(weeks[position]) + (_MONDAY - 7 * FIRST_WEEK)
        week = np.uint64(days) // np.uint64(7)
        if week >= np.uint64(WEEKS - 1):
            return position, _FAR_WEEK
        if week * np.uint64(7) != np.uint64(days):
            return position, _NO_MONDAY
        # The mixing of SplitMix64: a bijection, every step of which can be undone.
        user = users[position]
        user = (user ^ (user >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        user = (user ^ (user >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        user ^= user >> np.uint64(31)
        visit = (week << shift) | np.uint64(region)
        partition = np.uintp(user >> np.uint64(64 - _TAKEN))
        place = np.uintp(fill[partition])
        buffers[partition, place] = np.uint32(user)
        buffers[partition, place + np.uintp(1)] = np.uint32(user >> np.uint64(32))
        buffers[partition, place + np.uintp(2)] = np.uint32(visit)
        if words == 4:
            buffers[partition, place + np.uintp(3)] = np.uint32(visit >> np.uint64(32))
        fill[partition] += words
        if user & np.uint64(_SAMPLED) == np.uint64(0):
            masses[region] += 1
        first = min(first, week)
        last = max(last, week)
        total += user ^ (visit * np.uint64(0x9E3779B97F4A7C15))
        if np.int64(place) == room:
            digest[0] = total
            weeks_seen[0], weeks_seen[1] = first, last
            return position + 1, int(np.int64(partition))
    digest[0] = total
    weeks_seen[0], weeks_seen[1] = first, last
    return len(users), _GOOD
