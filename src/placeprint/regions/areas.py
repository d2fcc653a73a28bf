"""Areas of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from placeprint.regions.antimeridian import HALF_TURN, crossing, unwrapped

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["areas_km2"]

EQUAL_AREA = "EPSG:6933"


def areas_km2(geometry: gpd.GeoSeries) -> pd.Series:
    """The area of each geometry in km², on the WGS 84 ellipsoid.

    Measured in the cylindrical equal-area projection (EPSG:6933), vectorised; what crosses the
    antimeridian is measured where it does not, on the other side of the Earth.

    Args:
        geometry: Polygons, EPSG:4326, cut at the antimeridian or not.

    Example:
        >>> import geopandas as gpd, shapely
        >>> round(areas_km2(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=4326))[0])
        12308
    """
    across = crossing(geometry.to_numpy())
    if across.any():
        geometry = geometry.copy()
        geometry[across] = shapely.transform(
            unwrapped(geometry[across].to_numpy()), lambda degrees: degrees - [HALF_TURN, 0]
        )
    return pd.Series(geometry.to_crs(EQUAL_AREA).area / 1e6, name="area_km2")
