"""placeprint: one compact vector for every place, and an honest account of what it is worth.

The same steps as the command line, as functions::

    import placeprint as pp

    atlas = pp.build("recipes/us-counties.yaml", data="raw", out="atlas")
    run = pp.train(atlas, pp.MobCLIPConfig(dim=128), out="run")
    scores = pp.evaluate(run)
    pp.report(run, out="report.html")

Names are imported when they are first used, so that ``import placeprint`` costs nothing.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.building import build
    from placeprint.building.drafting import draft
    from placeprint.distillation import DistillSettings, distill
    from placeprint.encoders.position import CoordinateEncoder
    from placeprint.evaluation import Evaluation, Places, Task, evaluate, read_benchmark, report
    from placeprint.lookup import RegionLookup, Similarity, agreement, export, pool
    from placeprint.models import MobCLIPConfig, Run, UrbanMFMConfig, train
    from placeprint.serving import create_app, write_map
    from placeprint.simulation import simulate, simulate_city
    from placeprint.studies import ablate, sensitivity

__all__ = [
    "Atlas",
    "CoordinateEncoder",
    "DistillSettings",
    "Evaluation",
    "MobCLIPConfig",
    "Places",
    "RegionLookup",
    "Run",
    "Similarity",
    "Task",
    "UrbanMFMConfig",
    "ablate",
    "agreement",
    "build",
    "create_app",
    "distill",
    "draft",
    "evaluate",
    "export",
    "pool",
    "read_benchmark",
    "report",
    "sensitivity",
    "simulate",
    "simulate_city",
    "train",
    "write_map",
]

__version__ = version("placeprint")

_HOMES = {
    "Atlas": "atlas",
    "CoordinateEncoder": "encoders.position",
    "DistillSettings": "distillation",
    "Evaluation": "evaluation",
    "MobCLIPConfig": "models",
    "Places": "evaluation",
    "RegionLookup": "lookup",
    "Run": "models",
    "Similarity": "lookup",
    "Task": "evaluation",
    "UrbanMFMConfig": "models",
    "ablate": "studies",
    "agreement": "lookup",
    "build": "building",
    "create_app": "serving",
    "distill": "distillation",
    "draft": "building.drafting",
    "evaluate": "evaluation",
    "export": "lookup",
    "pool": "lookup",
    "read_benchmark": "evaluation",
    "report": "evaluation",
    "sensitivity": "studies",
    "simulate": "simulation",
    "simulate_city": "simulation",
    "train": "models",
    "write_map": "serving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'placeprint' has no attribute {name!r}")
    return getattr(importlib.import_module(f"placeprint.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
