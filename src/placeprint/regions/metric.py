"""Metres and km²: the UTM plane of a study area, distances on the sphere, areas of outlines."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.regions.antimeridian import HALF_TURN, crossing, cut, unwrapped, wrapped
from placeprint.typing import AnyArray, FloatArray

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS, Transformer

__all__ = [
    "EARTH_RADIUS_M",
    "areas_km2",
    "haversine_m",
    "local_crs",
    "to_degrees",
    "to_metres",
    "to_metres_exactly",
]

EARTH_RADIUS_M: Final = 6_371_008.8
"""The mean radius of the Earth."""

STRAIGHT_DEGREES: Final = 0.001
"""An edge this long is straight in degrees and in metres alike, to a quarter of a millimetre at
60 degrees of latitude."""


EQUAL_AREA: Final = "EPSG:6933"
ECCENTRICITY: Final = 0.0818191908426215
EQUATOR_M: Final = 6_378_137.0
"""The WGS 84 ellipsoid."""

BENT: Final = 1e-3
"""A projected area that is off by more than this share has edges too long for the projection."""


def areas_km2(geometry: gpd.GeoSeries) -> pd.Series:
    r"""The area of each geometry in km², on the WGS 84 ellipsoid.

    Measured in the cylindrical equal-area projection (EPSG:6933), vectorised. Edges are straight in
    degrees: where they are so long that their bend in the projection matters (0.1 % of the area),
    the area is the integral along the rings, with the radius a at the equator, the
    eccentricity e and

    .. math::
        A = \left|\oint \tfrac{a^2}{2} q(φ)\,dλ\right|, \quad
        q(φ) = (1-e^2)\left(\frac{\sinφ}{1-e^2\sin^2φ}
            + \frac{\operatorname{artanh}(e \sinφ)}{e}\right).

    Args:
        geometry: Polygons, EPSG:4326, cut at the antimeridian or not, with or without a pole.

    Returns:
        km², named ``area_km2``; 0 for points and lines, NaN for what is missing.

    Example:
        >>> import geopandas as gpd, shapely
        >>> round(areas_km2(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=4326))[0])
        12308
        >>> round(areas_km2(gpd.GeoSeries([shapely.box(-180, -90, 180, 90)], crs=4326))[0] / 1e6)
        510
    """
    shapes = geometry.to_numpy()
    across = crossing(shapes)
    onwards = unwrapped(shapes)
    if across.any():
        geometry = geometry.copy()
        geometry[across] = shapely.transform(
            onwards[across], lambda degrees: degrees - [HALF_TURN, 0]
        )
    projected = geometry.to_crs(EQUAL_AREA).area / 1e6
    integral = _integrals(onwards)
    bent = np.abs(projected - integral) > BENT * integral
    return pd.Series(projected.mask(bent, integral), name="area_km2")


def _integrals(shapes: AnyArray) -> FloatArray:
    """(n,) km² within polygons, by Gauss's formula along each edge; 0 for other geometries."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    lon, lat = np.radians(xy).T
    within = ring[:-1] == ring[1:]
    nodes, weights = np.polynomial.legendre.leggauss(8)
    share = (nodes + 1) / 2
    mean = np.zeros(int(within.sum()))
    for at, weight in zip(share, weights / 2, strict=True):
        sine = np.sin(lat[:-1][within] * (1 - at) + lat[1:][within] * at)
        e = ECCENTRICITY
        mean += weight * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)
    swept = np.diff(lon)[within] * mean * (1 - ECCENTRICITY**2) * EQUATOR_M**2 / 2
    areas = np.abs(np.bincount(ring[:-1][within], swept, minlength=len(rings))) / 1e6
    shells = np.diff(part, prepend=-1) != 0
    signed = np.where(shells, areas, -areas)
    return np.asarray(np.bincount(owner[part], signed, minlength=len(shapes)), np.float64)


def haversine_m(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> FloatArray:
    r"""Great-circle distance between points, in metres; the arguments broadcast.

    .. math::
        d = 2R \arcsin\sqrt{\sin^2\tfrac{φ_2-φ_1}{2}
            + \cosφ_1 \cosφ_2 \sin^2\tfrac{λ_2-λ_1}{2}}

    Args:
        lon1: Longitudes in degrees.
        lat1: Latitudes in degrees.
        lon2: Longitudes in degrees.
        lat2: Latitudes in degrees.

    Returns:
        Metres, float64, of the broadcast shape.

    Example:
        >>> float(haversine_m(179.5, 0.0, -179.5, 0.0).round())
        111195.0
    """
    west, south, east, north = (np.radians(value) for value in (lon1, lat1, lon2, lat2))
    rise = np.sin((north - south) / 2) ** 2
    run = np.cos(south) * np.cos(north) * np.sin((east - west) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(rise + run, 0, 1))))


