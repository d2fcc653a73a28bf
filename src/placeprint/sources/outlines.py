"""Where regions are: outlines and centres in files, the outline of a study area, H3 cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, check_lonlat
from placeprint.regions.polygons import outline_of
from placeprint.sources.ids import (
    check_unique,
    coordinate_columns,
    h3_spelt,
    identifier_column,
    identifiers,
)
from placeprint.sources.table import Table
from placeprint.typing import AnyArray, PathLike

__all__ = ["are_h3_cells", "centroids_of_cells", "read_area", "read_centroids", "read_outlines"]

POINT = 0
"""Shapely's number for the type of a point."""


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
    if table.geometry is None:
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
