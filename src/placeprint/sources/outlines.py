"""Where regions are: outlines and centres in files, the outline of a study area, H3 cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, check_lonlat
from placeprint.regions.polygons import Overlaps, outline_of
from placeprint.sources.ids import (
    check_unique,
    coordinate_columns,
    h3_spelt,
    identifier_column,
    identifiers,
)
from placeprint.sources.table import Table, Where
from placeprint.typing import AnyArray, PathLike

__all__ = [
    "are_h3_cells",
    "centroids_of_cells",
    "read_area",
    "read_centroids",
    "read_outlines",
    "read_regions",
]

POINT = 0
"""Shapely's number for the type of a point."""


def read_regions(
    source: PathLike | Table,
    region: str,
    where: Where | None = None,
    *,
    kind: str = "polygons",
    name: str | None = None,
    lon: str = "lon",
    lat: str = "lat",
    overlaps: Overlaps = "refuse",
) -> Regions:
    """Read the regions of a study area.

    Args:
        source: A vector file in any known CRS, or a table of centres or ids.
        region: The column that holds the region id.
        where: Conditions on rows; regions that do not meet them are outside the study area.
        kind: ``polygons``; ``points``, of which only the centres are known; or ``table``, of which
            only the ids are.
        name: The column with what people call the regions.
        lon: Of points without geometry, the column of longitudes in degrees.
        lat: The column of latitudes.
        overlaps: Whether to ``refuse``, ``warn`` of, or ``keep`` polygons that overlap.

    Returns:
        The regions, sorted by id.

    Raises:
        InputError: If the file, a column or the CRS is wrong, an id occurs twice, or outlines are
            of no use.
    """
    table = Table.of(source)
    texts = [region, *([name] if name else [])]
    everyone = pd.Series(identifiers(table.read(as_text=[region], columns=[])[region], table.path))
    if kind == "points":
        rows = table.lonlat(lon, lat, texts, where=where, as_text=texts)
    else:
        read = table.geometries if kind == "polygons" else table.read
        rows = read(texts, where, texts)
    ids = pd.Index(everyone.to_numpy()[rows.index], dtype=object)
    outside = frozenset(everyone) - frozenset(ids)
    if kind == "points":
        degrees = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
        regions = Regions.from_points(ids, *degrees, outside, table.path)
    elif kind == "table":
        regions = Regions.from_ids(ids, outside, table.path)
    else:
        outlines = rows.geometry.to_numpy()
        regions = Regions.from_polygons(ids, outlines, outside, table.path, overlaps=overlaps)
    if name is None:
        return regions
    names = pd.Series(rows[name].to_numpy(), index=regions.ids[:0].append(ids), name="name")
    return replace(regions, names=names.rename_axis("region_id").dropna().sort_index())


def read_area(source: PathLike | Table) -> Any:
    """Read the outline of a study area: the union of the polygons of a vector file.

    Raises:
        InputError: If the file cannot be read or holds anything else, see
            :func:`placeprint.regions.polygons.outline_of`.
    """
    table = Table.of(source)
    return outline_of(table.geometries().geometry.to_numpy(), table.path)


def read_centroids(path: PathLike, *, id_column: str | None = None) -> pd.DataFrame:
    r"""Read the centre of each region.

    Args:
        path: A vector file (GeoParquet, GeoPackage, GeoJSON, …) of polygons or points, or a table
            with columns of longitude and latitude.
        id_column: The column of region ids; found if None, see
            :func:`~placeprint.sources.ids.identifier_column`.

    Returns:
        Columns lon and lat (degrees), index ``region_id``, sorted.

    Raises:
        InputError: If the file cannot be read, its CRS is not known, it has neither geometries nor
            coordinates, impossible coordinates, or a region twice.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "regions.csv"
        >>> _ = path.write_text("id,lng,lat\nb,24.9,60.2\na,10.7,59.9\n")
        >>> read_centroids(path).loc["a"].tolist()
        [10.7, 59.9]
    """
    table = Table.open(path)
    found = _shapes(table, id_column)
    if found is None:
        pair = coordinate_columns(table.columns)
        if pair is None:
            raise InputError(
                f"no columns of longitude and latitude, and no geometries; it has "
                f"{listing(table.columns)}",
                source=path,
                hint="name two columns lon and lat, or give a file of geometries",
            )
        rows = table.read_all(pair)
        ids = identifiers(rows[identifier_column(rows, id_column, path)], path)
        lon, lat = table.lonlat(*pair).to_numpy(float).T
    elif _are_points(found[1]):
        ids, lon, lat = found[0], shapely.get_x(found[1]), shapely.get_y(found[1])
    else:
        return Regions.from_polygons(*found, source=path, overlaps="keep").centroids()
    check_lonlat(lon, lat, path)
    check_unique(ids, path)
    return pd.DataFrame({"lon": lon, "lat": lat}, index=ids.rename("region_id")).sort_index()


def read_outlines(path: PathLike, *, id_column: str | None = None) -> Regions | None:
    """Read the outlines of regions, if a file holds any.

    Args:
        path: See :func:`read_centroids`.
        id_column: See there.

    Returns:
        The regions; None if the file holds points or coordinates alone.

    Raises:
        InputError: If the file cannot be read, its CRS is not known, or a polygon is no use.
    """
    found = _shapes(Table.open(path), id_column)
    if found is None or _are_points(found[1]):
        return None
    return Regions.from_polygons(*found, source=path, overlaps="keep")


def _shapes(table: Table, id_column: str | None) -> tuple[pd.Index, AnyArray] | None:
    """The ids and geometries of a vector file; None for a plain table."""
    if not table.has_geometry:
        return None
    column = identifier_column(table.read(), id_column, table.path)
    ids = identifiers(table.read([], as_text=[column])[column], table.path)
    return ids, table.geometries().geometry.to_numpy()


def _are_points(shapes: AnyArray) -> bool:
    return bool((shapely.get_type_id(shapes) == POINT).all())


def are_h3_cells(ids: pd.Index) -> bool:
    """Whether every identifier is an H3 cell in hexadecimal, of whatever resolution.

    Example:
        >>> are_h3_cells(pd.Index(["861126d37ffffff"])), are_h3_cells(pd.Index(["01001"]))
        (True, False)
    """
    return bool(len(ids)) and bool((h3_spelt(ids) == ids).all())


def centroids_of_cells(ids: pd.Index) -> pd.DataFrame:
    """The centre of each H3 cell.

    Args:
        ids: Cells in hexadecimal, of whatever resolutions.

    Returns:
        Columns lon and lat (degrees), index ``region_id``, in the order of ``ids``.

    Raises:
        InputError: If an identifier is no H3 cell.

    Example:
        >>> centroids_of_cells(pd.Index(["861126d37ffffff"])).round(2).iloc[0].tolist()
        [24.91, 60.17]
    """
    import h3.api.numpy_int as h3

    wrong = ids[h3_spelt(ids) != ids]
    if len(wrong):
        raise InputError(
            f"{len(wrong)} of {len(ids)} ids are no H3 cells: {listing(wrong, limit=3)}",
            hint="give a file of the regions' outlines or coordinates",
        )
    pairs = (h3.cell_to_latlng(int(cell, 16)) for cell in ids)
    centres = np.fromiter(pairs, dtype=np.dtype((np.float64, 2)), count=len(ids))
    index = ids.rename("region_id")
    return pd.DataFrame({"lon": centres[:, 1], "lat": centres[:, 0]}, index=index)
