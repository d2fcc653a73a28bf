"""Polygons that regions are pooled to, some at a time: a table, or a file that need not fit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from placeprint.errors import InputError
from placeprint.files import read_metadata, what_is
from placeprint.regions.polygons import check_polygons
from placeprint.sources.ids import identifier_column, identifiers
from placeprint.typing import AnyArray, PathLike

__all__ = ["PolygonPart", "count_polygons", "labels_of", "polygon_parts"]

PARQUET: Final = "a Parquet table"
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
    """

    rows: pa.Table
    outlines: AnyArray
    repaired: int


def polygon_parts(polygons: Any, at_once: int = AT_ONCE) -> Iterator[PolygonPart]:
    """Read polygons, some at a time.

    Args:
        polygons: A GeoDataFrame or GeoSeries, or a GeoParquet, GeoPackage, GeoJSON or other vector
            file, in EPSG:4326.
        at_once: How many at a time.

    Raises:
        InputError: If a file is missing or damaged, the CRS is unknown or another one, there are
            no polygons, or one is missing or is none.
    """
    import geopandas as gpd

    if isinstance(polygons, gpd.GeoSeries | gpd.GeoDataFrame):
        source: PathLike = "polygons"
        batches = _of_frame(polygons, at_once)
    elif isinstance(polygons, str | os.PathLike):
        source = polygons
        batches = _of_file(polygons, at_once)
    else:
        raise InputError(
            f"polygons come as a {type(polygons).__name__}, expected a GeoSeries, a GeoDataFrame "
            "or a file",
            hint="wrap them: geopandas.GeoSeries(polygons, crs=4326)",
        )
    first = 0
    for rows, shapes in batches:
        if not len(shapes):
            continue
        numbers = pd.Index([f"row {row}" for row in range(first, first + len(shapes))])
        valid = check_polygons(numbers, shapes, source, what="polygon")
        yield PolygonPart(rows, valid, int((~shapely.is_valid(shapes)).sum()))
        first += len(shapes)
    if not first:
        raise InputError("it holds no polygons", source=source)


def count_polygons(polygons: PathLike) -> int:
    """How many polygons a file has, without reading them.

    Raises:
        InputError: If a file is missing, damaged or no vector file.
    """
    if what_is(polygons) == PARQUET:
        _parquet_geometry(polygons)
        return int(pq.read_metadata(polygons).num_rows)
    import pyogrio

    with _reading(polygons):
        return int(pyogrio.read_info(polygons, force_feature_count=True)["features"])


def labels_of(part: PolygonPart, first: int) -> list[str]:
    """What to call polygons in messages: by their identifiers, or the number of their row."""
    frame = part.rows.to_pandas()
    try:
        return [*identifiers(frame[identifier_column(frame, None, "polygons")])]
    except InputError:  # there is none, or it is not clear which
        return [f"row {row}" for row in range(first, first + len(part.outlines))]


def _of_frame(frame: Any, at_once: int) -> Iterator[tuple[pa.Table, AnyArray]]:
    _check_crs(frame.crs, "polygons")
    nothing = pa.table({})  # what the frame says of them is there already
    for start in range(0, len(frame), at_once):
        yield nothing, frame.geometry.iloc[start : start + at_once].to_numpy()


def _of_file(path: PathLike, at_once: int) -> Iterator[tuple[pa.Table, AnyArray]]:
    if what_is(path) == PARQUET:
        name = _parquet_geometry(path)
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(at_once):
                yield _split(pa.Table.from_batches([batch]), name)
        return
    import pyogrio

    with (
        _reading(path),
        pyogrio.open_arrow(path, batch_size=at_once, use_pyarrow=True) as (about, reader),
    ):
        _check_crs(about["crs"], path)
        name = about["geometry_name"] or "wkb_geometry"
        for batch in reader:
            yield _split(pa.Table.from_batches([batch]), name)


def _split(table: pa.Table, name: str) -> tuple[pa.Table, AnyArray]:
    """A table without its geometry, and the geometry."""
    shapes = shapely.from_wkb(table.column(name).to_numpy())
    return table.drop_columns([name]).replace_schema_metadata(None), np.asarray(shapes)


def _parquet_geometry(path: PathLike) -> str:
    """The geometry column of a GeoParquet file, after checking its CRS and encoding."""
    if "geo" not in read_metadata(path):
        raise InputError(
            "it has no geometry",
            source=path,
            hint="give a GeoParquet, GeoPackage or GeoJSON file of polygons",
        )
    about = json.loads(read_metadata(path)["geo"])
    name = str(about["primary_column"])
    column = about["columns"][name]
    if column["encoding"] != "WKB":
        raise InputError(
            f"its geometry is encoded as {column['encoding']!r}, expected WKB",
            source=path,
            hint="write it again, e.g. GeoDataFrame.to_parquet",
        )
    _check_crs(column.get("crs", "OGC:CRS84"), path)  # which the format says of files without
    return name


def _check_crs(crs: Any, source: PathLike) -> None:
    from pyproj import CRS

    known = None if crs is None else CRS.from_user_input(crs)
    if known is None or not known.equals(4326, ignore_axis_order=True):
        name = "no CRS" if known is None else f"the CRS {known.name!r}"
        raise InputError(
            f"its geometries have {name}, expected EPSG:4326 (longitude, latitude)",
            source=source,
            hint="transform it once, e.g. GeoDataFrame.to_crs(4326)",
        )


@contextmanager
def _reading(path: PathLike) -> Iterator[None]:
    """Turn the errors of GDAL into ours."""
    from pyogrio.errors import DataSourceError

    if not Path(path).exists():
        raise InputError("there is no such file", source=path)
    try:
        yield
    except DataSourceError as error:
        raise InputError(f"cannot be read as a vector file ({error})", source=path) from None
