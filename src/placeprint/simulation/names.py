"""Names of towns, families, streets and brands, made of syllables and word lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from placeprint.typing import AnyArray, IntArray

__all__ = ["BRANDS", "FAMILIES", "STREETS", "town_names"]


def _words(text: str) -> AnyArray:
    return np.array(text.split(), dtype=object)


HEADS = _words(
    "Al Ash Bel Bir Bren Cal Car Dal Dor Dun El Es Fal Fen Gar Glen Hal Har Hol Il Jor Kal "
    "Kes Lan Lor Mal Mar Mer Nor Ol Os Pel Per Quin Ros Sal Sel Tam Tor Ul Val Ver Wel Wyn Yar"
)
MIDDLES = _words(
    "a an ar be da de den di e el en er i il in ka la le li lo ma mi na ne o or ra ri ro ta ti u"
)
TAILS = _words(
    "bach berg bridge bury by cott dale don fell field ford gate ham haven hill holm hurst "
    "ley mere mouth ness port sea stead stow thorpe ton vale ville wick worth"
)
TOWNS = len(HEADS) * len(MIDDLES) * len(TAILS)

FAMILIES = _words(
    "Abel Adair Amato Arden Baker Barros Becker Bello Bianchi Bishop Blanc Boyd Brandt Brook "
    "Carver Castro Chandra Chen Costa Cruz Dalton Delacroix Dietrich Dubois Eder Ellis Endo "
    "Farrow Ferrer Fischer Fox Fuentes Garner Gomez Grant Haas Hale Hansen Hart Ibarra Ito Jain "
    "Jensen Kaya Keller Khan Kowal Lam Larsen Lima Lopez Maier Marsh Mori Moss Nair Novak Okafor "
    "Olsen Ortiz Park Perrin Petit Quist Ramos Reyes Rossi Ruiz Santos Sato Silva Singh Stone "
    "Tanaka Torres Ueda Vega Vogel Walsh Weber Wood Yamada Young Zhou"
)
STREET_WORDS = _words(
    "Abbey Bank Bell Canal Castle Church Dock Elm Garden Green High Hill King Lake Market Meadow "
    "Mill Oak Orchard Park Queen River Rose School Spring Station Union Victory Water Willow"
)
STREETS = np.concatenate([STREET_WORDS + kind for kind in (" Street", " Road", " Square")])
BRANDS = (
    _words("Pennywise Savio Multi Basko Dayly Quickly Lowmark Thriftly Buddy Grabbo Nimble Zippa"),
    _words("Corner Orbis Harvest Alta Domus Fresco Linden Novia Trio Vitalo Mosaic Bluebird"),
    _words("Aurelia Maison Belvoir Luxor Serein Noble Opaline Regent Solenne Verano Elysium Crown"),
)
"""Chains of three tiers: discount, middle and upmarket."""


def town_names(count: int, rng: np.random.Generator) -> AnyArray:
    """Draw distinct names for towns.

    Args:
        count: How many, at most some 50,000.
        rng: Random generator.

    Returns:
        (count,) strings, all different.

    Example:
        >>> names = town_names(3, np.random.default_rng(0))
        >>> len(set(names.tolist()))
        3
    """
    drawn: IntArray = rng.choice(TOWNS, size=count, replace=False)
    rest, tail = np.divmod(drawn, len(TAILS))
    head, middle = np.divmod(rest, len(MIDDLES))
    names: Any = HEADS[head] + MIDDLES[middle] + TAILS[tail]
    return np.asarray(names, dtype=object)
