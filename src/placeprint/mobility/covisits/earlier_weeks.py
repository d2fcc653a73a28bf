"""Whether a user ties two regions for the first time, told by sets of weeks."""

from __future__ import annotations

import numpy as np

from placeprint.machine_code import compiled
from placeprint.mobility.covisits.few_visits import sort_few
from placeprint.mobility.covisits.user_weeks import UserWeeks
from placeprint.typing import AnyArray, IntArray

__all__ = ["earlier_weeks"]


def earlier_weeks(held: UserWeeks, bits: int) -> AnyArray:
    """In which earlier weeks its user visited the region of each entry.

    Two regions of one week are tied for the first time by their user if these sets of weeks
    have none in common.

    Returns:
        (k, words) uint64, a bit for each of the user's weeks in order.
    """
    words = max(-(-held.most // 64), 1)
    sets = np.zeros((len(held.stops), words), dtype=np.uint64)
    _earlier_weeks(held.visits, held.stops, held.offsets, bits, sets)
    return sets


@compiled()
def _earlier_weeks(
    visits: AnyArray, stops: IntArray, offsets: IntArray, bits: int, sets: AnyArray
) -> None:
    low = np.uint64((1 << bits) - 1)
    order = np.empty(64, dtype=np.uint64)
    weeks = np.empty(64, dtype=np.int64)
    past = np.zeros(sets.shape[1], dtype=np.uint64)
    for user in range(len(offsets) - 1):
        begin, count = offsets[user], offsets[user + 1] - offsets[user]
        if count > len(order):
            order = np.empty(2 * count, dtype=np.uint64)
            weeks = np.empty(2 * count, dtype=np.int64)
        week = 0
        for entry in range(count):
            weeks[entry] = week
            if stops[begin + entry] == begin + entry + 1:
                week += 1
            region = np.uint64(visits[begin + entry]) & low
            order[entry] = (region << np.uint64(32)) | np.uint64(entry)
        sort_few(order, 0, count)
        for place in range(count):
            if place == 0 or order[place] >> np.uint64(32) != order[place - 1] >> np.uint64(32):
                past[:] = 0
            chosen = np.int64(order[place] & np.uint64(0xFFFFFFFF))
            for word in range(len(past)):
                sets[begin + chosen, word] = past[word]
            past[weeks[chosen] // 64] |= np.uint64(1) << np.uint64(weeks[chosen] % 64)
