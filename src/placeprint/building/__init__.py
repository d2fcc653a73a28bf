"""Building: from a recipe and raw files to an Atlas."""

from placeprint.building.builder import build
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, save_features, save_table
from placeprint.building.layers.graphs import read_places
from placeprint.building.recipe import Recipe, load_recipe

__all__ = [
    "BuildContext",
    "FileSpec",
    "LayerSpec",
    "Recipe",
    "build",
    "load_recipe",
    "read_places",
    "save_features",
    "save_table",
]
