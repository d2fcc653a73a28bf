"""Embeddings to look at and to ask: an HTTP service with its map, and the map as one file."""

from placeprint.serving.map.page import write_map
from placeprint.serving.map.pmtiles import write_pmtiles
from placeprint.serving.service import create_app, read_key, serve

__all__ = ["create_app", "read_key", "serve", "write_map", "write_pmtiles"]
