"""OpenStreetMap extracts, each of which is read once for all the layers that come from it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.building.layer import BuildContext
from placeprint.errors import InputError, optional_import
from placeprint.regions import Regions
from placeprint.regions.antimeridian import HALF_TURN, cut, extent, put_together, wrapped
from placeprint.sources import Coverage, OSMData, read_osm
from placeprint.sources.osm import ATTRIBUTION
from placeprint.typing import BoolArray

__all__ = ["account_of", "check_osmium", "osm_data", "placed", "shown"]

TABLES: Final = {"osm_pois": "pois", "osm_buildings": "buildings", "osm_ways": "ways"}
"""For each kind of entity the table of an extract that holds it."""


def check_osmium() -> None:
    """Refuse to go on without the library that reads extracts.

    Raises:
        MissingExtraError: If osmium is not installed.
    """
    optional_import("osmium", "osm")


def osm_data(context: BuildContext, file: str) -> OSMData:
    """The points of interest, buildings and ways of an extract, read once.

    Raises:
        InputError: If it is no extract, or holds nothing of use.
        MissingExtraError: If osmium is not installed.
    """
    if file not in context.opened:
        context.opened[file] = read_osm(context.data / file)
    found: OSMData = context.opened[file]
    return found


def account_of(context: BuildContext, file: str) -> dict[str, Any]:
    """What the provenance of a layer says about the extract that it comes from."""
    return {"osm": osm_data(context, file).account, "licence": ATTRIBUTION}


def placed(context: BuildContext, file: str, kind: str) -> tuple[pd.DataFrame, Coverage]:
    """The objects of one kind, with the region that each is in.

    A point of interest or a building is where its ``lon`` and ``lat`` are, a road where its
    middle is. Objects in no region are kept, for a model may need what lies around a region.

    Args:
        context: What layers are made with.
        file: The extract.
        kind: One of :data:`TABLES`.

    Returns:
        The table, sorted by id, ``region_id`` beside it (None outside of all regions), and
        the coverage: rows matched are those in a region, none is dropped.

    Raises:
        InputError: If the extract shows none of the regions.
    """
    key = (file, kind)
    if key not in context.opened:
        shown(context, file)
        table: pd.DataFrame = getattr(osm_data(context, file), TABLES[kind])
        context.opened[key] = _place(table, context.regions)
    found: tuple[pd.DataFrame, Coverage] = context.opened[key]
    return found


def shown(context: BuildContext, file: str) -> BoolArray:
    """Which regions have their centre within the bounding box of an extract, (n,) a mask.

    Raises:
        InputError: If the box meets none of the regions.
    """
    data = osm_data(context, file)
    tables = (data.pois, data.buildings, data.ways)
    shapes = np.concatenate([table["geometry"].to_numpy() for table in tables])
    # An edge of half a turn would be one the other way round the Earth.
    box = cut(shapely.segmentize(shapely.box(*np.array(extent(shapes))[:, None]), 90.0))[0]
    centres = context.regions.centroids()
    outlines = context.regions.geometry.to_numpy()
    if not shapely.intersects(outlines, box).any():
        raise InputError(
            f"it reaches from {_reach(extent(shapes))} and shows none of the regions, which "
            f"reach from {_reach(extent(outlines))}",
            source=context.data / file,
            hint="name the extract of this study area",
        )
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
