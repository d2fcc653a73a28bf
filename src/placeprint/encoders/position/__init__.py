"""Position encoders: functions of longitude and latitude alone, as scikit-learn transformers.

Formulas (spherical harmonics, Sphere2Vec, Space2Vec, NeRF, x y z, wrap, random Fourier features)
published networks whose weights are already here (GeoCLIP, SatCLIP, CSP), and what a run of ours
was distilled into (:class:`CoordinateEncoder`).
"""

from placeprint.encoders.position.cartesian import CartesianCoordinates
from placeprint.encoders.position.coordinate_encoder import CoordinateEncoder
from placeprint.encoders.position.csp import CSP
from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.features import harmonic_features, position_features
from placeprint.encoders.position.geoclip import GeoCLIP
from placeprint.encoders.position.nerf import NeRF
from placeprint.encoders.position.random_fourier import RandomFourierFeatures
from placeprint.encoders.position.registry import (
    CHECKPOINT_ENCODERS,
    POSITION_ENCODERS,
    position_encoder,
)
from placeprint.encoders.position.satclip import SatCLIP, satclip_factors
from placeprint.encoders.position.space2vec import Space2Vec
from placeprint.encoders.position.sphere2vec import Sphere2Vec
from placeprint.encoders.position.spherical_harmonics import (
    SphericalHarmonics,
    harmonics,
    iter_harmonics,
)
from placeprint.encoders.position.wrap import Wrap

__all__ = [
    "CHECKPOINT_ENCODERS",
    "CSP",
    "POSITION_ENCODERS",
    "CartesianCoordinates",
    "CoordinateEncoder",
    "GeoCLIP",
    "NeRF",
    "PositionEncoder",
    "RandomFourierFeatures",
    "SatCLIP",
    "Space2Vec",
    "Sphere2Vec",
    "SphericalHarmonics",
    "Wrap",
    "harmonic_features",
    "harmonics",
    "iter_harmonics",
    "position_encoder",
    "position_features",
    "satclip_factors",
]
