"""MobCLIP: every modality of a region aligned to its mobility, and all of them fused.

Source: Wen et al. 2025, "MobCLIP: Learning General-purpose Geospatial Representation at Scale".
"""

from placeprint.models.mobclip.config import FusionSettings, GraphSettings, MobCLIPConfig
from placeprint.models.mobclip.fit import load_model, train

__all__ = ["FusionSettings", "GraphSettings", "MobCLIPConfig", "load_model", "train"]
