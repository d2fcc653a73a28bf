"""Baselines: what every embedding is measured against.

Where a place is (coordinates, and every encoder of them in ``position``), its raw features, their
principal components, LINE alone, and the flows by a plain decomposition. All of them are made
without labels.
"""

from placeprint.baselines.coordinates import coordinate_features
from placeprint.baselines.flows_svd import flow_features, raw_with_flows
from placeprint.baselines.line import line_features
from placeprint.baselines.pca import pca_features
from placeprint.baselines.position import (
    POSITION_ENCODERS,
    PositionEncoder,
    SphericalHarmonics,
    harmonic_features,
    harmonics,
    position_encoder,
    position_features,
)
from placeprint.baselines.raw import raw_features

__all__ = [
    "POSITION_ENCODERS",
    "PositionEncoder",
    "SphericalHarmonics",
    "coordinate_features",
    "flow_features",
    "harmonic_features",
    "harmonics",
    "line_features",
    "pca_features",
    "position_encoder",
    "position_features",
    "raw_features",
    "raw_with_flows",
]
