"""Building: from a recipe and raw files to an Atlas."""

from placeprint.building.builder import build
from placeprint.building.layers.graphs import read_places
from placeprint.building.recipe import Recipe, load_recipe

__all__ = [
    "Recipe",
    "build",
    "load_recipe",
    "read_places",
]
