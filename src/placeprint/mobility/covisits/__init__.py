"""Visits → co-visit graph: one definition, several engines, and a privacy floor.

Two regions that one person visits within the same week are tied. :func:`co_visits` is the
definition, which DuckDB, Polars and Spark run; :func:`compiled_co_visits` counts the same in
machine code; :func:`co_visit_graph` goes from files of visits to the file of the graph by any of
them. Tables in memory have :func:`co_visit_edges`. What needs an engine is imported when it is
first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from placeprint.mobility.covisits.engines import ENGINES, Engine, memory_bytes
from placeprint.mobility.covisits.in_memory import co_visit_edges, co_visit_snapshots
from placeprint.mobility.covisits.rules import CoVisitRules

if TYPE_CHECKING:
    from placeprint.mobility.covisits.account import CoVisitAccount
    from placeprint.mobility.covisits.compiled import compiled_co_visits
    from placeprint.mobility.covisits.counting import CountedVisits, count_visits
    from placeprint.mobility.covisits.definition import co_visits
    from placeprint.mobility.covisits.from_files import co_visit_graph
    from placeprint.mobility.covisits.privacy import NoisyRelease, Sensitivity, sensitivity

__all__ = [
    "ENGINES",
    "CoVisitAccount",
    "CoVisitRules",
    "CountedVisits",
    "Engine",
    "NoisyRelease",
    "Sensitivity",
    "co_visit_edges",
    "co_visit_graph",
    "co_visit_snapshots",
    "co_visits",
    "compiled_co_visits",
    "count_visits",
    "memory_bytes",
    "sensitivity",
]

_AT_FIRST_USE = {
    "CoVisitAccount": "account",
    "CountedVisits": "counting",
    "NoisyRelease": "privacy",
    "Sensitivity": "privacy",
    "co_visit_graph": "from_files",
    "co_visits": "definition",
    "compiled_co_visits": "compiled",
    "count_visits": "counting",
    "sensitivity": "privacy",
}


def __getattr__(name: str) -> object:
    if name not in _AT_FIRST_USE:
        raise AttributeError(f"module 'placeprint.mobility.covisits' has no attribute {name!r}")
    module = importlib.import_module(f"placeprint.mobility.covisits.{_AT_FIRST_USE[name]}")
    return getattr(module, name)
