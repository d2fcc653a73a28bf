"""OpenStreetMap extracts: points of interest, buildings and roads, cleaned, with an account.

Everything made of them must carry :data:`ATTRIBUTION`.
"""

from placeprint.sources.osm.reader import ATTRIBUTION, OSMData, read_osm
from placeprint.sources.osm.text import informative_text
from placeprint.sources.osm.vocabulary import FABRIC_KEYS, FUNCTIONAL_KEYS

__all__ = [
    "ATTRIBUTION",
    "FABRIC_KEYS",
    "FUNCTIONAL_KEYS",
    "OSMData",
    "informative_text",
    "read_osm",
]
