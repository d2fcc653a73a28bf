"""What an encoder makes of each region's centre: the table that stands beside an embedding."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from sklearn.base import clone

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.registry import position_encoder
from placeprint.encoders.position.spherical_harmonics import SphericalHarmonics

__all__ = ["harmonic_features", "position_features"]

CHUNK_BYTES: Final = 2**23
"""Of float64 features at a time."""


def position_features(centroids: pd.DataFrame, encoder: str | PositionEncoder) -> pd.DataFrame:
    """Position features of each region's centre, as a baseline.

    The encoder is applied to some regions at a time, so that beside the result only a few
    megabytes are held.

    Args:
        centroids: Columns lon, lat in degrees, indexed by region id.
        encoder: A name for :func:`placeprint.encoders.position.position_encoder`, or an encoder,
            which is left as it is.

    Returns:
        float32, a column per feature of the encoder.

    Raises:
        InputError: If the name is unknown, its weights are not here or cannot be used, or a
            coordinate is missing, out of range or swapped.
        MissingExtraError: If ``geoclip`` is asked for and its package is not installed.

    Example:
        >>> centroids = pd.DataFrame({"lon": [24.9], "lat": [60.2]}, index=["helsinki"])
        >>> position_features(centroids, "wrap").columns.tolist()
        ['sin_lon', 'cos_lon', 'sin_lat', 'cos_lat']
    """
    chosen = position_encoder(encoder) if isinstance(encoder, str) else clone(encoder)
    points = centroids[["lon", "lat"]].to_numpy(np.float64)
    columns = pd.Index(chosen.fit(points).get_feature_names_out(), name="feature_id")
    values = np.empty((len(points), len(columns)), dtype=np.float32)
    step = max(1, CHUNK_BYTES // (8 * len(columns)))
    for start in range(0, len(points), step):
        chunk = slice(start, start + step)
        values[chunk] = chosen.transform(points[chunk])
    return pd.DataFrame(values, index=centroids.index.rename("region_id"), columns=columns)


def harmonic_features(centroids: pd.DataFrame, degree: int = 20) -> pd.DataFrame:
    """Spherical harmonics of each region's centre, as a baseline.

    Args:
        centroids: Columns lon, lat in degrees, indexed by region id.
        degree: L; the result has L² columns.

    Returns:
        float32, columns ``Y_l,m``.

    Raises:
        InputError: See :func:`placeprint.encoders.position.harmonics`.

    Example:
        >>> centroids = pd.DataFrame({"lon": [24.9], "lat": [60.2]}, index=["helsinki"])
        >>> harmonic_features(centroids, degree=2).columns.tolist()
        ['Y_0,0', 'Y_1,-1', 'Y_1,0', 'Y_1,1']
    """
    return position_features(centroids, SphericalHarmonics(degree))
