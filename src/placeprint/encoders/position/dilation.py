"""A study area spread over the sphere, so that harmonics of few degrees resolve it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.encoders.position.cartesian import on_the_sphere
from placeprint.typing import FloatArray

__all__ = ["Dilation"]


@dataclass(frozen=True)
class Dilation:
    r"""The sphere turned and stretched about the middle of a study area.

    The middle comes to lie at the pole, and an angle θ away from it becomes

    .. math:: \tan\tfrac{θ'}{2} = s \tan\tfrac{θ}{2},

    the dilation of the stereographic plane. It keeps angles, has neither edge nor seam, and is a
    quotient of polynomials in x, y, z: with the middle at :math:`z = 1`,

    .. math::
        z' = \frac{(1 + z) - s^2 (1 - z)}{(1 + z) + s^2 (1 - z)}, \qquad
        (x', y') = \frac{2 s \, (x, y)}{(1 + z) + s^2 (1 - z)}

    Harmonics of L degrees in the new coordinates resolve s times as finely in the middle of the
    area, and half as much more at its edge.

    Attributes:
        lon: Longitude of the middle in degrees.
        lat: Its latitude in degrees.
        factor: s, at least 1.

    Example:
        >>> spread = Dilation(lon=10.0, lat=50.0, factor=20.0)
        >>> lon, lat = spread(np.array([10.0, 10.0]), np.array([50.0, 51.0]))
        >>> lat.round(2).tolist()
        [90.0, 70.2]
    """

    lon: float
    lat: float
    factor: float

    @classmethod
    def of(cls, lon: FloatArray, lat: FloatArray) -> Dilation:
        """The dilation that spreads places over a hemisphere: the farthest come to its edge.

        Args:
            lon: (n,) longitudes in degrees.
            lat: (n,) latitudes in degrees.

        Returns:
            One about the direction of their mean; of places that fill more than a hemisphere with
            a factor of 1, which only turns the globe.
        """
        points = on_the_sphere(lon, lat)
        x, y, z = points.mean(axis=0)
        middle = cls(
            float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y)))), 1
        )
        cosine = (points @ middle.axes[2]).min()
        tangent = np.sqrt((1 - cosine) / max(1 + cosine, 1e-12))  # tan θ/2 of the farthest
        return cls(middle.lon, middle.lat, float(max(1.0, 1.0 / max(tangent, 1e-9))))

    @property
    def axes(self) -> FloatArray:
        """(3, 3) rows: the new x, y and z axes in the old coordinates."""
        lam, phi = np.radians(self.lon), np.radians(self.lat)
        return np.array(
            [
                [np.sin(phi) * np.cos(lam), np.sin(phi) * np.sin(lam), -np.cos(phi)],
                [-np.sin(lam), np.cos(lam), 0.0],
                [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)],
            ]
        )

    def __call__(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where places come to lie: new longitudes and latitudes in degrees."""
        x, y, z = (on_the_sphere(lon, lat) @ self.axes.T).T
        # 1 − z as a square loses no digits near the middle, where z is nearly 1.
        across = np.hypot(x, y)
        fall = np.where(z > 0, across**2 / np.maximum(1 + z, 1), 1 - z)
        below = self.factor**2 * fall
        height, width = (1 + z) - below, 2 * self.factor * across
        return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(height, width))
