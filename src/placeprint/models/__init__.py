"""Models: MobCLIP, and the run that a training leaves on disk."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from placeprint.models.configuring import read_config
from placeprint.models.run import Run

if TYPE_CHECKING:
    from placeprint.models.mobclip import MobCLIPConfig, train

__all__ = ["MobCLIPConfig", "Run", "read_config", "train"]


def __getattr__(name: str) -> object:
    if name not in {"MobCLIPConfig", "train"}:
        raise AttributeError(f"module 'placeprint.models' has no attribute {name!r}")
    return getattr(importlib.import_module("placeprint.models.mobclip"), name)
