"""What all position encoders share: points are checked, then each applies its formula."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.sources.ids import coordinate_columns
from placeprint.typing import AnyArray, FloatArray

__all__ = ["PositionEncoder", "as_lonlat", "longitude_first"]

_NOT_TWO: Final = "points have {} columns, expected longitude and latitude"
_PASS_TWO: Final = "pass two columns, longitude first"


class PositionEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A function of where a point is, as a scikit-learn transformer.

    Each encoder gives its formula (``_encode``), the names of its columns (``_names``) and, where
    it has parameters to check, numbers to draw or weights to read, ``_prepare``. Labels and the
    places given to :meth:`fit` never take part.

    Example:
        >>> from placeprint.encoders.position import Wrap
        >>> Wrap().fit_transform([[90.0, 0.0]]).round(6).tolist()
        [[1.0, 0.0, 0.0, 1.0]]
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Check the parameters and the shape of the points; nothing is learnt from them.

        Args:
            X: (n, 2) longitudes and latitudes in degrees; or a DataFrame that names them, see
                :func:`longitude_first`.
            y: Ignored.

        Raises:
            InputError: If a parameter cannot be used, or X does not have two columns.
        """
        self._prepare()
        points = validate_data(self, longitude_first(X), dtype=np.float64)
        if points.shape[1] != 2:
            raise InputError(_NOT_TWO.format(points.shape[1]), hint=_PASS_TWO)
        return self

    def transform(self, X: Any) -> FloatArray:
        """(n, 2) longitudes and latitudes in degrees → (n, d) features, float64.

        Raises:
            InputError: If a coordinate is missing or out of range, or the columns look swapped.
        """
        check_is_fitted(self)
        points = validate_data(self, longitude_first(X), dtype=np.float64, reset=False)
        return self._encode(*as_lonlat(points))

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:  # noqa: ARG002
        """The names of the d columns."""
        check_is_fitted(self)
        return np.asarray(self._names(), dtype=object)

    def _prepare(self) -> None:
        """Refuse parameters that cannot be used; set what ends in ``_``."""

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n,) checked longitudes and latitudes in degrees → (n, d)."""
        raise NotImplementedError

    def _names(self) -> list[str]:
        """The names of the d columns of a fitted encoder."""
        raise NotImplementedError


def longitude_first(X: Any) -> Any:
    """Of a table that names longitude and latitude these two columns, in this order.

    They may be named lon, lng, long, longitude or x, and lat, latitude or y, in any case of
    letters, among whatever others. Anything else is returned as it is.

    Example:
        >>> import pandas as pd
        >>> longitude_first(pd.DataFrame({"Lat": [60.2], "Lon": [24.9]})).columns.tolist()
        ['Lon', 'Lat']
    """
    names = getattr(X, "columns", ())
    if not all(isinstance(name, str) for name in names):
        return X
    pair = coordinate_columns(names)
    return X if pair is None else X[list(pair)]


def as_lonlat(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two columns of (n, 2) points in degrees.

    Raises:
        InputError: If there are not two columns, or a coordinate is missing, out of range or
            swapped.
    """
    if points.shape[1] != 2:
        raise InputError(_NOT_TWO.format(points.shape[1]), hint=_PASS_TWO)
    lon, lat = points.T
    check_lonlat(lon, lat)
    return lon, lat
