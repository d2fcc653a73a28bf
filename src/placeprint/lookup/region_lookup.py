"""The embedding of the region that a point lies in, as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from placeprint.errors import InputError, listing
from placeprint.lookup.locating import CellLocator, PolygonLocator
from placeprint.lookup.opening import EmbeddedRegions, Embeddings, open_embeddings
from placeprint.lookup.vector_tables import about_vectors
from placeprint.regions import Regions, check_lonlat
from placeprint.sources.ids import coordinate_columns
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["RegionLookup"]


class RegionLookup(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Points → the vectors of the regions that they lie in.

    Nothing is learnt from points: :meth:`fit` opens the embeddings. A point outside of all regions
    that have a vector gets NaN, and :meth:`coverage` says so. Points come as an array, longitude
    first, or as a table with columns named lon and lat (or longitude and latitude, lng, x and y)
    in whatever order, among whatever others.

    Args:
        embeddings: A :class:`~placeprint.models.Run` or its folder; a table of vectors indexed by
            region id, or its file.
        regions: The outlines of the regions, or their file. None: those of the run's atlas; of a
            table, the H3 cells that its ids name.

    Attributes:
        region_ids_: (n,) ids of the regions that have a vector, sorted.
        vectors_: (n, d) float32, their vectors.
        about_: What is known of where they come from, as a footer says it.

    Example:
        >>> cells = pd.DataFrame({"a": [1.0], "b": [2.0]}, index=["861126d37ffffff"])
        >>> lookup = RegionLookup(cells).fit()
        >>> lookup.transform([[24.94, 60.17], [0.0, 0.0]])
        array([[ 1.,  2.],
               [nan, nan]], dtype=float32)
        >>> lookup.transform(pd.DataFrame({"lat": [60.17], "lon": [24.94]})).tolist()
        [[1.0, 2.0]]
    """

    def __init__(self, embeddings: Embeddings, regions: PathLike | Regions | None = None) -> None:
        self.embeddings = embeddings
        self.regions = regions

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Open the embeddings and index their regions.

        Args:
            X: (n, 2) points, of which only the shape is looked at; may be left out.
            y: Ignored.

        Raises:
            InputError: If the embeddings cannot be opened, or X does not hold longitudes and
                latitudes.
        """
        self.n_features_in_ = 2
        if X is not None:
            self._points(X, reset=True)
        opened = open_embeddings(self.embeddings, self.regions)
        self.region_ids_ = opened.vectors.index.to_numpy(dtype=object)
        self.vectors_ = opened.vectors.to_numpy()
        self.about_ = about_vectors(opened)
        self._names = np.asarray([str(name) for name in opened.vectors.columns], dtype=object)
        self._locator = _locator(opened)
        self._bounds = self._locator.bounds()
        return self

    def transform(self, X: Any) -> FloatArray:
        """(n, 2) longitudes and latitudes in degrees → (n, d) float32, NaN outside.

        Raises:
            InputError: If a coordinate is missing or out of range, or longitude and latitude look
                swapped.
        """
        check_is_fitted(self)
        return self.encode(*self._points(X))

    def encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """As :meth:`transform`, from two arrays of degrees.

        Example:
            >>> cells = pd.DataFrame({"a": [1.0]}, index=["861126d37ffffff"])
            >>> RegionLookup(cells).fit().encode(np.array([24.94]), np.array([60.17])).tolist()
            [[1.0]]
        """
        positions = self.positions(lon, lat)
        vectors = self.vectors_[positions]
        vectors[positions < 0] = np.nan
        return vectors

    def locate(self, X: Any) -> AnyArray:
        """(n, 2) points → (n,) the id of the region that each lies in, None outside.

        Regions without a vector are outside; see :meth:`transform` for errors.
        """
        check_is_fitted(self)
        return self.ids_at(self.positions(*self._points(X)))

    def coverage(self, X: Any) -> BoolArray:
        """(n, 2) points → (n,) whether each gets a vector; see :meth:`transform` for errors."""
        check_is_fitted(self)
        covered: BoolArray = self.positions(*self._points(X)) >= 0
        return covered

    def positions(self, lon: FloatArray, lat: FloatArray) -> AnyArray:
        """(n,) degrees → (n,) the row of ``vectors_`` of each point, −1 outside."""
        check_lonlat(lon, lat)
        positions = self._locator.locate(lon, lat)
        if len(positions) and (positions < 0).all():
            self._refuse_swapped(lon, lat)
        return positions

    def ids_at(self, positions: AnyArray) -> AnyArray:
        """(n,) what :meth:`positions` gave → (n,) ids of regions, None outside."""
        ids: AnyArray = self.region_ids_[positions]
        ids[positions < 0] = None
        return ids

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:  # noqa: ARG002
        """The names of the d dimensions."""
        check_is_fitted(self)
        return self._names

    def _points(self, X: Any, *, reset: bool = False) -> tuple[FloatArray, FloatArray]:
        """Longitudes and latitudes in degrees, as two arrays."""
        columns = getattr(X, "columns", None)
        if columns is not None and all(isinstance(name, str) for name in columns):
            pair = coordinate_columns(columns)
            if pair is None:
                raise InputError(
                    f"points have the columns {listing(columns)}, expected longitude and latitude",
                    hint="name two columns lon and lat",
                )
            X = X[list(pair)].to_numpy()
            # Columns are found by what they mean: those of another table may be named otherwise.
            names = pair if reset else getattr(self, "feature_names_in_", None)
            X = X if names is None else pd.DataFrame(X, columns=names)
        points = validate_data(self, X, dtype=np.float64, reset=reset)
        if points.shape[1] != 2:
            raise InputError(
                f"points have {points.shape[1]} columns, expected longitude and latitude",
                hint="pass two columns, longitude first",
            )
        return points[:, 0], points[:, 1]

    def _refuse_swapped(self, lon: FloatArray, lat: FloatArray) -> None:
        """Refuse points that lie in regions only with their coordinates swapped.

        That can be told where the area and its mirror image do not meet: a point of the image is
        then no place in the area that happens to have no vector.
        """
        west, south, east, north = self._bounds
        if min(east, north) >= max(west, south) or (np.abs(lon) > 90).any():
            return
        if (self._locator.locate(lat, lon) >= 0).any():
            raise InputError(
                "no point lies in a region, but they do with longitude and latitude swapped",
                hint="pass longitude first, or name the columns lon and lat",
            )


def _locator(opened: EmbeddedRegions) -> CellLocator | PolygonLocator:
    ids: pd.Index = opened.vectors.index
    if opened.resolution is not None:
        return CellLocator.of(ids, opened.resolution)
    outlines = opened.outlined("looking up the region that a point lies in").geometry
    return PolygonLocator.of(outlines.reindex(ids).to_numpy())
