"""Real spherical harmonics of a position: a smooth code of where on the globe a place is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.typing import FloatArray

__all__ = ["SphericalHarmonics", "harmonics", "iter_harmonics"]

CHUNK: Final = 256
"""Points at a time: 2 MB at L = 32, which stay in the processor's cache."""


def harmonics(lon: FloatArray, lat: FloatArray, degree: int) -> FloatArray:
    r"""Real orthonormal spherical harmonics of degrees 0 to L − 1.

    With longitude :math:`\lambda`, latitude :math:`\varphi` and fully normalised associated
    Legendre functions without the Condon–Shortley phase,

    .. math::
        Y_{lm} = \begin{cases}
          \sqrt 2 \, \bar P_{l|m|}(\sin\varphi) \sin |m|\lambda & m < 0 \\
          \bar P_{l0}(\sin\varphi) & m = 0 \\
          \sqrt 2 \, \bar P_{lm}(\sin\varphi) \cos m\lambda & m > 0
        \end{cases}, \qquad \int Y_{lm} Y_{l'm'} \, d\Omega = \delta_{ll'} \delta_{mm'}

    The functions follow from the recurrence over l,

    .. math::
        \bar P_{lm} = \sqrt{\tfrac{4l^2 - 1}{l^2 - m^2}} \Big( \sin\varphi \, \bar P_{l-1,m}
          - \sqrt{\tfrac{(l-1)^2 - m^2}{4(l-1)^2 - 1}} \, \bar P_{l-2,m} \Big), \qquad
        \bar P_{ll} = \sqrt{\tfrac{2l+1}{2l}} \cos\varphi \, \bar P_{l-1,l-1},

    which loses no digits at high degree, unlike powers of :math:`\sin\varphi` written out.

    The result takes 8 L² bytes a point, 8 GB for a million points at L = 32; where that is too
    much, :func:`iter_harmonics` gives the same numbers piece by piece.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        degree: L, at least 1.

    Returns:
        (n, L²) float64; Y_lm is in column l² + l + m.

    Raises:
        InputError: If L is below 1, or a coordinate is missing, out of range or swapped.

    Source:
        Holmes and Featherstone 2002, Eq. 11 to 13; as a location encoder: Rußwurm et al. 2024.

    Example:
        >>> values = harmonics(np.array([0.0]), np.array([90.0]), degree=2)
        >>> (values * np.sqrt(4 * np.pi)).round(3).tolist()
        [[1.0, 0.0, 1.732, 0.0]]
    """
    from placeprint.encoders.position.harmonics_kernel import fill_harmonics, recurrence

    lam, phi = _radians(lon, lat, degree)
    values = np.empty((len(lam), degree**2))
    fill_harmonics(lam, phi, *recurrence(degree), values)
    return values


def iter_harmonics(
    lon: FloatArray, lat: FloatArray, degree: int, *, chunk: int = CHUNK
) -> Iterator[FloatArray]:
    """The rows of :func:`harmonics`, some points at a time, in bounded memory.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        degree: L, at least 1.
        chunk: Points at a time, at least 1.

    Returns:
        An iterator over arrays (chunk, L²), float64; the last may have fewer rows.

    Raises:
        InputError: As :func:`harmonics`, before the first piece; or if ``chunk`` is below 1.

    Example:
        >>> pieces = iter_harmonics(np.zeros(5), np.zeros(5), degree=2, chunk=2)
        >>> [len(piece) for piece in pieces]
        [2, 2, 1]
    """
    if chunk < 1:
        raise InputError(f"a chunk has {chunk} points", hint="give at least 1")
    return _pieces(*_radians(lon, lat, degree), degree, chunk)


class SphericalHarmonics(PositionEncoder):
    """Spherical harmonics as a scikit-learn transformer.

    Args:
        degree: L, the number of degrees; the result has L² columns.

    Source:
        See :func:`harmonics`.

    Example:
        >>> from sklearn.linear_model import Ridge
        >>> from sklearn.pipeline import make_pipeline
        >>> points = np.array([[24.9, 60.2], [18.1, 59.3], [10.7, 59.9]])
        >>> model = make_pipeline(SphericalHarmonics(degree=3), Ridge()).fit(points, [1, 2, 3])
        >>> model.predict(points).shape
        (3,)
    """

    def __init__(self, degree: int = 20) -> None:
        self.degree = degree

    def _prepare(self) -> None:
        _check_degree(self.degree)

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        return harmonics(lon, lat, self.degree)

    def _names(self) -> list[str]:
        return [f"Y_{l},{m}" for l in range(self.degree) for m in range(-l, l + 1)]  # noqa: E741


def _check_degree(degree: int) -> None:
    if degree < 1:
        raise InputError(f"the number of degrees is {degree}", hint="give at least 1")


def _radians(lon: FloatArray, lat: FloatArray, degree: int) -> tuple[FloatArray, FloatArray]:
    _check_degree(degree)
    longitudes, latitudes = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    check_lonlat(longitudes, latitudes)
    return np.radians(longitudes), np.radians(latitudes)


def _pieces(lam: FloatArray, phi: FloatArray, degree: int, chunk: int) -> Iterator[FloatArray]:
    from placeprint.encoders.position.harmonics_kernel import fill_harmonics, recurrence

    tables = recurrence(degree)
    for start in range(0, len(lam), chunk):
        piece = slice(start, start + chunk)
        values = np.empty((len(lam[piece]), degree**2))
        fill_harmonics(lam[piece], phi[piece], *tables, values)
        yield values
