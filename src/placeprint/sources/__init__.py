"""Readers of raw data: each checks what it reads, and says what it matched and what it dropped."""

from placeprint.sources.embeddings import read_embeddings, read_ids
from placeprint.sources.ids import Coverage
from placeprint.sources.imagery import ImageCrop, ImageCrops
from placeprint.sources.label_tables import LabelColumn, read_labels_table, read_memberships
from placeprint.sources.osm import OSMData, read_osm
from placeprint.sources.outlines import (
    are_h3_cells,
    centroids_of_cells,
    read_area,
    read_centroids,
    read_outlines,
)
from placeprint.sources.places import EveryCell, KnownRegions, Localities
from placeprint.sources.satellite import read_satellite
from placeprint.sources.street_views import ViewCoverage, read_street_views
from placeprint.sources.table import Table
from placeprint.sources.visits import LocatedVisits, VisitColumns, locate_visits, visit_files

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
    "Table",
    "ViewCoverage",
    "VisitColumns",
    "are_h3_cells",
    "centroids_of_cells",
    "locate_visits",
    "read_area",
    "read_centroids",
    "read_embeddings",
    "read_ids",
    "read_labels_table",
    "read_memberships",
    "read_osm",
    "read_outlines",
    "read_satellite",
    "read_street_views",
    "visit_files",
]
