"""Drafting: from a folder of files to a recipe with comments."""

from placeprint.building.drafting.writing import Draft, draft

__all__ = ["Draft", "draft"]
