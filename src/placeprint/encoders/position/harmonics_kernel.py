"""The recurrence of the spherical harmonics in machine code, compiled at its first use."""

from __future__ import annotations

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import FloatArray

__all__ = ["fill_harmonics", "recurrence"]


def recurrence(degree: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""The coefficients of :func:`placeprint.encoders.position.harmonics`' recurrence.

    Args:
        degree: L.

    Returns:
        * (L, L) :math:`a_{lm} = \sqrt{(4l^2 - 1) / (l^2 - m^2)}`, zero where m ≥ l;
        * (L, L) :math:`a_{lm} \sqrt{((l-1)^2 - m^2) / (4(l-1)^2 - 1)}`, zero where m ≥ l − 1;
        * (L,) :math:`\sqrt{(2l + 1) / (2l)}`, its first entry unused.
    """
    l = np.arange(degree, dtype=np.float64)[:, None]  # noqa: E741 - the formula's letter
    m = np.arange(degree, dtype=np.float64)
    below = np.where(m < l, l**2 - m**2, np.inf)
    scale = np.sqrt(np.maximum(4 * l**2 - 1, 0) / below)
    above = np.where(m < l - 1, (l - 1) ** 2 - m**2, 0.0)
    fall = np.sqrt(above / np.maximum(4 * (l - 1) ** 2 - 1, 1))
    diagonal = np.sqrt((2 * l[:, 0] + 1) / np.maximum(2 * l[:, 0], 1))
    return scale, scale * fall, diagonal


@compiled()
def fill_harmonics(
    lam: FloatArray,
    phi: FloatArray,
    scale: FloatArray,
    fall: FloatArray,
    diagonal: FloatArray,
    values: FloatArray,
) -> None:
    """Write the harmonics of each point into its row, order by order beside each other.

    The inner loops run over the orders m of one degree, which lie beside each other in memory
    both in the tables and in the row, so that the processor takes several at once.

    Args:
        lam: (n,) longitudes in radians.
        phi: (n,) latitudes in radians.
        scale: From :func:`recurrence`.
        fall: From :func:`recurrence`.
        diagonal: From :func:`recurrence`.
        values: (n, L²) float64, overwritten.
    """
    degree = len(diagonal)
    around, against = np.zeros(degree), np.zeros(degree)  # √2 cos mλ (1 for m = 0), √2 sin mλ
    legendre = np.zeros((3, degree))
    for point in range(len(lam)):
        sine, cosine = np.sin(phi[point]), np.cos(phi[point])
        turn_cos, turn_sin = np.cos(lam[point]), np.sin(lam[point])
        around[0], against[0] = np.sqrt(2.0), 0.0
        for m in range(1, degree):
            around[m] = turn_cos * around[m - 1] - turn_sin * against[m - 1]
            against[m] = turn_sin * around[m - 1] + turn_cos * against[m - 1]
        around[0] = 1.0
        legendre[:] = 0.0
        before, now, following = legendre[0], legendre[1], legendre[2]
        row = values[point]
        now[0] = np.sqrt(1 / (4 * np.pi))
        row[0] = now[0]
        for l in range(1, degree):  # noqa: E741
            for m in range(l):
                following[m] = scale[l, m] * sine * now[m] - fall[l, m] * before[m]
            following[l] = diagonal[l] * cosine * now[l - 1]
            centre = l * l + l
            for m in range(l + 1):
                row[centre + m] = following[m] * around[m]
            for m in range(1, l + 1):
                row[centre - m] = following[m] * against[m]
            before, now, following = now, following, before
