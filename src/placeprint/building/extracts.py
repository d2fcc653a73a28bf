"""OpenStreetMap extracts, each read once for all the layers that come from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.regions.antimeridian import HALF_TURN, cut, extent, put_together, wrapped
from placeprint.sources import Coverage
from placeprint.sources.osm import ATTRIBUTION, OSMData, read_osm
from placeprint.typing import BoolArray

__all__ = ["OSM_TABLES", "Extracts"]

OSM_TABLES: Final = {"osm_pois": "pois", "osm_buildings": "buildings", "osm_ways": "ways"}
"""For each kind of entity the table of an extract that holds it."""


class Extracts:
    """Reads OpenStreetMap extracts and finds the regions of their objects.

    Args:
        data: The folder of the raw files.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._read: dict[str, OSMData] = {}
        self._placed: dict[tuple[str, str], tuple[pd.DataFrame, Coverage]] = {}

    def read(self, name: str) -> OSMData:
        """The points of interest, buildings and ways of an extract.

        Args:
            name: The file, relative to the folder of raw files.

        Raises:
            InputError: If it is no extract, or holds nothing of use.
            MissingExtraError: If osmium is not installed.
        """
        if name not in self._read:
            self._read[name] = read_osm(self._data / name)
        return self._read[name]

    def account(self, name: str) -> dict[str, Any]:
        """What the provenance of a layer says about the extract that it comes from."""
        return {"osm": self.read(name).account, "licence": ATTRIBUTION}

    def placed(self, name: str, kind: str, regions: Regions) -> tuple[pd.DataFrame, Coverage]:
        """The objects of one kind, with the region that each is in.

        A point of interest or a building is where its ``lon`` and ``lat`` are, a road where its
        middle is. Objects in no region are kept, for a model may need what lies around a region.

        Args:
            name: The file.
            kind: One of :data:`OSM_TABLES`.
            regions: The regions of the study area.

        Returns:
            The table, sorted by id, ``region_id`` beside it (None outside of all regions), and
            the coverage: rows matched are those in a region, none is dropped.

        Raises:
            InputError: If the extract shows none of the regions.
        """
        key = (name, kind)
        if key not in self._placed:
            self.shown(name, regions)
            table: pd.DataFrame = getattr(self.read(name), OSM_TABLES[kind])
            self._placed[key] = _place(table, regions)
        return self._placed[key]

    def shown(self, name: str, regions: Regions) -> BoolArray:
        """Which regions have their centre within the bounding box of an extract.

        Args:
            name: The file.
            regions: The regions of the study area.

        Returns:
            (n,) a mask.

        Raises:
            InputError: If the box meets none of the regions.
        """
        data = self.read(name)
        tables = (data.pois, data.buildings, data.ways)
        shapes = np.concatenate([table["geometry"].to_numpy() for table in tables])
        # An edge of half a turn would be one the other way round the Earth.
        box = cut(shapely.segmentize(shapely.box(*np.array(extent(shapes))[:, None]), 90.0))[0]
        outlines = regions.geometry.to_numpy()
        if not shapely.intersects(outlines, box).any():
            raise InputError(
                f"it reaches from {_reach(extent(shapes))} and shows none of the regions, which "
                f"reach from {_reach(extent(outlines))}",
                source=self._data / name,
                hint="name the extract of this study area",
            )
        centres = regions.centroids()
        inside: BoolArray = shapely.intersects_xy(box, centres["lon"], centres["lat"])
        return inside


def _reach(bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    east = east if east <= HALF_TURN else wrapped(east)
    return f"{west:.4g}, {south:.4g} to {east:.4g}, {north:.4g}"


def _place(table: pd.DataFrame, regions: Regions) -> tuple[pd.DataFrame, Coverage]:
    table = table.sort_values(table.columns[0], ignore_index=True)
    if "lon" in table:
        lon, lat = table["lon"].to_numpy(float), table["lat"].to_numpy(float)
    else:
        lines = put_together(table["geometry"].to_numpy())
        middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
        lon, lat = shapely.get_x(middle), shapely.get_y(middle)
        lon = np.where(lon > HALF_TURN, wrapped(lon), lon)
    positions = regions.locate(lon, lat)
    ids = np.array([*regions.ids, None], dtype=object)  # −1, in no region, is None
    table.insert(1, "region_id", pd.Series(ids[positions], dtype=object))
    inside = positions[positions >= 0]
    coverage = Coverage(rows=len(table), of_regions=len(regions))
    return table, coverage.finish(matched=len(inside), regions=len(np.unique(inside)))
