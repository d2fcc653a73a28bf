"""Which of a street-view point's four images faces a place."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.typing import FloatArray, IntArray

__all__ = ["DIRECTIONS", "facing_direction"]

DIRECTIONS: Final = ("E", "S", "W", "N")
"""The directions by their code; the next code is a quarter turn clockwise."""


def facing_direction(
    poi_lon: FloatArray, poi_lat: FloatArray, group_lon: FloatArray, group_lat: FloatArray
) -> IntArray:
    r"""The direction in which a POI lies from a street-view point.

    .. math::
        \theta = \mathrm{atan2}(\sin\Delta\lambda \cos\phi_p,\;
          \cos\phi_g \sin\phi_p - \sin\phi_g \cos\phi_p \cos\Delta\lambda)

    is the initial bearing of the great circle from the point g to the POI p, clockwise from
    north; each direction covers the 90° around it (east: 45° ≤ θ < 135°).

    Args:
        poi_lon: (m,) longitudes of the POIs in degrees.
        poi_lat: (m,) latitudes.
        group_lon: (m,) longitudes of the street-view points.
        group_lat: (m,) latitudes.

    Returns:
        (m,) positions in :data:`DIRECTIONS`; north for a POI at the point itself.

    Source:
        UrbanMFM (Zhang et al. 2025), local stage: "the image facing the POI".

    Example:
        >>> zero = np.zeros(4)
        >>> east_to_north = np.array([1.0, 0, -1, 0]), np.array([0.0, -1, 0, 1])
        >>> [DIRECTIONS[code] for code in facing_direction(*east_to_north, zero, zero)]
        ['E', 'S', 'W', 'N']
    """
    phi, to_phi = np.radians(group_lat), np.radians(poi_lat)
    turn = np.radians(np.asarray(poi_lon) - group_lon)
    eastward = np.sin(turn) * np.cos(to_phi)
    northward = np.cos(phi) * np.sin(to_phi) - np.sin(phi) * np.cos(to_phi) * np.cos(turn)
    bearing = np.degrees(np.arctan2(eastward, northward))
    codes: IntArray = np.floor((bearing - 45) / 90).astype(np.int64) % 4
    return codes
