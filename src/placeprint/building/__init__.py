"""Building: from a recipe and raw files to an Atlas."""

from placeprint.building.builder import build

__all__ = ["build"]
