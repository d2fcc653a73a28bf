"""Where regions are: their centres, from outlines, from coordinates, or from H3 cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, listing
from placeprint.regions import Regions, check_lonlat
from placeprint.sources.any_table import (
    geometry_columns,
    is_parquet,
    is_vector_file,
    read_any_table,
)
from placeprint.sources.keys import (
    check_unique,
    coordinate_columns,
    identifier_column,
    identifiers,
)
from placeprint.sources.polygons import read_vector
from placeprint.typing import AnyArray, PathLike

__all__ = ["are_h3_cells", "centroids_of_cells", "read_centroids", "read_outlines"]

POINT = 0
"""Shapely's number for the type of a point."""


def read_centroids(path: PathLike, *, id_column: str | None = None) -> pd.DataFrame:
    r"""Read the centre of each region.

    Args:
        path: A vector file (GeoParquet, GeoPackage, GeoJSON, …; EPSG:4326) of polygons or points,
            or a table with columns of longitude and latitude.
        id_column: The column of region ids; found if None, see
            :func:`~placeprint.sources.keys.identifier_column`.

    Returns:
        Columns lon and lat (degrees), index ``region_id``, sorted.

    Raises:
        InputError: If the file cannot be read, has another CRS, neither geometries nor
            coordinates, impossible coordinates, or a region twice.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "regions.csv"
        >>> _ = path.write_text("id,lng,lat\nb,24.9,60.2\na,10.7,59.9\n")
        >>> read_centroids(path).loc["a"].tolist()
        [10.7, 59.9]
    """
    found = _shapes(path, id_column)
    if found is not None:
        ids, shapes = found
        if _are_points(shapes):
            return _centres(ids, shapely.get_x(shapes), shapely.get_y(shapes), path)
        return Regions.from_polygons(ids, shapes, source=path, overlaps="keep").centroids()
    table = read_any_table(path, [id_column] if id_column else [])
    pair = coordinate_columns(table.columns)
    if pair is None:
        raise InputError(
            f"no columns of longitude and latitude, and no geometries; it has "
            f"{listing(table.columns)}",
            source=path,
            hint="name two columns lon and lat, or give a GeoParquet, GeoPackage or GeoJSON file",
        )
    column = identifier_column(table, id_column, path)
    ids = identifiers(table[column], path)
    lon, lat = (table[name].to_numpy(np.float64, na_value=np.nan) for name in pair)
    return _centres(ids, lon, lat, path)


def read_outlines(path: PathLike, *, id_column: str | None = None) -> Regions | None:
    """Read the outlines of regions, if a file holds any.

    Args:
        path: See :func:`read_centroids`.
        id_column: See there.

    Returns:
        The regions; None if the file holds points or coordinates alone.

    Raises:
        InputError: If the file cannot be read, has another CRS, or a polygon is no use.
    """
    found = _shapes(path, id_column)
    if found is None or _are_points(found[1]):
        return None
    return Regions.from_polygons(*found, source=path, overlaps="keep")


def _shapes(path: PathLike, id_column: str | None) -> tuple[pd.Index, AnyArray] | None:
    """The ids and geometries of a vector file; None for a plain table."""
    if not (is_vector_file(path) or (is_parquet(path) and geometry_columns(path))):
        return None
    frame = read_vector(path)
    if frame.index.name is not None:
        frame = frame.reset_index()
    column = identifier_column(frame.drop(columns=frame.geometry.name), id_column, path)
    return identifiers(frame[column], path), frame.geometry.to_numpy()


def _are_points(shapes: AnyArray) -> bool:
    return bool((shapely.get_type_id(shapes) == POINT).all())


def _centres(ids: pd.Index, lon: AnyArray, lat: AnyArray, source: PathLike) -> pd.DataFrame:
    check_lonlat(lon, lat, source)
    check_unique(ids, source)
    return pd.DataFrame({"lon": lon, "lat": lat}, index=ids.rename("region_id")).sort_index()


def are_h3_cells(ids: pd.Index) -> bool:
    """Whether every identifier is an H3 cell in hexadecimal, of whatever resolution.

    Example:
        >>> are_h3_cells(pd.Index(["861126d37ffffff"])), are_h3_cells(pd.Index(["01001"]))
        (True, False)
    """
    import h3.api.numpy_int as h3

    if not len(ids) or not ids.str.fullmatch(r"[0-9a-f]{15}").all():
        return False
    return all(map(h3.is_valid_cell, _numbers(ids)))


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

    if not are_h3_cells(ids):
        wrong = [cell for cell in ids if not are_h3_cells(pd.Index([cell]))]
        raise InputError(
            f"{len(wrong)} of {len(ids)} ids are no H3 cells: {listing(wrong, limit=3)}",
            hint="give a file of the regions' outlines or coordinates",
        )
    pairs = map(h3.cell_to_latlng, _numbers(ids))
    centres = np.fromiter(pairs, dtype=np.dtype((np.float64, 2)), count=len(ids))
    index = ids.rename("region_id")
    return pd.DataFrame({"lon": centres[:, 1], "lat": centres[:, 0]}, index=index)


def _numbers(ids: pd.Index) -> list[int]:
    return [int(cell, 16) for cell in ids]
