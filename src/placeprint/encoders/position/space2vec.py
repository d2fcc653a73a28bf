"""Space2Vec: waves of several lengths over the plane of longitude and latitude."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.scales import check_choice, check_scales, frequencies, in_unit
from placeprint.typing import FloatArray

__all__ = ["VARIANTS", "Space2Vec", "space2vec"]

VARIANTS: Final = ("grid", "theory")

_DIRECTIONS: Final = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
"""Three unit vectors, 120° apart."""


def space2vec(points: FloatArray, variant: str, scales: FloatArray) -> FloatArray:
    r"""Sines and cosines of the coordinates at several frequencies.

    .. math::
        \text{grid} &: \sin f_s x_j,\; \cos f_s x_j, \quad j \in \{\text{lon}, \text{lat}\} \\
        \text{theory} &: \sin f_s \langle x, a_j \rangle,\; \cos f_s \langle x, a_j \rangle,
            \quad a_j = (\cos \tfrac{2 \pi j}{3}, \sin \tfrac{2 \pi j}{3}),\; j = 0, 1, 2

    Args:
        points: (n, 2) longitudes and latitudes, in the unit of the frequencies.
        variant: ``grid`` or ``theory``.
        scales: (S,) frequencies :math:`f_s`.

    Returns:
        (n, 4 S) for ``grid``, coordinate by coordinate, then scale, then sine and cosine;
        (n, 6 S) for ``theory``, scale by scale, then direction, then sine and cosine.

    Source:
        Mai et al. 2020 (ICLR), the grid cell based space encoder; for ``grid`` also
        arXiv 2201.10489, Eq. 3.

    Example:
        >>> space2vec(np.zeros((1, 2)), "grid", np.array([1.0])).tolist()
        [[0.0, 1.0, 0.0, 1.0]]
    """
    if variant == "grid":
        angles = points[:, :, None] * scales
    else:
        angles = (points @ _DIRECTIONS.T)[:, None, :] * scales[:, None]
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return waves.reshape(len(points), -1)


class Space2Vec(PositionEncoder):
    """Space2Vec's position encoders: see :func:`space2vec` for the formula.

    The plane has edges: at longitude ±180° the features jump.

    Args:
        variant: ``grid``: 4 columns a scale; ``theory``: 6, projections on three directions.
        n_frequencies: S.
        min_radius: The finest scale, in ``unit``.
        max_radius: The coarsest scale, in ``unit``.
        unit: ``radians``, or ``degrees`` as the published code has it.

    Source:
        Mai et al. 2020 (ICLR), "Multi-scale representation learning for spatial feature
        distributions using grid cells"; the radii are the defaults of the published code.

    Example:
        >>> Space2Vec("theory").fit_transform([[24.9, 60.2]]).shape
        (1, 96)
    """

    def __init__(
        self,
        variant: str = "grid",
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
        check_choice("variant of Space2Vec", self.variant, VARIANTS)
        check_scales(self.n_frequencies, self.min_radius, self.max_radius, self.unit)

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        points = in_unit(np.column_stack([lon, lat]), self.unit)
        scales = frequencies(self.n_frequencies, self.min_radius, self.max_radius)
        return space2vec(points, self.variant, scales)

    def _names(self) -> list[str]:
        scales, waves = range(self.n_frequencies), ("sin", "cos")
        if self.variant == "grid":
            axes = ("lon", "lat")
            return [f"{wave}_{axis}_{s}" for axis in axes for s in scales for wave in waves]
        return [f"{wave}_axis{j}_{s}" for s in scales for j in range(3) for wave in waves]
