"""A user's visits sorted where they lie: loops to be called in other loops of machine code."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray

__all__ = ["FEW", "sort_distinct", "sort_few"]

FEW: Final = 64
"""So many visits of one user are sorted by counting which are smaller."""


@compiled()
def sort_few(values: AnyArray, start: int, stop: int) -> None:
    """Sort a part of an array, which may be as good as sorted already."""
    if stop - start > 48:
        values[start:stop].sort()
        return
    for position in range(start + 1, stop):
        value = values[position]
        place = position
        while place > start and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@compiled()
def sort_distinct(visits: AnyArray, start: int, stop: int, few: AnyArray, places: AnyArray) -> int:
    """Sort a user's visits and drop repetitions; returns where they end.

    Of few visits, each counts how many are smaller, which takes no branch that a processor could
    guess wrongly and runs in its widest registers.
    """
    count = stop - start
    if count > len(few):
        visits[start:stop].sort()
        end = start
        for position in range(start, stop):
            visit = visits[position]
            if end == start or visits[end - 1] != visit:
                visits[end] = visit
                end += 1
        return end
    places[0] = ~np.uint64(0)
    empty = places[0]
    padded = (count + 7) // 8 * 8
    for position in range(count):
        few[position] = visits[start + position]
        places[position] = empty
    for position in range(count, padded):
        few[position] = empty
    for position in range(count):
        visit = few[position]
        smaller = np.uint32(0)
        for other in range(padded):
            smaller += np.uint32(few[other] < visit)
        places[np.uintp(smaller)] = visit
    end = start
    for position in range(count):
        visits[end] = places[position]
        end += int(places[position] != empty)
    return end
