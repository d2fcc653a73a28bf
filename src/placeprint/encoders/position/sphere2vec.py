"""Sphere2Vec: double Fourier waves of several lengths that keep to the sphere."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.scales import check_choice, check_scales, frequencies, in_unit
from placeprint.typing import FloatArray

__all__ = ["Sphere2Vec"]

_GRID: Final = ("sin_lat", "cos_lat", "sin_lon", "cos_lon")
_MIXED: Final = ("cos_lat_cos_lon1", "cos_lat1_cos_lon", "cos_lat_sin_lon1", "cos_lat1_sin_lon")
_TERMS: Final[dict[str, tuple[str, ...]]] = {
    "sphereC": ("sin_lat", "cos_lat_cos_lon", "cos_lat_sin_lon"),
    "sphereC+": (*_GRID, "cos_lat_cos_lon", "cos_lat_sin_lon"),
    "sphereM": ("sin_lat", *_MIXED),
    "sphereM+": (*_GRID, *_MIXED),
}
"""The terms of each scale s; lon1 and lat1 are the coordinates themselves, without a scale."""


class Sphere2Vec(PositionEncoder):
    r"""Sphere2Vec's position encoders.

    With frequencies :math:`f_s`, :math:`\lambda_s = f_s \lambda` and
    :math:`\varphi_s = f_s \varphi`, each scale s of S gives

    .. math::
        \text{sphereC} &: \sin\varphi_s,\; \cos\varphi_s \cos\lambda_s,\;
            \cos\varphi_s \sin\lambda_s \\
        \text{sphereM} &: \sin\varphi_s,\; \cos\varphi_s \cos\lambda,\; \cos\varphi \cos\lambda_s,\;
            \cos\varphi_s \sin\lambda,\; \cos\varphi \sin\lambda_s

    and the variants with a plus the terms of the grid,
    :math:`\sin\varphi_s, \cos\varphi_s, \sin\lambda_s, \cos\lambda_s`, as well (the sine of the
    latitude once).

    The defaults are those of the published code, whose finest scale of 10 radians is longer than
    the globe: the features are slow waves. ``unit="degrees"`` with radii from 1 to 360 is the
    variant of SatCLIP's code (which also holds each column twice).

    Args:
        variant: ``sphereC``, ``sphereC+``, ``sphereM`` or ``sphereM+``: 3, 6, 5 or 8 columns a
            scale.
        n_frequencies: S.
        min_radius: The finest scale, in ``unit``.
        max_radius: The coarsest scale, in ``unit``.
        unit: ``radians``, as the formula says, or ``degrees``.

    Source:
        Mai et al. 2023, "Sphere2Vec" (arXiv 2306.17624); in its first version (arXiv 2201.10489)
        sphereC is Eq. 4 and sphereC+ Eq. 10.

    Example:
        >>> Sphere2Vec("sphereC+").fit_transform([[24.9, 60.2]]).shape
        (1, 96)
    """

    def __init__(
        self,
        variant: str = "sphereC+",
        n_frequencies: int = 16,
        min_radius: float = 10.0,
        max_radius: float = 10_000.0,
        unit: str = "radians",
    ) -> None:
        self.variant = variant
        self.n_frequencies = n_frequencies
        self.min_radius = min_radius
        self.max_radius = max_radius
        self.unit = unit

    def _prepare(self) -> None:
        check_choice("variant of Sphere2Vec", self.variant, tuple(_TERMS))
        check_scales(self.n_frequencies, self.min_radius, self.max_radius, self.unit)

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        scales = frequencies(self.n_frequencies, self.min_radius, self.max_radius)
        lon1, lat1 = in_unit(lon, self.unit)[:, None], in_unit(lat, self.unit)[:, None]
        sin_lon, cos_lon = np.sin(lon1 * scales), np.cos(lon1 * scales)
        sin_lat, cos_lat = np.sin(lat1 * scales), np.cos(lat1 * scales)
        terms = {
            "sin_lat": sin_lat,
            "cos_lat": cos_lat,
            "sin_lon": sin_lon,
            "cos_lon": cos_lon,
            "cos_lat_cos_lon": cos_lat * cos_lon,
            "cos_lat_sin_lon": cos_lat * sin_lon,
            "cos_lat_cos_lon1": cos_lat * np.cos(lon1),
            "cos_lat1_cos_lon": np.cos(lat1) * cos_lon,
            "cos_lat_sin_lon1": cos_lat * np.sin(lon1),
            "cos_lat1_sin_lon": np.cos(lat1) * sin_lon,
        }
        columns = [terms[name] for name in _TERMS[self.variant]]
        return np.stack(columns, axis=-1).reshape(len(lon), -1)

    def _names(self) -> list[str]:
        terms = _TERMS[self.variant]
        return [f"{term}_{scale}" for scale in range(self.n_frequencies) for term in terms]
