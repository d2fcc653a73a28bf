"""Sine and cosine of longitude and latitude: the globe's east and west edges meet."""

from __future__ import annotations

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.typing import FloatArray

__all__ = ["Wrap"]


class Wrap(PositionEncoder):
    r"""The wrapped coordinates.

    .. math:: (\sin\lambda,\; \cos\lambda,\; \sin\varphi,\; \cos\varphi)

    Both coordinates are in radians. Mac Aodha et al. scale the latitude by 90° to π instead, so
    that the poles meet as well; later code, such as SatCLIP's, does not.

    Source:
        Mac Aodha et al. 2019, "Presence-only geographical priors for fine-grained image
        classification".

    Example:
        >>> Wrap().fit_transform([[0.0, 90.0]]).round(6).tolist()
        [[0.0, 1.0, 1.0, 0.0]]
    """

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        lam, phi = np.radians(lon), np.radians(lat)
        return np.column_stack([np.sin(lam), np.cos(lam), np.sin(phi), np.cos(phi)])

    def _names(self) -> list[str]:
        return ["sin_lon", "cos_lon", "sin_lat", "cos_lat"]
