"""The regions that each user visits in each week, once each, capped by the rules."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from placeprint.machine_code import compiled
from placeprint.mobility.covisits.few_visits import FEW, sort_distinct, sort_few
from placeprint.mobility.covisits.radix import digits
from placeprint.typing import AnyArray, IntArray

__all__ = ["UserWeeks", "user_weeks"]

VISITS_TOGETHER: Final = 4
"""Visits that share a place once records are sorted, where users have one each."""

WIDEST: Final = 13
"""Bits of the users that records are sorted by at once: records are many, places are few."""


class UserWeeks(NamedTuple):
    """What some users visited; weeks of a single region, which tie nothing, are left out.

    Attributes:
        visits: (k,) week and region in one number, sorted within each user.
        stops: (k,) int32, where the week that an entry belongs to ends.
        offsets: (u + 1,) int32, where each user's entries begin.
        most: The most weeks of one user.
        dropped: Regions of a user and week that the caps took away.
    """

    visits: AnyArray
    stops: IntArray
    offsets: IntArray
    most: int
    dropped: int


def user_weeks(
    records: AnyArray,
    words: int,
    bits: int,
    most_regions: int | None = None,
    most_weeks: int | None = None,
) -> UserWeeks:
    """Group visits by user and week, drop repetitions and apply the caps.

    Records are sorted by some of the mixed bits of their users, so many that few users share a
    place; what a place holds is short, and sorted where it lies.

    Args:
        records: (k · words,) uint32: the user's lower and upper half, and week and region in one
            or two words; used as room to work in.
        words: 3 or 4.
        bits: How many bits of the last number are the region's.
        most_regions: Keep the regions that a user visits most often in a week; ties go to the
            lower number.
        most_weeks: Keep the first weeks of a user.

    Example:
        >>> user = [7, 0]
        >>> records = np.array([*user, 0b101, 9, 0, 0b100, *user, 0b100, *user, 0b101], dtype="u4")
        >>> user_weeks(records, 3, 1).visits.tolist()
        [4, 5]
    """
    count = len(records) // words
    shared = min(max(count // VISITS_TOGETHER, 1).bit_length() - 1, 32)
    for shift, width in digits(shared, WIDEST):
        other = np.empty_like(records)
        _deal(records, other, words, shift, width)
        records = other
    visits = np.empty(count, dtype=np.uint32 if words == 3 else np.uint64)
    stops = np.empty(count, dtype=np.int32)
    offsets = np.empty(count // 2 + 2, dtype=np.int32)
    kept, users, most, dropped = _keep(
        records,
        words,
        shared,
        visits,
        stops,
        offsets,
        bits,
        most_regions or 0,
        most_weeks or 0,
    )
    return UserWeeks(visits[:kept], stops[:kept], offsets[: users + 1], most, dropped)


@compiled()
def _deal(records: AnyArray, other: AnyArray, words: int, shift: int, width: int) -> None:
    mask = np.uint32((1 << width) - 1)
    down = np.uint32(shift)
    places = np.zeros((1 << width) + 1, dtype=np.int64)
    for start in range(0, len(records), words):
        places[np.uintp((records[start] >> down) & mask) + np.uintp(1)] += words
    for value in range(1 << width):
        places[value + 1] += places[value]
    for start in range(0, len(records), words):
        shared = np.uintp((records[start] >> down) & mask)
        place = np.uintp(places[shared])
        places[shared] += words
        other[place] = records[start]
        other[place + np.uintp(1)] = records[start + 1]
        other[place + np.uintp(2)] = records[start + 2]
        if words == 4:
            other[place + np.uintp(3)] = records[start + 3]


@compiled()
def _take_user(
    records: AnyArray,
    words: int,
    begin: int,
    stop: int,
    mask: np.uint32,
    visits: AnyArray,
    place: int,
) -> tuple[int, int, int]:
    """Move the visits of a run's first user out of it; the run's others close up at its start.

    Returns:
        Where the visits end, where the others end, and where the run ends.
    """
    low, high = records[begin], records[begin + 1]
    shared = low & mask
    rest = position = begin
    while position < stop and records[position] & mask == shared:
        if records[position] == low and records[position + 1] == high:
            visit = np.uint64(records[position + 2])
            if words == 4:
                visit |= np.uint64(records[position + 3]) << np.uint64(32)
            visits[place] = visit
            place += 1
        else:
            for word in range(words):
                records[rest + word] = records[position + word]
            rest += words
        position += words
    return place, rest, position


@compiled()
def _keep(
    records: AnyArray,
    words: int,
    shared: int,
    visits: AnyArray,
    stops: IntArray,
    offsets: IntArray,
    bits: int,
    most_regions: int,
    most_weeks: int,
) -> tuple[int, int, int, int]:
    mask = np.uint32((1 << shared) - 1)
    few = np.zeros(FEW, dtype=visits.dtype)
    places = np.zeros(FEW, dtype=visits.dtype)
    kept = users = most = dropped = 0
    begin = 0
    offsets[0] = 0
    while begin < len(records):
        run, stop = -1, len(records)
        while stop > begin:
            last, rest, end = _take_user(records, words, begin, stop, mask, visits, kept)
            before, lost = kept, 0
            if most_regions == 0 and most_weeks == 0:
                last = sort_distinct(visits, kept, last, few, places)
                kept, tying = _tying_weeks(visits, kept, last, stops, bits)
            else:
                sort_few(visits, kept, last)
                kept, tying, lost = _keep_user(
                    visits, kept, last, stops, bits, most_regions, most_weeks
                )
            if kept > before:
                users += 1
                offsets[users] = kept
            most = max(most, tying)
            dropped += lost
            run = max(run, end)
            stop = rest
        begin = run
    return kept, users, most, dropped


@compiled()
def _tying_weeks(
    visits: AnyArray, begin: int, stop: int, stops: IntArray, bits: int
) -> tuple[int, int]:
    """Leave out weeks of one region; where a user's visits end, and how many weeks tie."""
    shift = np.uint64(bits)
    kept = first = begin
    tying = 0
    week = np.uint64(visits[begin]) >> shift
    for position in range(begin, stop + 1):
        ends = position == stop
        if ends or np.uint64(visits[position]) >> shift != week:
            if kept - first < 2:
                kept = first
            else:
                for entry in range(first, kept):
                    stops[entry] = kept
                tying += 1
            if ends:
                break
            first = kept
            week = np.uint64(visits[position]) >> shift
        visits[kept] = visits[position]
        kept += 1
    return kept, tying


