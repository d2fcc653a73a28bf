"""The Atlas: a study area on disk, and the recipe that it is built from."""

from placeprint.atlas.recipe import Recipe, load_recipe
from placeprint.atlas.store import Atlas
from placeprint.atlas.writer import AtlasWriter

__all__ = ["Atlas", "AtlasWriter", "Recipe", "load_recipe"]
