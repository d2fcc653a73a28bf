"""Building: from a recipe and raw files to an Atlas."""

from placeprint.building.builder import build
from placeprint.building.visits import read_places

__all__ = ["build", "read_places"]
