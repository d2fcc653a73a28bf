"""The kinds of places there are, and what drives how many of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml

from placeprint.typing import AnyArray, FloatArray

__all__ = ["DRIVERS", "Categories", "load_categories"]

DRIVERS = (
    "people",
    "income",
    "education",
    "industry",
    "elevation",
    "forest",
    "farmland",
    "water",
    "student",
    "young",
    "family",
    "retired",
)
"""What categories may depend on, in the order of the columns of ``Categories.weights``."""


@dataclass(frozen=True)
class Categories:
    """The c categories of points of interest.

    Attributes:
        names: (c,) such as ``amenity=cafe``.
        rates: (c,) how many a middling cell has.
        weights: (c, 12) how the logarithm of the rate grows with each of :data:`DRIVERS`.
        nouns: (c, m) what such places call themselves; shorter lists are repeated.
    """

    names: AnyArray
    rates: FloatArray
    weights: FloatArray
    nouns: AnyArray


@cache
def load_categories() -> Categories:
    """Read the table of categories that comes with the package.

    Example:
        >>> "amenity=cafe" in load_categories().names
        True
    """
    text = (files("placeprint.simulation") / "categories.yaml").read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    width = int(np.lcm.reduce([len(entry["nouns"]) for entry in table.values()]))
    nouns = [entry["nouns"] * (width // len(entry["nouns"])) for entry in table.values()]
    return Categories(
        names=np.array(list(table), dtype=object),
        rates=np.array([entry["rate"] for entry in table.values()]),
        weights=np.array(
            [[entry.get(driver, 0.0) for driver in DRIVERS] for entry in table.values()]
        ),
        nouns=np.array(nouns, dtype=object),
    )
