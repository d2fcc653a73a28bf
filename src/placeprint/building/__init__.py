"""Building: from a recipe and raw files to an Atlas."""

from placeprint.building.build import build

__all__ = ["build"]
