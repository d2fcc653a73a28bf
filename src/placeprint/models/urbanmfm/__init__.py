"""UrbanMFM: a city's points, buildings, streets and regions at five scales, on attention graphs.

Source: Zhang et al. 2025, "UrbanMFM: Spatial Graph-based Multiscale Foundation Models for Learning
Generalized Urban Representation".
"""

from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.models.urbanmfm.fit import load_model, train

__all__ = ["UrbanMFMConfig", "load_model", "train"]
