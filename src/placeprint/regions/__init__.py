"""Regions: H3 cells or given polygons; which one a point is in, which touch, how large they are."""

from placeprint.regions.areas import areas_km2
from placeprint.regions.cells import cells_of_points, cover
from placeprint.regions.coordinates import check_lonlat
from placeprint.regions.ids import as_ids
from placeprint.regions.regionset import Regions

__all__ = ["Regions", "areas_km2", "as_ids", "cells_of_points", "check_lonlat", "cover"]
