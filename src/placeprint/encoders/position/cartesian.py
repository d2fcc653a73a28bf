"""A point on the unit sphere in three coordinates: no edges and no poles."""

from __future__ import annotations

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.typing import FloatArray

__all__ = ["CartesianCoordinates", "on_the_sphere"]


def on_the_sphere(lon: FloatArray, lat: FloatArray) -> FloatArray:
    r"""Cartesian coordinates of points on the unit sphere.

    .. math:: (x, y, z) = (\cos\varphi \cos\lambda,\; \cos\varphi \sin\lambda,\; \sin\varphi)

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.

    Returns:
        (n, 3) float64.

    Example:
        >>> on_the_sphere(np.array([90.0]), np.array([0.0])).round(6).tolist()
        [[0.0, 1.0, 0.0]]
    """
    lam, phi = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


class CartesianCoordinates(PositionEncoder):
    """x, y and z on the unit sphere: see :func:`on_the_sphere`.

    Example:
        >>> CartesianCoordinates().fit_transform([[0.0, 90.0]]).round(6).tolist()
        [[0.0, 0.0, 1.0]]
    """

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        return on_the_sphere(lon, lat)

    def _names(self) -> list[str]:
        return ["x", "y", "z"]