def local_crs(lon: FloatArray, lat: FloatArray) -> CRS:
    """The UTM zone (WGS 84) of the median point, in which nearby lengths are metres.

    The scale is off by at most 0.04 % within the zone, and by 0.3 % at 500 km from its meridian.

    Args:
        lon: (n,) longitudes in degrees; the points may lie on both sides of the antimeridian.
        lat: (n,) latitudes in degrees.

    Example:
        >>> local_crs(np.array([-15.5, -15.4]), np.array([28.0, 28.1])).to_epsg()
        32628
        >>> local_crs(np.array([179.0, -179.0, -179.2]), np.array([-17.0, -17.0, -17.0])).utm_zone
        '1S'
    """
    from pyproj import CRS

    angles = np.radians(lon)
    middle = np.degrees(np.arctan2(np.sin(angles).sum(), np.cos(angles).sum()))
    centre = middle + np.median(wrapped(np.asarray(lon) - middle))
    zone = int(wrapped(centre) + HALF_TURN) // 6 % 60 + 1
    return CRS.from_epsg((32600 if np.median(lat) >= 0 else 32700) + zone)


def to_metres(geometries: AnyArray, crs: CRS) -> AnyArray:
    """Bring geometries from degrees into the plane of :func:`local_crs`.

    Longitudes on both sides of the antimeridian come to lie side by side.

    Args:
        geometries: (n,) shapely, EPSG:4326, longitude first.
        crs: What :func:`local_crs` gave.

    Returns:
        (n,) shapely, metres, x east and y north.

    Example:
        >>> crs = local_crs(np.array([3.0]), np.array([0.0]))
        >>> round(to_metres(np.array([shapely.Point(3.0, 0.0)]), crs)[0].x)
        500000
    """
    forward = _transformer(crs, inverse=False)

    def project(degrees: FloatArray) -> FloatArray:
        return np.column_stack(forward.transform(degrees[:, 0], degrees[:, 1]))

    return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), project))


def to_metres_exactly(geometries: AnyArray, crs: CRS) -> AnyArray:
    """As :func:`to_metres`, with points put into long edges, so that what meets in degrees meets.

    An edge of a kilometre between two points of one latitude bends by decimetres in metres: a road
    that ends on it would end beside it.

    Args:
        geometries: (n,) shapely, EPSG:4326, longitude first.
        crs: What :func:`local_crs` gave.

    Returns:
        (n,) shapely, metres.

    Example:
        >>> crs = local_crs(np.array([3.0]), np.array([60.0]))
        >>> line = shapely.LineString([(2.0, 60.0), (2.002, 60.0)])
        >>> len(to_metres_exactly(np.array([line]), crs)[0].coords)
        3
    """
    # From 179 to −179 degrees are two degrees, and not 358.
    edges = unwrapped(geometries)
    long = shapely.length(edges) > 0  # GEOS refuses to put points between two that are one
    edges[long] = shapely.segmentize(edges[long], STRAIGHT_DEGREES)
    return to_metres(edges, crs)


def to_degrees(geometries: AnyArray, crs: CRS) -> AnyArray:
    """Bring geometries back from the plane of :func:`local_crs` to degrees.

    What crosses the antimeridian is cut there into parts, as RFC 7946 asks.

    Args:
        geometries: (n,) shapely, metres.
        crs: What :func:`local_crs` gave.

    Returns:
        (n,) shapely, EPSG:4326, longitudes from −180 to 180.

    Example:
        >>> crs = local_crs(np.array([179.9]), np.array([0.0]))
        >>> x = to_metres(np.array([shapely.Point(179.9, 0)]), crs)[0].x
        >>> [part.bounds[0] for part in to_degrees([shapely.box(x, 0, x + 3e4, 1)], crs)[0].geoms]
        [-180.0, 179.9...]
    """
    inverse = _transformer(crs, inverse=True)
    meridian = 6.0 * int(str(crs.utm_zone)[:-1]) - 183.0

    def unproject(metres: FloatArray) -> FloatArray:
        lon, lat = inverse.transform(metres[:, 0], metres[:, 1])
        return np.column_stack([meridian + wrapped(lon - meridian), lat])

    return cut(shapely.transform(np.asarray(geometries, dtype=object), unproject))


@lru_cache(maxsize=16)
def _transformer(crs: CRS, *, inverse: bool) -> Transformer:
    from pyproj import Transformer

    source, target = (crs, 4326) if inverse else (4326, crs)
    return Transformer.from_crs(source, target, always_xy=True)
