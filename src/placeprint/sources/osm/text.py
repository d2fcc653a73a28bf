"""The text of an object: the tags that say what it is, for a text encoder to read."""

from __future__ import annotations

import json
from collections.abc import Collection

import pandas as pd

from placeprint.sources.osm.vocabulary import (
    FUNCTIONAL_KEYS,
    SILENT_VALUES,
    is_informative,
    main_tag,
)

__all__ = ["informative_text"]

_ORDER = {key: position for position, key in enumerate((*FUNCTIONAL_KEYS, "building"))}
_NAMES = {"brand": 1, "operator": 2, "name": 3, "official_name": 4, "name:en": 5, "description": 6}


def informative_text(
    tags: pd.Series, only: Collection[str] | None = None
) -> tuple[pd.Series, pd.Series]:
    """The text and the category of objects, from their tags.

    Functional tags come first, in the order of
    :data:`~placeprint.sources.osm.vocabulary.FUNCTIONAL_KEYS`, then the building, then the other
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
    return both["text"].rename("text"), both["category"].rename("category")


def _read(tags: dict[str, str], only: Collection[str] | None) -> tuple[str, str]:
    if only is None:
        telling = {key: value for key, value in tags.items() if is_informative(key, value)}
    else:
        tags = {key: value for key, value in tags.items() if key in only}
        telling = {key: value for key, value in tags.items() if value not in SILENT_VALUES}
    name = telling.get("name", "").casefold()
    words = [
        f"{key}={telling[key]}"
        for key in sorted(telling, key=_place)
        if key == "name" or telling[key].casefold() != name
    ]
    return ", ".join(words), main_tag(tags)


def _place(key: str) -> tuple[int, str]:
    """Functional keys by rank, then others by their letters, then names."""
    if key in _NAMES:
        return len(_ORDER) + _NAMES[key], key
    return _ORDER.get(key, len(_ORDER)), key
