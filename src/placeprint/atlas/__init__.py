"""The Atlas: a study area on disk."""

from placeprint.atlas.links import Links
from placeprint.atlas.store import Atlas
from placeprint.atlas.writer import AtlasWriter

__all__ = ["Atlas", "AtlasWriter", "Links"]
