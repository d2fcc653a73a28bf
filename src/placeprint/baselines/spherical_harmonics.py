"""Real spherical harmonics of a position: a smooth code of where on the globe a place is."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.typing import FloatArray

__all__ = ["SphericalHarmonics", "harmonic_features", "harmonics"]

CHUNK: Final = 512
"""Points at a time: the harmonics of a chunk stay within the processor's cache."""


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
    if degree < 1:
        raise InputError(f"the number of degrees is {degree}", hint="give at least 1")
    longitudes, latitudes = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    check_lonlat(longitudes, latitudes)
    lam, phi = np.radians(longitudes), np.radians(latitudes)
    values = np.empty((len(lam), degree**2))
    for start in range(0, len(lam), CHUNK):
        chunk = slice(start, start + CHUNK)
        values[chunk] = _chunk(lam[chunk], phi[chunk], degree).T
    return values


def _chunk(lam: FloatArray, phi: FloatArray, degree: int) -> FloatArray:
    """(L², n) harmonics of points in radians, one row per harmonic."""
    orders = np.arange(degree)[:, None]
    around = np.sqrt(2) * np.cos(orders * lam)
    around[0] = 1.0
    against = np.sqrt(2) * np.sin(orders * lam)
    sine, cosine = np.sin(phi), np.cos(phi)
    values = np.empty((degree**2, len(lam)))
    before = np.zeros((degree, len(lam)))
    now = np.zeros((degree, len(lam)))
    now[0] = np.sqrt(1 / (4 * np.pi))
    values[0] = now[0]
    for l in range(1, degree):  # noqa: E741 - the formula's letter
        m = orders[:l]
        scale = np.sqrt((4 * l**2 - 1) / (l**2 - m**2))
        fall = np.sqrt(((l - 1) ** 2 - m**2) / (4 * (l - 1) ** 2 - 1)) if l > 1 else 0.0
        following = np.zeros_like(now)
        following[:l] = scale * (sine * now[:l] - fall * before[:l])
        following[l] = np.sqrt((2 * l + 1) / (2 * l)) * cosine * now[l - 1]
        before, now = now, following
        centre = l**2 + l
        np.multiply(now[: l + 1], around[: l + 1], out=values[centre : centre + l + 1])
        backwards = values[l**2 : centre][::-1]
        np.multiply(now[1 : l + 1], against[1 : l + 1], out=backwards)
    return values


def harmonic_features(centroids: pd.DataFrame, degree: int = 20) -> pd.DataFrame:
    """Spherical harmonics of each region's centre, as a baseline.

    Args:
        centroids: Columns lon, lat in degrees, indexed by region id.
        degree: L; the result has L² columns.

    Returns:
        float32, columns ``Y_l,m``.

    Raises:
        InputError: See :func:`harmonics`.

    Example:
        >>> centroids = pd.DataFrame({"lon": [24.9], "lat": [60.2]}, index=["helsinki"])
        >>> harmonic_features(centroids, degree=2).columns.tolist()
        ['Y_0,0', 'Y_1,-1', 'Y_1,0', 'Y_1,1']
    """
    values = harmonics(centroids["lon"].to_numpy(float), centroids["lat"].to_numpy(float), degree)
    index = centroids.index.rename("region_id")
    columns = pd.Index(_names(degree), name="feature_id")
    return pd.DataFrame(values.astype(np.float32), index=index, columns=columns)


class SphericalHarmonics(TransformerMixin, BaseEstimator):  # type: ignore[misc]
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

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Check the points; nothing is learnt from them.

        Args:
            X: (n, 2) longitudes and latitudes in degrees.
            y: Ignored.

        Raises:
            InputError: If X does not have two columns.
        """
        points = validate_data(self, X, dtype=np.float64)
        if points.shape[1] != 2:
            raise InputError(
                f"points have {points.shape[1]} columns, expected longitude and latitude",
                hint="pass two columns, longitude first",
            )
        return self

    def transform(self, X: Any) -> FloatArray:
        """(n, 2) longitudes and latitudes in degrees → (n, L²) harmonics, float64.

        Raises:
            InputError: See :func:`harmonics`.
        """
        check_is_fitted(self)
        points = validate_data(self, X, dtype=np.float64, reset=False)
        return harmonics(points[:, 0], points[:, 1], self.degree)

    def get_feature_names_out(self, input_features: Any = None) -> FloatArray:  # noqa: ARG002
        """The names ``Y_l,m`` of the columns."""
        return np.asarray(_names(self.degree), dtype=object)


def _names(degree: int) -> list[str]:
    return [f"Y_{l},{m}" for l in range(degree) for m in range(-l, l + 1)]  # noqa: E741
