"""The Atlas: a study area on disk, and the recipe that it is built from."""

from placeprint.atlas.links import Links
from placeprint.atlas.recipe import Recipe, load_recipe
from placeprint.atlas.store import Atlas
from placeprint.atlas.writer import AtlasWriter

__all__ = ["Atlas", "AtlasWriter", "Links", "Recipe", "load_recipe"]
