"""Vector files: the polygons of regions, and the outline of a study area."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.regions import Regions, as_ids
from placeprint.regions.polygons import outline_of
from placeprint.sources.tables import Where
from placeprint.typing import PathLike

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_area", "read_polygons"]


def read_vector(path: PathLike) -> gpd.GeoDataFrame:
    """Read a vector file (GeoParquet, GeoPackage, GeoJSON, …) in EPSG:4326.

    Raises:
        InputError: If it is missing, damaged, empty, or its CRS is unknown or another one.
    """
    import geopandas as gpd
    import pyarrow as pa
    from pyogrio.errors import DataSourceError

    source = Path(path)
    if not source.exists():
        raise InputError("there is no such file", source=source)
    try:
        if source.suffix.lower() in {".parquet", ".geoparquet"}:
            frame = gpd.read_parquet(source)
        else:
            frame = gpd.read_file(source)
    except (pa.ArrowInvalid, DataSourceError, ValueError, OSError) as error:
        raise InputError(f"cannot be read as a vector file ({error})", source=source) from None
    if frame.empty:
        raise InputError("it holds no geometries", source=source)
    if frame.crs is None or not frame.crs.equals(4326, ignore_axis_order=True):
        name = "no CRS" if frame.crs is None else f"the CRS {frame.crs.name!r}"
        raise InputError(
            f"its geometries have {name}, expected EPSG:4326 (longitude, latitude)",
            source=source,
            hint="transform it once, e.g. GeoDataFrame.to_crs(4326)",
        )
    return frame


def read_polygons(path: PathLike, region: str, where: Where | None = None) -> Regions:
    """Read the regions of a study area.

    Args:
        path: A vector file in EPSG:4326.
        region: The column that holds the region id.
        where: Conditions on rows; regions that do not meet them are outside the study area.

    Returns:
        The regions, sorted by id.

    Raises:
        InputError: If the file, a column or the CRS is wrong, or an id occurs twice.
    """
    frame = read_vector(path)
    for column in [region, *(where or {})]:
        if column not in frame.columns:
            raise InputError(
                f"no column {column!r}", source=path, hint=closest(column, frame.columns)
            )
    ids = as_ids(frame[region], path)
    inside = pd.Series(data=True, index=frame.index)
    for column, value in (where or {}).items():
        inside &= frame[column].isin(value if isinstance(value, list) else [value])
    return Regions.from_polygons(
        pd.Index(ids[inside]),
        frame.geometry[inside].to_numpy(),
        outside=frozenset(ids[~inside]),
        source=path,
    )


def read_area(path: PathLike) -> Any:
    """Read the outline of a study area: the union of the polygons of a vector file.

    Raises:
        InputError: If the file cannot be read or holds anything else, see
            :func:`placeprint.regions.polygons.outline_of`.
    """
    return outline_of(read_vector(path).geometry.to_numpy(), path)
