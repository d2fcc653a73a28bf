"""Metres: the UTM plane of a study area, there and back, and distances on the sphere."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from placeprint.regions.antimeridian import HALF_TURN, cut, unwrapped, wrapped
from placeprint.typing import AnyArray, FloatArray

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

__all__ = [
    "EARTH_RADIUS_M",
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
