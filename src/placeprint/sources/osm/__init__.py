"""OpenStreetMap extracts: points of interest, buildings and roads, cleaned, with an account.

Everything made of them must carry :data:`ATTRIBUTION`.
"""

from placeprint.sources.osm.tables import ATTRIBUTION, OSMData, read_osm
from placeprint.sources.osm.tags import FABRIC_KEYS, FUNCTIONAL_KEYS, informative_text

__all__ = [
    "ATTRIBUTION",
    "FABRIC_KEYS",
    "FUNCTIONAL_KEYS",
    "OSMData",
    "informative_text",
    "read_osm",
]