@compiled()
def _keep_user(
    visits: AnyArray,
    begin: int,
    stop: int,
    stops: IntArray,
    bits: int,
    most_regions: int,
    most_weeks: int,
) -> tuple[int, int, int]:
    """The same of sorted visits with their repetitions, by the caps; also what these take away."""
    shift = np.uint64(bits)
    low = np.uint64((1 << bits) - 1)
    ranks = np.empty(stop - begin if most_regions > 0 else 0, dtype=np.uint64)
    kept = position = begin
    weeks = tying = dropped = 0
    while position < stop:
        week = np.uint64(visits[position]) >> shift
        first, run = kept, position
        while position < stop and np.uint64(visits[position]) >> shift == week:
            visit = visits[position]
            visits[kept] = visit
            position += 1
            if position == stop or visits[position] != visit:
                if most_regions > 0:
                    # Upside down, so that what is visited most comes first when sorted.
                    often = np.uint64(0xFFFFFFFF - (position - run))
                    ranks[kept - first] = (often << np.uint64(32)) | (np.uint64(visit) & low)
                    run = position
                kept += 1
        weeks += 1
        if most_weeks > 0 and weeks > most_weeks:
            dropped += kept - first
            kept = first
        elif most_regions > 0 and kept - first > most_regions:
            dropped += kept - first - most_regions
            sort_few(ranks, 0, kept - first)
            kept = first + most_regions
            for place in range(most_regions):
                visits[first + place] = (week << shift) | (ranks[place] & low)
            sort_few(visits, first, kept)
        if kept - first < 2:
            kept = first
        else:
            stops[first:kept] = kept
            tying += 1
    return kept, tying, dropped
