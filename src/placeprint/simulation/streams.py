"""Random numbers: every part of the country draws from a stream of its own."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, part: str) -> np.random.Generator:
    """The random generator of one part of the country.

    Parts draw from independent streams, so that a change in one leaves the others as they were.

    Args:
        seed: The country's seed, 0 or more.
        part: The name of the part.

    Example:
        >>> bool(stream(0, "trips").random() == stream(0, "trips").random())
        True
        >>> bool(stream(0, "trips").random() == stream(0, "places").random())
        False
    """
    return np.random.default_rng([seed, zlib.crc32(part.encode())])
