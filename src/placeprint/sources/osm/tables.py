"""The tables of an extract: points of interest, buildings, ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import shapely

from placeprint.regions import areas_km2
from placeprint.regions.antimeridian import HALF_TURN, cut, wrapped
from placeprint.regions.roads import nearest_lines
from placeprint.sources.osm.extract import Shape
from placeprint.sources.osm.text import informative_text
from placeprint.typing import AnyArray, FloatArray

__all__ = ["NEAR_M", "PATHS", "nearest_way", "places_table", "ways_table"]

NEAR_M: Final = 100.0
"""A place belongs to the nearest road, if it is as near as this."""

PATHS: Final = tuple(
    f"highway={kind}"
    for kind in ("bridleway", "cycleway", "footway", "path", "steps", "track", "trail")
)
"""Ways that no place belongs to: where pavements are drawn, they would take the places from their
streets, a few to each piece (in Helsinki one place in nine would be on a way with a name)."""


def places_table(
    id_column: str, ids: Sequence[str], tags: Sequence[dict[str, str]], geometry: AnyArray
) -> pd.DataFrame:
    """A table of points of interest or of buildings.

    Args:
        id_column: The name of the column of ids.
        ids: (n,) ids.
        tags: (n,) all tags of each.
        geometry: (n,) Points, Polygons or MultiPolygons, EPSG:4326; those across the antimeridian
            go on beyond 180 degrees.

    Returns:
        The id, name, category, text, lon, lat (of the centroid, or where that lies outside, of a
        point within), area_m2 (NaN for points), tags (JSON, keys sorted), geometry (cut at the
        antimeridian).

    Example:
        >>> plot = np.array([shapely.box(0, 0, 0.001, 0.001)])
        >>> table = places_table("poi_id", ["way/1"], [{"shop": "books", "name": "Folio"}], plot)
        >>> table.loc[0, ["poi_id", "name", "category", "text"]].tolist()
        ['way/1', 'Folio', 'shop=books', 'shop=books, name=Folio']
        >>> float(table.loc[0, "lon"]), float(table.loc[0, "area_m2"].round())
        (0.0005, 12309.0)
    """
    written = pd.Series(
        [json.dumps(one, sort_keys=True, ensure_ascii=False) for one in tags], dtype=object
    )
    text, category = informative_text(written)
    lon, lat = shapely.get_coordinates(_centres(geometry)).T
    geometry = cut(geometry)
    return pd.DataFrame(
        {
            id_column: pd.Series(list(ids), dtype=object),
            "name": _names(tags),
            "category": category,
            "text": text,
            "lon": np.where(lon > HALF_TURN, wrapped(lon), lon),
            "lat": lat,
            "area_m2": _areas(geometry),
            "tags": written,
            "geometry": pd.Series(geometry, dtype=object),
        }
    )


def ways_table(roads: Sequence[Shape]) -> pd.DataFrame:
    """A table of roads.

    Args:
        roads: Ways with a line.

    Returns:
        way_id, name, category ("highway=residential"), length_m (on the ellipsoid), geometry
        (LineStrings; cut, where they cross the antimeridian).

    Example:
        >>> line = shapely.to_wkb(shapely.LineString([(0, 0), (0.01, 0)]), hex=True)
        >>> table = ways_table([Shape(7, {"highway": "path"}, line)])
        >>> table.loc[0, ["way_id", "category"]].tolist(), float(table.loc[0, "length_m"].round())
        (['way/7', 'highway=path'], 1113.0)
    """
    tags = [road.tags for road in roads]
    lines = np.asarray(shapely.from_wkb([road.wkb for road in roads]), dtype=object)
    return pd.DataFrame(
        {
            "way_id": pd.Series([f"way/{road.number}" for road in roads], dtype=object),
            "name": _names(tags),
            "category": pd.Series([f"highway={one['highway']}" for one in tags], dtype=object),
            "length_m": _lengths(lines),
            "geometry": pd.Series(cut(lines), dtype=object),
        }
    )


def nearest_way(places: pd.DataFrame, ways: pd.DataFrame) -> pd.Series:
    """The id of the road nearest to each place, None if none is within :data:`NEAR_M`.

    Args:
        places: Columns lon and lat.
        ways: Columns way_id, category and geometry; those of the classes :data:`PATHS` are left
            aside.

    Returns:
        Ids, index of ``places``.
    """
    roads = ways[~ways["category"].isin(PATHS)]
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    nearest = nearest_lines(lon, lat, roads["geometry"].to_numpy(), NEAR_M)
    ids = roads["way_id"].reset_index(drop=True).reindex(nearest)
    return ids.astype(object).where(ids.notna(), None).set_axis(places.index)


def _names(tags: Sequence[dict[str, str]]) -> pd.Series:
    return pd.Series([one.get("name", "") for one in tags], dtype=object)


def _centres(geometry: AnyArray) -> AnyArray:
    centres = np.asarray(shapely.centroid(geometry))
    outside = ~shapely.intersects(geometry, centres)
    centres[outside] = shapely.point_on_surface(geometry[outside])
    return centres


def _areas(geometry: AnyArray) -> FloatArray:
    import geopandas as gpd

    areas = areas_km2(gpd.GeoSeries(geometry, crs=4326)).to_numpy() * 1e6
    return np.where(shapely.get_dimensions(geometry) == 2, areas, np.nan)


def _lengths(lines: AnyArray) -> FloatArray:
    """(n,) metres on the WGS 84 ellipsoid."""
    from pyproj import Geod

    xy, line = shapely.get_coordinates(lines, return_index=True)
    within = line[:-1] == line[1:]
    start, stop = xy[:-1][within], xy[1:][within]
    _, _, metres = Geod(ellps="WGS84").inv(start[:, 0], start[:, 1], stop[:, 0], stop[:, 1])
    sums = np.bincount(line[:-1][within], weights=metres, minlength=len(lines))
    return np.asarray(sums, dtype=np.float64)
