"""What splits, probes and models are called on the page, and what they are."""

from __future__ import annotations

from typing import Final

from placeprint.evaluation.reporting.tables import EMBEDDING

__all__ = ["MODELS", "PROBES", "SPLITS", "model_name"]

MODELS: Final = {
    EMBEDDING: "the embedding of this run",
    "coordinates": "longitude and latitude alone: what being near is worth",
    "spherical_harmonics": "smooth waves over the globe: position, with more freedom",
    "raw": "the inputs of all modalities, side by side, nothing learned",
    "raw+flows": "the raw inputs, and the strongest axes of the flows",
    "pca": "the raw inputs, pressed into as many numbers as the embedding",
    "line": "LINE: what the graph alone knows of a place's partners",
}
"""What the models that are always compared are."""

PROBES: Final = {
    "ridge": "Ridge, penalty tuned inside the training places",
    "lightgbm": "LightGBM, settings as published",
    "ridge_published": "Ridge, penalty as published",
}
"""What the probes are."""

SPLITS: Final = {"random": "random places held out", "block": "whole areas held out"}
"""What the splits are."""


def model_name(model: str) -> str:
    """A model's name as it is shown.

    Example:
        >>> model_name("spherical_harmonics")
        'spherical harmonics'
    """
    return model.replace("_", " ")
