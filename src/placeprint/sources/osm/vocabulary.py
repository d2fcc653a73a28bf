"""Which keys of OpenStreetMap say what a place is, and which say something else."""

from __future__ import annotations

from typing import Final

__all__ = [
    "FABRIC_KEYS",
    "FUNCTIONAL_KEYS",
    "NOT_ROADS",
    "is_building",
    "is_informative",
    "is_road",
    "main_tag",
]

FUNCTIONAL_KEYS: Final = (
    "amenity",
    "shop",
    "tourism",
    "leisure",
    "office",
    "healthcare",
    "craft",
    "historic",
    "public_transport",
    "aeroway",
    "club",
    "sport",
    "landuse",
)
"""Keys that say what a place is for, the most telling first: the first that an object has names its
category."""

FABRIC_KEYS: Final = frozenset({"building:levels", "building:material"})
"""What a building is made of, not what it is for: all that is read of one with a label."""

NOT_ROADS: Final = frozenset(
    {
        "abandoned",
        "bus_stop",
        "construction",
        "corridor",
        "crossing",
        "demolished",
        "disused",
        "elevator",
        "emergency_bay",
        "no",
        "planned",
        "platform",
        "proposed",
        "razed",
        "rest_area",
        "services",
        "traffic_island",
    }
)
"""Values of ``highway`` that are no road, or none yet, or none any more."""

SILENT_VALUES: Final = frozenset({"", "*", "?", "fixme", "no", "none", "unknown"})
"""Values that say what is not there, or nothing."""

TELLING_YES: Final = frozenset({"shop", "office", "healthcare", "craft", "historic", "club"})
"""Functional keys of which "yes" says something: ``shop=yes`` is a shop, ``amenity=yes`` is
anything."""

TRANSLATED: Final = frozenset({"name", "official_name", "brand", "operator", "description"})
"""Keys whose sub-keys repeat them, in other languages or for other years."""

LIFECYCLE: Final = frozenset(
    {
        "abandoned",
        "construction",
        "demolished",
        "destroyed",
        "disused",
        "old",
        "planned",
        "proposed",
        "razed",
        "removed",
        "ruins",
        "was",
    }
)
"""Before a key: what the place was, or may be one day."""

SILENT_PARTS: Final = frozenset(
    {
        # how the entry was made
        "CHECKME",
        "FIXME",
        "accuracy",
        "attribution",
        "check_date",
        "cityracks",
        "comment",
        "created_by",
        "date",
        "fixme",
        "gnis",
        "image",
        "import",
        "mapillary",
        "note",
        "signed",
        "source",
        "survey",
        "tiger",
        "todo",
        "type",
        "version",
        "visibility",
        "wikimedia_commons",
        # identifiers and other names
        "alt_name",
        "gtfs",
        "gtfs_id",
        "int_name",
        "loc_name",
        "local_ref",
        "nat_name",
        "old_name",
        "ref",
        "reg_name",
        "route_ref",
        "short_name",
        "sorting_name",
        "wikidata",
        "wikipedia",
        # how to reach it
        "addr",
        "address",
        "contact",
        "country",
        "email",
        "fax",
        "is_in",
        "mobile",
        "noaddress",
        "nohousenumber",
        "phone",
        "postal_code",
        "telephone",
        "url",
        "website",
        # when it is open, what it costs, who gets in how
        "charge",
        "collection_times",
        "condition",
        "covid19",
        "currency",
        "delivery",
        "end_date",
        "fee",
        "happy_hours",
        "internet_access",
        "max_age",
        "maxstay",
        "min_age",
        "opening_hours",
        "payment",
        "reservation",
        "service_times",
        "smoking",
        "start_date",
        "tactile_paving",
        "ticket",
        "wheelchair",
        "wifi",
        "year",
        # its shape and its furniture
        "area",
        "backrest",
        "barrier",
        "bench",
        "bin",
        "capacity",
        "color",
        "colour",
        "covered",
        "departures_board",
        "diameter",
        "direction",
        "ele",
        "fence",
        "floor",
        "gauge",
        "height",
        "indoor",
        "lanes",
        "layer",
        "length",
        "level",
        "lit",
        "location",
        "maintenance",
        "material",
        "maxheight",
        "min_height",
        "min_level",
        "part",
        "passenger_information_display",
        "roof",
        "rooms",
        "seats",
        "shelter",
        "smoothness",
        "surface",
        "wall",
        "width",
        # long lists of small things
        "fuel",
        "inscription",
        "recycling",
        "seamark",
        "traffic_sign",
    }
)
"""Keys, or parts of keys between colons or points, that do not say what a place is."""


def is_building(tags: dict[str, str]) -> bool:
    """Whether an object is a building: ``building=*``, but for "no".

    Example:
        >>> is_building({"building": "house"}), is_building({"building": "no"})
        (True, False)
    """
    return tags.get("building", "no") not in SILENT_VALUES


def is_road(tags: dict[str, str]) -> bool:
    """Whether a way is a road or path that can be used, drawn as a line.

    Example:
        >>> is_road({"highway": "steps"}), is_road({"highway": "proposed"})
        (True, False)
        >>> is_road({"highway": "pedestrian", "area": "yes"})
        False
    """
    return tags.get("highway", "no") not in NOT_ROADS and tags.get("area") != "yes"


def is_informative(key: str, value: str) -> bool:
    """Whether a tag says what a place is.

    Example:
        >>> is_informative("cuisine", "thai"), is_informative("addr:street", "High Street")
        (True, False)
        >>> is_informative("amenity", "yes"), is_informative("shop", "yes")
        (False, True)
    """
    if value.strip().lower() in SILENT_VALUES or value.startswith(("http://", "https://")):
        return False
    if key in FABRIC_KEYS:
        return True
    if value == "yes" and (
        key == "building" or (key in FUNCTIONAL_KEYS and key not in TELLING_YES)
    ):
        return False
    first, *rest = parts = key.replace(".", ":").split(":")
    if rest and (first in LIFECYCLE or (first in TRANSLATED and key != "name:en")):
        return False
    return key not in SILENT_PARTS and SILENT_PARTS.isdisjoint(parts)


def main_tag(tags: dict[str, str]) -> str:
    """The category of an object: its first functional tag, as "amenity=cafe"; "" without one.

    Of several values ("bar;cafe") the first counts; a tag that says nothing counts only where no
    other is there.

    Example:
        >>> main_tag({"sport": "tennis", "leisure": "pitch"}), main_tag({"name": "Anna"})
        ('leisure=pitch', '')
    """
    functional = [
        (key, tags[key])
        for key in FUNCTIONAL_KEYS
        if tags.get(key, "no").lower() not in SILENT_VALUES
    ]
    telling = [pair for pair in functional if is_informative(*pair)]
    for key, value in telling or functional:
        return f"{key}={value.split(';')[0].strip()}"
    return ""
