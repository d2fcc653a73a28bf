"""Random Fourier features: waves in random directions, whose products are a Gaussian kernel."""

from __future__ import annotations

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.errors import InputError
from placeprint.typing import FloatArray

__all__ = ["RandomFourierFeatures"]


class RandomFourierFeatures(PositionEncoder):
    r"""Random Fourier features of longitude and latitude.

    .. math::
        \sqrt{2 / D} \, \cos(\langle \omega_i, x \rangle + b_i), \qquad
        \omega_i \sim N(0, \sigma^2 I),\; b_i \sim U[0, 2\pi),\; x = (\lambda, \varphi)

    so that :math:`\langle z(x), z(x') \rangle \approx \exp(-\sigma^2 \lVert x - x' \rVert^2 / 2)`.

    x is in radians. The field's papers apply the features to the plane of the two coordinates
    (Mai et al. 2023, scaled to ±1, which for the longitude is radians over π; GeoCLIP, projected),
    not to the sphere, so that at longitude ±180° they jump; ours do the same.

    Args:
        n_features: D.
        scale: σ, per radian: features vary over distances of about 1/σ radians, which is
            6,371/σ km.
        random_state: Seed of the draw.

    Source:
        Rahimi and Recht 2007, Sec. 3; as a location encoder: Mai et al. 2023 (arXiv 2306.17624);
        on the choice of σ: Tancik et al. 2020.

    Example:
        >>> RandomFourierFeatures(n_features=64).fit_transform([[24.9, 60.2]]).shape
        (1, 64)
    """

    def __init__(self, n_features: int = 96, scale: float = 1.0, random_state: int = 0) -> None:
        self.n_features = n_features
        self.scale = scale
        self.random_state = random_state

    def _prepare(self) -> None:
        if self.n_features < 1:
            raise InputError(f"n_features is {self.n_features}", hint="give at least 1")
        if not self.scale > 0:
            raise InputError(f"scale is {self.scale}", hint="give a positive number, per radian")
        generator = np.random.default_rng(self.random_state)
        self.directions_ = generator.normal(0.0, self.scale, (2, self.n_features))
        self.shifts_ = generator.uniform(0.0, 2 * np.pi, self.n_features)

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        angles = np.radians(np.column_stack([lon, lat])) @ self.directions_ + self.shifts_
        waves: FloatArray = np.sqrt(2 / self.n_features) * np.cos(angles)
        return waves

    def _names(self) -> list[str]:
        return [f"rff{number}" for number in range(self.n_features)]
