"""Regions: H3 cells or given polygons; which a point is in, which touch, how they are pooled."""

from placeprint.regions.blocks import BOUNDING_ROADS, road_blocks
from placeprint.regions.cells import areas_of_cells, cells_of_points, cover
from placeprint.regions.coordinates import check_lonlat
from placeprint.regions.ids import as_ids, refuse_other_zeros
from placeprint.regions.metric import areas_km2, haversine_m
from placeprint.regions.pooling import POOLINGS, pool
from placeprint.regions.regionset import Regions
from placeprint.regions.roads import nearest_lines, road_densities

__all__ = [
    "BOUNDING_ROADS",
    "POOLINGS",
    "Regions",
    "areas_km2",
    "areas_of_cells",
    "as_ids",
    "cells_of_points",
    "check_lonlat",
    "cover",
    "haversine_m",
    "nearest_lines",
    "pool",
    "refuse_other_zeros",
    "road_blocks",
    "road_densities",
]
