"""A run distilled into a function of coordinates, as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from placeprint.encoders.position.encoder import PositionEncoder, as_lonlat, longitude_first
from placeprint.encoders.position.encoder_files import read_encoder
from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["CoordinateEncoder"]


class CoordinateEncoder(PositionEncoder):
    """Longitude and latitude → the embedding of the place, without any data about it.

    What ``placeprint distill`` makes of a run. It is taught already: ``fit`` only reads the folder
    and looks at the columns, and ``transform`` needs no ``fit`` before it. Outside the area in
    which it was taught it knows nothing, so a row there is NaN; :meth:`coverage` tells which.

    Args:
        path: The folder of the encoder.

    Attributes:
        card: What config.json says: degree, widths, area, teacher, scores (once it is read).

    Raises:
        InputError: At fit or at the first use, if the folder holds no encoder.

    Source:
        Wen et al. 2025, the distilled model; see ``placeprint.distillation``.

    Example:
        >>> encoder = CoordinateEncoder.from_pretrained("encoder")  # doctest: +SKIP
        >>> encoder.transform([[-74.0, 40.7]]).shape  # doctest: +SKIP
        (1, 128)
    """

    def __init__(self, path: PathLike) -> None:
        self.path = path

    @classmethod
    def from_pretrained(cls, path: PathLike) -> Self:
        """The encoder in a folder, read and ready.

        Args:
            path: What ``placeprint distill`` wrote: config.json and model.safetensors.

        Raises:
            InputError: If there is none, or it cannot be read.
        """
        encoder = cls(path)
        encoder._prepare()
        return encoder

    @property
    def card(self) -> dict[str, Any]:
        """What config.json says."""
        self._ready()
        return self._card

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        self._ready()
        return self._network.dim

    def transform(self, X: Any) -> FloatArray:
        """(n, 2) longitudes and latitudes in degrees → (n, dim) float32.

        Args:
            X: An array, longitude first; or a DataFrame with columns named lon and lat (or
                longitude and latitude, lng, x and y), in either order, among whatever others.

        Returns:
            One vector a row; NaN where it lies outside the area that was taught.

        Raises:
            InputError: If a coordinate is missing or out of range; or if the columns look swapped:
                no point lies in the area, and all would the other way round.
        """
        lon, lat = self._lonlat(X)
        return self.encode(lon, lat)

    def encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """The vectors of many places: the same as ``transform``, without a table between.

        Places are computed beside their neighbours, with some 200 bytes a place beside the result;
        a vector differs by some 1e-6 with the places that it is computed beside.

        Args:
            lon: (n,) longitudes in degrees.
            lat: (n,) latitudes in degrees.

        Returns:
            (n, dim) float32, NaN outside the area.

        Raises:
            InputError: As :meth:`transform`.
        """
        lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        known = np.flatnonzero(self._inside(lon, lat))
        values = np.full((len(lon), self.dim), np.nan, dtype=np.float32)
        self._network.fill(values, known, lon[known], lat[known])
        return values

    def coverage(self, X: Any) -> BoolArray:
        """(n,) whether each point lies in the area that was taught; the others have no vector.

        Args:
            X: As :meth:`transform` takes it.

        Raises:
            InputError: As :meth:`transform`.
        """
        return self._inside(*self._lonlat(X))

    def to_onnx(self, path: PathLike) -> None:
        """Write the encoder as an ONNX model, which runs without placeprint.

        Its input ``lonlat`` is (n, 2) float64 in degrees, its output ``embedding`` (n, dim)
        float32. The area is not part of it: it gives a vector for any coordinate.

        Args:
            path: The file to write, replaced if it is there.

        Raises:
            MissingExtraError: If the extra ``onnx`` is not installed.
        """
        from placeprint.encoders.position.onnx_graph import write_onnx

        self._ready()
        write_onnx(self._network, path)

    def __sklearn_tags__(self) -> Any:
        """It needs no fit."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags

    def _prepare(self) -> None:
        self._network, self._area, self._card = read_encoder(self.path)
        self._read_from = self.path

    def _ready(self) -> None:
        """Read the folder at the first use, and again if another is named since."""
        if getattr(self, "_read_from", None) != self.path:
            self._prepare()

    def _lonlat(self, X: Any) -> tuple[FloatArray, FloatArray]:
        X = longitude_first(X)
        if hasattr(self, "n_features_in_"):  # fitted, in a pipeline for instance
            return as_lonlat(validate_data(self, X, dtype=np.float64, reset=False))
        return as_lonlat(check_array(X, dtype=np.float64))

    def _inside(self, lon: FloatArray, lat: FloatArray) -> BoolArray:
        self._ready()
        check_lonlat(lon, lat)
        inside = self._area.contains(lon, lat)
        if len(lon) and not inside.any() and np.abs(lon).max() <= 90:
            swapped = self._area.contains(lat, lon)
            if swapped.all():
                west, south, east, north = self._card["area"]["bounds"]
                raise InputError(
                    "longitudes and latitudes look swapped: none of the points lies in the area "
                    f"that was taught (longitudes {west:.4g} to {east:.4g}, latitudes {south:.4g} "
                    f"to {north:.4g}), and all would the other way round",
                    hint="put longitude first",
                )
        return inside

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        return self.encode(lon, lat)

    def _names(self) -> list[str]:
        return [f"e{number:03d}" for number in range(self.dim)]

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:  # noqa: ARG002
        """``e000``, ``e001``, …: the names of the columns."""
        return np.asarray(self._names(), dtype=object)
