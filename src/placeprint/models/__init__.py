"""Models: MobCLIP, UrbanMFM, and the run that a training leaves on disk."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from placeprint.models.configuring import changed, read_config
from placeprint.models.registry import MODELS, config_class, load_model, train
from placeprint.models.run import Run, is_run

if TYPE_CHECKING:
    from placeprint.models.mobclip import MobCLIPConfig
    from placeprint.models.urbanmfm import UrbanMFMConfig

__all__ = [
    "MODELS",
    "MobCLIPConfig",
    "Run",
    "UrbanMFMConfig",
    "changed",
    "config_class",
    "is_run",
    "load_model",
    "read_config",
    "train",
]

_HOMES = {"MobCLIPConfig": "mobclip", "UrbanMFMConfig": "urbanmfm"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'placeprint.models' has no attribute {name!r}")
    return getattr(importlib.import_module(f"placeprint.models.{_HOMES[name]}"), name)
