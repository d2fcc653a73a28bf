"""NeRF's encoding of a point on the unit sphere: waves whose length halves again and again."""

from __future__ import annotations

import numpy as np

from placeprint.encoders.position.cartesian import on_the_sphere
from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.errors import InputError
from placeprint.typing import FloatArray

__all__ = ["NeRF"]


class NeRF(PositionEncoder):
    r"""Sines and cosines of x, y and z at octaves.

    .. math::
        \sin(2^k \pi x_j),\; \cos(2^k \pi x_j), \qquad
        j \in \{x, y, z\},\; k = 0, \dots, S - 1

    Coordinate by coordinate, then octave, then sine and cosine.

    Args:
        n_frequencies: S; the result has 6 S columns.

    Source:
        Mildenhall et al. 2020 (arXiv 2003.08934), Eq. 4; applied to points of the sphere by Mai et
        al. 2023 (arXiv 2306.17624).

    Example:
        >>> NeRF().fit_transform([[24.9, 60.2]]).shape
        (1, 96)
    """

    def __init__(self, n_frequencies: int = 16) -> None:
        self.n_frequencies = n_frequencies

    def _prepare(self) -> None:
        if self.n_frequencies < 1:
            raise InputError(f"n_frequencies is {self.n_frequencies}", hint="give at least 1")

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        octaves = np.pi * 2.0 ** np.arange(self.n_frequencies)
        angles = on_the_sphere(lon, lat)[:, :, None] * octaves
        return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(lon), -1)

    def _names(self) -> list[str]:
        octaves, waves = range(self.n_frequencies), ("sin", "cos")
        return [f"{wave}_{axis}_{k}" for axis in "xyz" for k in octaves for wave in waves]
