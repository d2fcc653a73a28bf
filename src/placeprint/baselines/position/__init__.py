"""Position encoders: functions of longitude and latitude alone, as scikit-learn transformers.

Formulas (spherical harmonics, Sphere2Vec, Space2Vec, NeRF, x y z, wrap, random Fourier features)
and published networks whose weights are already here (GeoCLIP, SatCLIP, CSP).
"""

from placeprint.baselines.position.cartesian import CartesianCoordinates
from placeprint.baselines.position.csp import CSP
from placeprint.baselines.position.encoder import PositionEncoder
from placeprint.baselines.position.features import harmonic_features, position_features
from placeprint.baselines.position.geoclip import GeoCLIP
from placeprint.baselines.position.nerf import NeRF
from placeprint.baselines.position.random_fourier import RandomFourierFeatures
from placeprint.baselines.position.registry import (
    CHECKPOINT_ENCODERS,
    POSITION_ENCODERS,
    position_encoder,
)
from placeprint.baselines.position.satclip import SatCLIP, satclip_factors
from placeprint.baselines.position.space2vec import Space2Vec
from placeprint.baselines.position.sphere2vec import Sphere2Vec
from placeprint.baselines.position.spherical_harmonics import (
    SphericalHarmonics,
    harmonics,
    iter_harmonics,
)
from placeprint.baselines.position.wrap import Wrap

__all__ = [
    "CHECKPOINT_ENCODERS",
    "CSP",
    "POSITION_ENCODERS",
    "CartesianCoordinates",
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
