"""Baselines: what every embedding is measured against.

Where a place is (coordinates, and every encoder of them in ``placeprint.encoders.position``), its
raw features, their principal components, LINE alone, the flows by a plain decomposition, and what
is tagged there, by counts or by Hex2Vec. Of entities: their outlines, their own texts, and the tags
and texts round them. All of them are made without labels.
"""

from placeprint.baselines.coordinates import coordinate_features
from placeprint.baselines.flows_svd import flow_features, raw_with_flows
from placeprint.baselines.hex2vec import hex2vec_features
from placeprint.baselines.line import line_features
from placeprint.baselines.own_text import own_text
from placeprint.baselines.pca import pca_features
from placeprint.baselines.raw import raw_features
from placeprint.baselines.shape import shape_features
from placeprint.baselines.surroundings import neighbour_counts, neighbour_text
from placeprint.baselines.tag_counts import own_counts, tag_counts
from placeprint.encoders.position import harmonic_features, position_features

__all__ = [
    "coordinate_features",
    "flow_features",
    "harmonic_features",
    "hex2vec_features",
    "line_features",
    "neighbour_counts",
    "neighbour_text",
    "own_counts",
    "own_text",
    "pca_features",
    "position_features",
    "raw_features",
    "raw_with_flows",
    "shape_features",
    "tag_counts",
]
