"""All layers of a recipe, in the order in which they are made."""

from __future__ import annotations

from placeprint.atlas.specs import PointFeatures
from placeprint.building.entities import entity_layer, point_layer
from placeprint.building.features import feature_layer
from placeprint.building.graphs import graph_layer
from placeprint.building.labels import label_layer
from placeprint.building.layer import Layer
from placeprint.building.regions import make_regions
from placeprint.building.units import unit_layer
from placeprint.building.workshop import Workshop, request_of

__all__ = ["all_layers"]


def all_layers(shop: Workshop) -> list[Layer]:
    """The layers of a recipe in the order in which they are made.

    Features are encoded from entities on disk, so entities come before them.
    """
    recipe = shop.recipe
    entities = {name: entity_layer(shop, name, spec) for name, spec in recipe.entities.items()}
    for name, features in recipe.features.items():
        if isinstance(features, PointFeatures):
            entities[name] = point_layer(shop, name, features)
    labels = [(table, task) for table in recipe.labels for task in table.tasks]
    return [
        _regions(shop),
        *(unit_layer(shop, level, spec) for level, spec in recipe.units.items()),
        *(graph_layer(shop, name, spec) for name, spec in recipe.graphs.items()),
        *entities.values(),
        *(feature_layer(shop, name, spec, entities) for name, spec in recipe.features.items()),
        *(label_layer(shop, table, task) for table, task in labels),
    ]


def _regions(shop: Workshop) -> Layer:
    spec = shop.recipe.regions
    request = request_of(spec, shop.digests)
    return Layer("regions", request, lambda: make_regions(shop.regions, spec, shop.extracts))
