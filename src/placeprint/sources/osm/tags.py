"""The tags of OpenStreetMap: which say what a place is, and the text that they make of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

import pandas as pd

__all__ = ["FABRIC_KEYS", "FUNCTIONAL_KEYS", "informative_text", "is_building", "is_road", "use_of"]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


FUNCTIONAL_KEYS: Final = _words(
    "amenity shop tourism leisure office healthcare craft historic public_transport aeroway",
    "club sport landuse",
)
"""Keys that say what a place is for, the most telling first: the first that an object has names its
category."""

NAMES: Final = _words("brand operator name official_name name:en description")

ORDER: Final = {key: at for at, key in enumerate((*FUNCTIONAL_KEYS, "building", "", *NAMES))}
"""The places of keys in a text; "" is that of all others, among themselves by their letters."""

FABRIC_KEYS: Final = frozenset({"building:levels", "building:material"})
"""What a building is made of, not what it is for: all that is read of one with a label."""

NOT_ROADS: Final = _words(
    "abandoned bus_stop construction corridor crossing demolished disused elevator",
    "emergency_bay no planned platform proposed razed rest_area services traffic_island",
)
"""Values of ``highway`` that are no road, or none yet, or none any more."""

SILENT_VALUES: Final = frozenset({"", "*", "?", "fixme", "no", "none", "unknown"})
"""Values that say what is not there, or nothing."""

VAGUE_YES: Final = _words("building amenity tourism leisure public_transport aeroway sport landuse")
"""Keys of which "yes" says nothing: ``amenity=yes`` is anything, but ``shop=yes`` is a shop."""

TRANSLATED: Final = frozenset({"name", "official_name", "brand", "operator", "description"})
"""Keys whose sub-keys repeat them, in other languages or for other years."""

LIFECYCLE: Final = _words(
    "abandoned construction demolished destroyed disused old planned proposed razed removed",
    "ruins was",
)
"""Before a key: what the place was, or may be one day."""

SILENT_PARTS: Final = frozenset(
    _words(
        # how the entry was made
        "CHECKME FIXME accuracy attribution check_date cityracks comment created_by date fixme",
        "gnis image import mapillary note signed source survey tiger todo type version visibility",
        "wikimedia_commons",
        # identifiers and other names
        "alt_name gtfs gtfs_id int_name loc_name local_ref nat_name old_name ref reg_name",
        "route_ref short_name sorting_name wikidata wikipedia",
        # how to reach it
        "addr address contact country email fax is_in mobile noaddress nohousenumber phone",
        "postal_code telephone url website",
        # when it is open, what it costs, who gets in how
        "charge collection_times condition covid19 currency delivery end_date fee happy_hours",
        "internet_access max_age maxstay min_age opening_hours payment reservation service_times",
        "smoking start_date tactile_paving ticket wheelchair wifi year",
        # its shape and its furniture
        "area backrest barrier bench bin capacity color colour covered departures_board diameter",
        "direction ele fence floor gauge height indoor lanes layer length level lit location",
        "maintenance material maxheight min_height min_level part passenger_information_display",
        "roof rooms seats shelter smoothness surface wall width",
        # long lists of small things
        "fuel inscription recycling seamark traffic_sign",
    )
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
    if value == "yes" and key in VAGUE_YES:
        return False
    first, *rest = parts = key.replace(".", ":").split(":")
    if rest and (first in LIFECYCLE or (first in TRANSLATED and key != "name:en")):
        return False
    return key in FABRIC_KEYS or (key not in SILENT_PARTS and SILENT_PARTS.isdisjoint(parts))


def use_of(tags: dict[str, str]) -> str:
    """The category of an object: its first functional tag, as "amenity=cafe"; "" without one.

    Of several values ("bar;cafe") the first counts; a tag that says nothing counts only where no
    other is there.

    Example:
        >>> use_of({"sport": "tennis", "leisure": "pitch"}), use_of({"name": "Anna"})
        ('leisure=pitch', '')
    """
    found = [key for key in FUNCTIONAL_KEYS if tags.get(key, "no").lower() not in SILENT_VALUES]
    telling = [key for key in found if is_informative(key, tags[key])]
    key = next(iter(telling or found), "")
    return f"{key}={tags[key].split(';')[0].strip()}" if key else ""


def informative_text(
    tags: pd.Series, only: Collection[str] | None = None
) -> tuple[pd.Series, pd.Series]:
    """The text and the category of objects, from their tags.

    Functional tags come first, in the order of
    :data:`~placeprint.sources.osm.tags.FUNCTIONAL_KEYS`, then the building, then the other
    tags by key, names last. Left out is what does not say what a place is: identifiers, addresses,
    contacts, opening hours, sources, sizes, values such as "no", names in other languages than the
    local one and English, what a place used to be, and what repeats the name.

    Args:
        tags: The tags of each object, JSON objects as text or dictionaries.
        only: The keys that text and category may show, which are shown then whatever they say;
            None: all that say what a place is.

    Returns:
        The texts ("amenity=cafe, cuisine=thai, name=Anna"), "" where nothing is left; and the
        categories ("amenity=cafe"), "" without a functional tag. Index of ``tags``.

    Example:
        >>> tags = pd.Series([{"name": "Anna", "amenity": "cafe", "building": "retail"}])
        >>> text, category = informative_text(tags)
        >>> text[0], category[0]
        ('amenity=cafe, building=retail, name=Anna', 'amenity=cafe')
        >>> text, category = informative_text(tags, only={"name", "building:levels"})
        >>> text[0], category[0]
        ('name=Anna', '')
    """
    written = [value if isinstance(value, str) else json.dumps(value) for value in tags]
    # Many objects have the same few tags: each set is read once.
    codes, distinct = pd.factorize(pd.Series(written, dtype=object))
    read = [_read(json.loads(one), only) for one in distinct]
    both = pd.DataFrame(read, columns=["text", "category"], dtype=object).take(codes)
    both.index = tags.index
    return both["text"], both["category"]


def _read(tags: dict[str, str], only: Collection[str] | None) -> tuple[str, str]:
    if only is None:
        telling = {key: value for key, value in tags.items() if is_informative(key, value)}
    else:
        tags = {key: value for key, value in tags.items() if key in only}
        telling = {key: value for key, value in tags.items() if value not in SILENT_VALUES}
    name = telling.get("name", "").casefold()
    words = [
        f"{key}={telling[key]}"
        for key in sorted(telling, key=lambda key: (ORDER.get(key, ORDER[""]), key))
        if key == "name" or telling[key].casefold() != name
    ]
    return ", ".join(words), use_of(tags)
