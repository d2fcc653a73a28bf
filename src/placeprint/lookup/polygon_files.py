"""Polygons that regions are pooled to: of a frame or a file, laid over regions some at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import shapely

from placeprint.errors import InputError
from placeprint.lookup.vector_tables import GEOMETRY, columns_kept, typed_rows
from placeprint.regions.polygons import check_polygons
from placeprint.sources import Table
from placeprint.sources.ids import identifier_column, identifiers
from placeprint.typing import AnyArray, PathLike

__all__ = ["PolygonPart", "Polygons"]

AT_ONCE: Final = 128
"""Polygons at a time; a part holds all their overlaps with regions."""


@dataclass(frozen=True, eq=False)
class PolygonPart:
    """Some polygons.

    Attributes:
        rows: What their file says of them, without their geometry. Where that is nothing, as of a
            frame, there are no columns, and so no rows.
        outlines: (m,) valid shapely polygons, EPSG:4326, cut at the antimeridian.
        repaired: How many of them were not valid, such as those that cross themselves.
        first: How many polygons come before them.
    """

    rows: pa.Table
    outlines: AnyArray
    repaired: int
    first: int

    def labels(self) -> list[str]:
        """What to call them in messages: by their identifiers, or the number of their row."""
        frame = self.rows.to_pandas()
        try:
            return [*identifiers(frame[identifier_column(frame, None, "polygons")])]
        except InputError:  # there is none, or it is not clear which
            return _numbered(self.first, len(self.outlines))


@dataclass(frozen=True, eq=False)
class Polygons:
    """Polygons and what is said of them.

    Attributes:
        rows: What their file says of them, without their geometry; of a frame nothing.
        shapes: (n,) shapely geometries, EPSG:4326.
        source: Where they come from, for messages.
    """

    rows: pa.Table
    shapes: AnyArray
    source: PathLike

    @classmethod
    def of(cls, polygons: Any) -> Polygons:
        """Open polygons.

        Args:
            polygons: A GeoDataFrame or GeoSeries, or a GeoParquet, GeoPackage, GeoJSON or other
                vector file, in a known CRS.

        Raises:
            InputError: If a file is missing or damaged, the CRS is unknown, or there are none.
        """
        import geopandas as gpd

        if isinstance(polygons, gpd.GeoSeries | gpd.GeoDataFrame):
            if polygons.crs is None:
                raise InputError(
                    "their CRS is not known",
                    source="polygons",
                    hint="say it, e.g. GeoDataFrame.set_crs(4326) of longitude, latitude",
                )
            shapes = polygons.geometry.to_crs(4326).to_numpy()
            found = cls(pa.table({}), shapes, "polygons")
        elif isinstance(polygons, str | os.PathLike):
            table = Table.open(polygons)
            shapes = table.geometries().geometry.to_numpy()
            drawn = {table.geometry, GEOMETRY}  # the latter also of well-known text
            names = [name for name in columns_kept(table) if name not in drawn]
            parts = [rows for rows, _ in typed_rows(table, names, names)] if names else []
            found = cls(pa.concat_tables(parts) if parts else pa.table({}), shapes, polygons)
        else:
            raise InputError(
                f"polygons come as a {type(polygons).__name__}, expected a GeoSeries, a "
                "GeoDataFrame or a file",
                hint="wrap them: geopandas.GeoSeries(polygons, crs=4326)",
            )
        if not len(found):
            raise InputError("it holds no polygons", source=found.source)
        return found

    def __len__(self) -> int:
        return len(self.shapes)

    def parts(self) -> Iterator[PolygonPart]:
        """Some polygons at a time.

        Raises:
            InputError: If a polygon is missing or is none.
        """
        for first in range(0, len(self), AT_ONCE):
            shapes = self.shapes[first : first + AT_ONCE]
            numbers = pd.Index(_numbered(first, len(shapes)))
            valid = check_polygons(numbers, shapes, self.source, what="polygon")
            repaired = int((~shapely.is_valid(shapes)).sum())
            rows = self.rows.slice(first, len(shapes)) if self.rows.num_columns else self.rows
            yield PolygonPart(rows, valid, repaired, first)


def _numbered(first: int, count: int) -> list[str]:
    return [f"row {row + 1}" for row in range(first, first + count)]
