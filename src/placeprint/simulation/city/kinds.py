"""The kinds of places that a building of each function attracts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml

from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["LOOKS", "Kinds", "load_kinds"]

LOOKS = ("food", "shop", "service")
"""How a shop front looks, in the order of the numbers in ``Kinds.looks``."""

HOSTS = (*FUNCTIONS, "park")


@dataclass(frozen=True)
class Kinds:
    """The k kinds of places; a category appears once for each host that attracts it.

    Attributes:
        hosts: (k,) a position in :data:`FUNCTIONS`, or one more for parks.
        names: (k,) such as ``amenity=cafe``.
        rates: (k,) how many a host has (a park: per hectare).
        lively: (k,) how the logarithm of the rate grows with liveliness.
        looks: (k,) position in :data:`LOOKS`, −1 if it has no front.
        nouns: (k, m) what such places call themselves; None where they have no name.
    """

    hosts: IntArray
    names: AnyArray
    rates: FloatArray
    lively: FloatArray
    looks: IntArray
    nouns: AnyArray


@cache
def load_kinds() -> Kinds:
    """Read the table of kinds that comes with the package.

    Example:
        >>> "amenity=cafe" in load_kinds().names
        True
    """
    source = files("placeprint.simulation.city") / "places.yaml"
    table = yaml.safe_load(source.read_text(encoding="utf-8"))
    rows = []
    for host, group in table.items():
        total = sum(entry["weight"] for entry in group["kinds"].values())
        for name, entry in group["kinds"].items():
            rate = group["rate"] * entry["weight"] / total
            lively = group["lively"] + entry.get("lively", 0.0)
            rows.append((HOSTS.index(host), name, rate, lively, entry))
    width = int(np.lcm.reduce([len(row[4].get("nouns", [None])) for row in rows]))
    nouns = [row[4].get("nouns", [None]) for row in rows]
    looks = [row[4].get("look") for row in rows]
    return Kinds(
        hosts=np.array([row[0] for row in rows]),
        names=np.array([row[1] for row in rows], dtype=object),
        rates=np.array([row[2] for row in rows]),
        lively=np.array([row[3] for row in rows]),
        looks=np.array([LOOKS.index(look) if look else -1 for look in looks]),
        nouns=np.array([words * (width // len(words)) for words in nouns], dtype=object),
    )
