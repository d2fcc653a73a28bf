"""The parts of a recipe, a module for each: regions, units, graphs, entities, features, labels."""

from placeprint.atlas.specs.base import Name, Scalar, Spec, Where
from placeprint.atlas.specs.entities import (
    EntitySpec,
    OSMEntities,
    SatelliteEntities,
    StreetViewEntities,
)
from placeprint.atlas.specs.features import (
    EntityFeatures,
    FeatureSpec,
    ImageFeatures,
    PointFeatures,
    RoadFeatures,
    TableFeatures,
)
from placeprint.atlas.specs.graphs import AdjacencyGraph, FlowGraph, GraphSpec, VisitGraph
from placeprint.atlas.specs.labels import LabelSpec, LabelTask, TaskSpec
from placeprint.atlas.specs.regions import (
    BlockRegions,
    H3Regions,
    PolygonRegions,
    RegionSpec,
    UnitSpec,
)

__all__ = [
    "AdjacencyGraph",
    "BlockRegions",
    "EntityFeatures",
    "EntitySpec",
    "FeatureSpec",
    "FlowGraph",
    "GraphSpec",
    "H3Regions",
    "ImageFeatures",
    "LabelSpec",
    "LabelTask",
    "Name",
    "OSMEntities",
    "PointFeatures",
    "PolygonRegions",
    "RegionSpec",
    "RoadFeatures",
    "SatelliteEntities",
    "Scalar",
    "Spec",
    "StreetViewEntities",
    "TableFeatures",
    "TaskSpec",
    "UnitSpec",
    "VisitGraph",
    "Where",
]
