"""Readers of raw data: each checks what it reads, and says what it matched and what it dropped."""

from placeprint.sources.centroids import (
    are_h3_cells,
    centroids_of_cells,
    read_centroids,
    read_outlines,
)
from placeprint.sources.coverage import Coverage
from placeprint.sources.embeddings import read_embeddings, read_ids
from placeprint.sources.flows import read_flows
from placeprint.sources.imagery import ImageCrop, ImageCrops
from placeprint.sources.label_tables import LabelColumn, read_labels_table
from placeprint.sources.labels import read_point_labels, read_region_labels, read_unit_labels
from placeprint.sources.localities import EveryCell, KnownRegions, Localities
from placeprint.sources.located import LocatedVisits
from placeprint.sources.memberships import read_memberships
from placeprint.sources.osm import OSMData, read_osm
from placeprint.sources.points import read_points
from placeprint.sources.polygons import read_area, read_polygons
from placeprint.sources.region_tables import read_region_table, read_units
from placeprint.sources.satellite import read_satellite
from placeprint.sources.street_views import ViewCoverage, read_street_views
from placeprint.sources.tables import column_names, match_columns, read_rows
from placeprint.sources.visits import VisitColumns, locate_visits, visit_files

__all__ = [
    "Coverage",
    "EveryCell",
    "ImageCrop",
    "ImageCrops",
    "KnownRegions",
    "LabelColumn",
    "Localities",
    "LocatedVisits",
    "OSMData",
    "ViewCoverage",
    "VisitColumns",
    "are_h3_cells",
    "centroids_of_cells",
    "column_names",
    "locate_visits",
    "match_columns",
    "read_area",
    "read_centroids",
    "read_embeddings",
    "read_flows",
    "read_ids",
    "read_labels_table",
    "read_memberships",
    "read_osm",
    "read_outlines",
    "read_point_labels",
    "read_points",
    "read_polygons",
    "read_region_labels",
    "read_region_table",
    "read_rows",
    "read_satellite",
    "read_street_views",
    "read_unit_labels",
    "read_units",
    "visit_files",
]
