"""Distances on the globe."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.typing import FloatArray

__all__ = ["haversine_km"]

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the WGS 84 ellipsoid; the sphere is within 0.6 % of it."""


def haversine_km(
    lon: FloatArray, lat: FloatArray, to_lon: FloatArray, to_lat: FloatArray
) -> FloatArray:
    r"""Great-circle distances in km.

    .. math::
        2 R \arcsin \sqrt{\sin^2 \tfrac{\Delta\phi}{2}
          + \cos \phi_1 \cos \phi_2 \sin^2 \tfrac{\Delta\lambda}{2}}

    Args:
        lon: (n,) longitudes λ₁ in degrees.
        lat: (n,) latitudes φ₁ in degrees.
        to_lon: (n,) longitudes λ₂ in degrees.
        to_lat: (n,) latitudes φ₂ in degrees.

    Example:
        >>> haversine_km(np.array([0.0]), np.array([0.0]), np.array([180.0]), np.array([0.0]))
        array([20015.1...])
    """
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    across = np.cos(phi) * np.cos(to_phi) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    chord = np.sin((to_phi - phi) / 2) ** 2 + across
    distance: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distance
