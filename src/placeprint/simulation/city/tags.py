"""Tags as mappers would have put them: incomplete, and sometimes wrong."""

from __future__ import annotations

import numpy as np
import shapely

from placeprint.simulation.city.city import City
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray

__all__ = ["Tags", "building_tags", "place_tags", "street_tags"]

Tags = dict[str, str]

TYPED = 0.5
WRONG = 0.02
WITH_LEVELS = 0.4
WITH_ADDRESS = 0.3
WITH_USE = 0.15
USES = {"retail": "shop=yes", "school": "amenity=school", "office": "office=company"}
"""A tag that some typed and untyped buildings of a function carry too; it gives them away."""

CUISINES = ("pizza", "burger", "asian", "regional", "kebab", "italian")
LANES = {"motorway": "4", "primary": "3", "secondary": "2"}


def street_tags(city: City) -> list[Tags]:
    """``highway``, ``name``, and ``lanes`` of the larger roads, one dict a street.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> street_tags(found_city(60, seed=0))[0]["highway"]
        'motorway'
    """
    return [
        {"highway": kind, "name": name, **({"lanes": LANES[kind]} if kind in LANES else {})}
        for kind, name in zip(city.streets.kinds, city.streets.names, strict=True)
    ]


def building_tags(city: City) -> tuple[AnyArray, list[Tags]]:
    """Tag the buildings.

    Half of them say what they are, ``building=<function>``, 2 % of these wrongly; the others are
    ``building=yes``. 40 % tell their storeys, 30 % an address on the nearest street, and 15 % of
    shops, offices and schools a use (``shop=yes``, …) that gives them away.

    Returns:
        (b,) the value of ``building``; the tags of each.
    """
    rng = stream(city.seed, "city tags")
    buildings, streets = city.buildings, city.streets
    count = len(buildings)
    functions = np.array(FUNCTIONS, dtype=object)
    values = functions[buildings.function]
    wrong = rng.random(count) < WRONG
    values[wrong] = functions[rng.integers(0, len(functions), int(wrong.sum()))]
    values[rng.random(count) >= TYPED] = "yes"
    uses = np.array([USES.get(name, "") for name in FUNCTIONS], dtype=object)[buildings.function]
    uses[rng.random(count) >= WITH_USE] = ""
    tree = shapely.STRtree(streets.geometries())
    roads = streets.names[tree.nearest(shapely.points(buildings.centres))]
    roads[rng.random(count) >= WITH_ADDRESS] = ""
    numbers = rng.integers(1, 180, count)
    levels = np.where(rng.random(count) < WITH_LEVELS, buildings.levels, 0)
    tags = []
    for value, level, road, number, use in zip(values, levels, roads, numbers, uses, strict=True):
        one = {"building": value}
        if level:
            one["building:levels"] = str(level)
        if road:
            one |= {"addr:street": road, "addr:housenumber": str(number)}
        if use:
            key, _, what = use.partition("=")
            one[key] = what
        tags.append(one)
    return values, tags


def place_tags(city: City) -> list[Tags]:
    """Tag the places: the category, the name if known, a cuisine where one eats.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> city = found_city(60, seed=0)
        >>> len(place_tags(city)) == len(city.places)
        True
    """
    rng = stream(city.seed, "city place tags")
    cuisine = rng.integers(0, 2 * len(CUISINES), len(city.places))
    tags = []
    for category, name, drawn in zip(
        city.places.categories, city.places.names, cuisine, strict=True
    ):
        key, _, value = category.partition("=")
        one = {key: value}
        if name is not None:
            one["name"] = name
        if value in {"restaurant", "fast_food"} and drawn < len(CUISINES):
            one["cuisine"] = CUISINES[drawn]
        tags.append(one)
    return tags
