"""OpenStreetMap extracts, each of which is read once for all the layers that come from it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.building.layer import BuildContext, LayerSpec
from placeprint.errors import InputError, optional_import
from placeprint.regions.antimeridian import HALF_TURN, cut, extent, put_together, wrapped
from placeprint.sources import Coverage, OSMData, read_osm
from placeprint.sources.osm import ATTRIBUTION
from placeprint.typing import BoolArray, FloatArray

__all__ = ["ExtractSpec"]

TABLES: Final = {"osm_pois": "pois", "osm_buildings": "buildings", "osm_ways": "ways"}
"""For each kind of entity the table of an extract that holds it."""


class ExtractSpec(LayerSpec):
    """A layer that comes from an OpenStreetMap extract.

    Attributes:
        file: The extract (``.osm.pbf``).
    """

    file: str

    def check(self, context: BuildContext) -> None:
        """Refuse to go on without osmium."""
        optional_import("osmium", "osm")

    def extract(self, context: BuildContext) -> OSMData:
        """The points of interest, buildings and ways of the extract, read once.

        Raises:
            InputError: If it is no extract, or holds nothing of use.
            MissingExtraError: If osmium is not installed.
        """
        return context.once(self.file, lambda: read_osm(context.data / self.file))

    def account(self, context: BuildContext) -> dict[str, Any]:
        """What the provenance of a layer says about the extract that it comes from."""
        return {"osm": self.extract(context).account, "licence": ATTRIBUTION}

    def placed(self, context: BuildContext, kind: str) -> tuple[pd.DataFrame, Coverage]:
        """The objects of one kind, with the region that each is in.

        A point of interest or a building is where its ``lon`` and ``lat`` are, a road where its
        middle is. Objects in no region are kept, for a model may need what lies around a region.

        Args:
            context: What layers are made with.
            kind: One of :data:`TABLES`.

        Returns:
            The table, sorted by id, ``region_id`` beside it (None outside of all regions), and the
            coverage: rows matched are those in a region, none is dropped.

        Raises:
            InputError: If the extract shows none of the regions.
        """
        return context.once((self.file, kind), lambda: self._place(context, kind))

    def _place(self, context: BuildContext, kind: str) -> tuple[pd.DataFrame, Coverage]:
        self.shown(context)
        table = getattr(self.extract(context), TABLES[kind])
        table = table.sort_values(table.columns[0], ignore_index=True)
        positions = context.regions.locate(*_places(table))
        ids = np.array([*context.regions.ids, None], dtype=object)  # −1, in no region, is None
        table.insert(1, "region_id", pd.Series(ids[positions], dtype=object))
        inside = positions[positions >= 0]
        coverage = Coverage(rows=len(table), of_regions=len(context.regions))
        return table, coverage.finish(matched=len(inside), regions=len(np.unique(inside)))

    def shown(self, context: BuildContext) -> BoolArray:
        """Which regions have their centre within the bounding box of the extract, (n,) a mask.

        Raises:
            InputError: If the box meets none of the regions.
        """
        data = self.extract(context)
        tables = (data.pois, data.buildings, data.ways)
        shapes = np.concatenate([table["geometry"].to_numpy() for table in tables])
        # An edge of half a turn would be one the other way round the Earth.
        box = cut(shapely.segmentize(shapely.box(*np.array(extent(shapes))[:, None]), 90.0))[0]
        centres = context.regions.centroids()
        outlines = context.regions.geometry.to_numpy()
        if not shapely.intersects(outlines, box).any():
            problem = f"it reaches from {_reach(extent(shapes))} and shows none of the regions"
            problem = f"{problem}, which reach from {_reach(extent(outlines))}"
            hint = "name the extract of this study area"
            raise InputError(problem, source=context.data / self.file, hint=hint)
        inside: BoolArray = shapely.intersects_xy(box, centres["lon"], centres["lat"])
        return inside


def _reach(bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    east = east if east <= HALF_TURN else wrapped(east)
    return f"{west:.4g}, {south:.4g} to {east:.4g}, {north:.4g}"


def _places(table: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of each object; of a line, of its middle."""
    if "lon" in table:
        return table["lon"].to_numpy(float), table["lat"].to_numpy(float)
    lines = put_together(table["geometry"].to_numpy())
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    lon = shapely.get_x(middle)
    return np.where(lon > HALF_TURN, wrapped(lon), lon), shapely.get_y(middle)
