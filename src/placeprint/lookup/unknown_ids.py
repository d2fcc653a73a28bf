"""Advice on an id that no region has."""

from __future__ import annotations

from typing import Final

import pandas as pd

from placeprint.errors import closest, listing

__all__ = ["closest_id"]

COMPARED: Final = 10_000
"""Ids up to which one is looked for that is alike; of more it would take seconds."""


def closest_id(name: str, ids: pd.Index) -> str:
    """What to do about an unknown id.

    Args:
        name: The id that no region has.
        ids: (n,) the ids that regions have.

    Returns:
        The id that differs by leading zeros alone, or is spelt most alike; of very many what ids
        look like.

    Example:
        >>> closest_id("6075", pd.Index(["06075", "60751"]))
        "ids keep their leading zeros: '06075'"
        >>> closest_id("06O75", pd.Index(["06075", "36061"]))
        "did you mean '06075'?"
    """
    if len(ids) > COMPARED:
        return f"ids look like {listing(ids, limit=3)}"
    bare = name.lstrip("0")
    padded = [known for known in ids if known.lstrip("0") == bare] if name.isdigit() else []
    if padded:
        return f"ids keep their leading zeros: {padded[0]!r}"
    return closest(name, ids)
