"""Memory for the tiles of InfoNCE, used again from step to step.

To ask the system for it anew at each step takes as long as a fifth of the work.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from placeprint.typing import FloatArray

__all__ = ["give_back", "release", "take"]

_SPARE: deque[FloatArray] = deque(maxlen=1)


def take(tiles: int, entries: int) -> FloatArray:
    """Room for so many tiles: what was given back, if it suffices and no other thread has it.

    Args:
        tiles: How many.
        entries: Numbers in each.

    Returns:
        (tiles or more, entries) float32, of any content.

    Example:
        >>> release()
        >>> first = take(3, 4)
        >>> give_back(first)
        >>> take(2, 4) is first, take(2, 4) is first
        (True, False)
    """
    if tiles:
        try:
            spare = _SPARE.pop()
        except IndexError:
            spare = np.empty((0, entries), dtype=np.float32)
        if len(spare) >= tiles and spare.shape[1] == entries:
            return spare
    return np.empty((tiles, entries), dtype=np.float32)


def give_back(memory: FloatArray) -> None:
    """Keep memory that is no longer needed for the next that asks."""
    _SPARE.append(memory)


def release() -> None:
    """Give what is spare back to the system, as at the end of a training."""
    _SPARE.clear()
