"""The text of an object: the tags that say what it is, for a text encoder to read."""

from __future__ import annotations

import json
from collections.abc import Collection

import pandas as pd

from placeprint.sources.osm.vocabulary import (
    FABRIC_KEYS,
    FUNCTIONAL_KEYS,
    is_informative,
    main_tag,
)

__all__ = ["informative_text"]

_ORDER = {key: position for position, key in enumerate((*FUNCTIONAL_KEYS, "building"))}
_NAMES = {"brand": 1, "operator": 2, "name": 3, "official_name": 4, "name:en": 5, "description": 6}


def informative_text(tags: pd.Series, hidden: Collection[str] = ()) -> tuple[pd.Series, pd.Series]:
    """The text and the category of objects, from their tags.

    Functional tags come first, in the order of
    :data:`~placeprint.sources.osm.vocabulary.FUNCTIONAL_KEYS`, then the building, then the other
    tags by key, names last. Left out is what does not say what a place is: identifiers, addresses,
    contacts, opening hours, sources, sizes, values such as "no", names in other languages than the
    local one and English, what a place used to be, and what repeats the name.

    A hidden key takes with it every key that it is a part of ("building:use" goes with
    "building"), but for what a building is made of (its levels, its material), which go only where
    they are hidden themselves.

    Args:
        tags: The tags of each object, JSON objects as text or dictionaries.
        hidden: Keys that neither text nor category may show: those that give a label away.

    Returns:
        The texts ("amenity=cafe, cuisine=thai, name=Anna"), "" where nothing is left; and the
        categories ("amenity=cafe"), "" without a functional tag. Index of ``tags``.

    Example:
        >>> tags = pd.Series([{"name": "Anna", "amenity": "cafe", "building": "retail"}])
        >>> text, category = informative_text(tags)
        >>> text[0], category[0]
        ('amenity=cafe, building=retail, name=Anna', 'amenity=cafe')
        >>> text, category = informative_text(tags, hidden={"building", "amenity"})
        >>> text[0], category[0]
        ('name=Anna', '')
    """
    written = [value if isinstance(value, str) else json.dumps(value) for value in tags]
    # Many objects have the same few tags: each set is read once.
    codes, distinct = pd.factorize(pd.Series(written, dtype=object))
    away = frozenset(hidden)
    read = [_read(json.loads(one), away) for one in distinct]
    both = pd.DataFrame(read, columns=["text", "category"], dtype=object).take(codes)
    both.index = tags.index
    return both["text"].rename("text"), both["category"].rename("category")


def _read(tags: dict[str, str], hidden: frozenset[str]) -> tuple[str, str]:
    seen = {key: value for key, value in tags.items() if not _is_hidden(key, hidden)}
    telling = {key: value for key, value in seen.items() if is_informative(key, value)}
    name = telling.get("name", "").casefold()
    words = [
        f"{key}={telling[key]}"
        for key in sorted(telling, key=_place)
        if key == "name" or telling[key].casefold() != name
    ]
    return ", ".join(words), main_tag(seen)


def _is_hidden(key: str, hidden: frozenset[str]) -> bool:
    if key in hidden:
        return True
    return key not in FABRIC_KEYS and not hidden.isdisjoint(key.split(":"))


def _place(key: str) -> tuple[int, str]:
    """Functional keys by rank, then others by their letters, then names."""
    if key in _NAMES:
        return len(_ORDER) + _NAMES[key], key
    return _ORDER.get(key, len(_ORDER)), key
