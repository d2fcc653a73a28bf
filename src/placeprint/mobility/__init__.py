"""Mobility: visits → graph → vectors.

People who visit two places tie them; the graph is sampled, normalised and embedded (LINE), and
features travel over it (LightGCN, neighbourhood means), or describe each place's flows without
naming the place. Names that need torch are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from placeprint.mobility.assembly import assemble, symmetric_sum
from placeprint.mobility.covisits import co_visit_edges, co_visit_snapshots
from placeprint.mobility.features import flow_profile, flow_statistics
from placeprint.mobility.graph import MobilityGraph, directed_matrix
from placeprint.mobility.line import line_factorised, line_memory, line_sampled
from placeprint.mobility.normalise import row_normalised, symmetric_normalised
from placeprint.mobility.propagation import propagate
from placeprint.mobility.sampling import random_share, top_share

if TYPE_CHECKING:
    from placeprint.mobility.convolution import lightgcn
    from placeprint.mobility.randomised_svd import left_singular_vectors
    from placeprint.mobility.sparse import torch_csr

__all__ = [
    "MobilityGraph",
    "assemble",
    "co_visit_edges",
    "co_visit_snapshots",
    "directed_matrix",
    "flow_profile",
    "flow_statistics",
    "left_singular_vectors",
    "lightgcn",
    "line_factorised",
    "line_memory",
    "line_sampled",
    "propagate",
    "random_share",
    "row_normalised",
    "symmetric_normalised",
    "symmetric_sum",
    "top_share",
    "torch_csr",
]

_NEED_TORCH = {
    "left_singular_vectors": "randomised_svd",
    "lightgcn": "convolution",
    "torch_csr": "sparse",
}


def __getattr__(name: str) -> object:
    if name not in _NEED_TORCH:
        raise AttributeError(f"module 'placeprint.mobility' has no attribute {name!r}")
    return getattr(importlib.import_module(f"placeprint.mobility.{_NEED_TORCH[name]}"), name)
