"""Use of embeddings: the vector of a point, vectors of any polygons, places like a given one."""

from placeprint.lookup.agreement import (
    agreement,
    prepare_similar,
    search,
    similar,
    view,
    write_similar,
)
from placeprint.lookup.embedding_points import (
    EmbeddedPoints,
    PointEncoder,
    embed_points,
    open_encoder,
)
from placeprint.lookup.exporting import export
from placeprint.lookup.opening import EmbeddedRegions, open_embeddings
from placeprint.lookup.pooling import PooledPolygons, pool, pool_to_file
from placeprint.lookup.region_lookup import RegionLookup
from placeprint.lookup.similarity import EXACT_UP_TO, Similarity

__all__ = [
    "EXACT_UP_TO",
    "EmbeddedPoints",
    "EmbeddedRegions",
    "PointEncoder",
    "PooledPolygons",
    "RegionLookup",
    "Similarity",
    "agreement",
    "embed_points",
    "export",
    "open_embeddings",
    "open_encoder",
    "pool",
    "pool_to_file",
    "prepare_similar",
    "search",
    "similar",
    "view",
    "write_similar",
]
