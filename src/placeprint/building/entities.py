"""Entities as layers: points of interest, buildings, roads, street views, satellite images."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from placeprint import sources
from placeprint.atlas.specs import (
    EntitySpec,
    LabelTask,
    OSMEntities,
    PointFeatures,
    SatelliteEntities,
    StreetViewEntities,
)
from placeprint.building.hiding import hide_labels, readable
from placeprint.building.layer import Layer, Make, Provenance, save_table
from placeprint.building.workshop import Workshop
from placeprint.encoders.scenes import SceneVocabulary
from placeprint.sources.satellite import read_satellite
from placeprint.sources.street_views import read_street_views

__all__ = ["entity_layer", "point_layer"]


def entity_layer(shop: Workshop, name: str, spec: EntitySpec) -> Layer:
    """The layer of a kind of entities."""
    if isinstance(spec, OSMEntities):
        return _from_osm(shop, name, spec)
    if isinstance(spec, StreetViewEntities):
        return _street_views(shop, name, spec)
    return _satellite(shop, name, spec)


def point_layer(shop: Workshop, name: str, spec: PointFeatures) -> Layer:
    """The points of interest that features are made of."""

    def read() -> Make:
        points, coverage = sources.read_points(
            shop.data / spec.file,
            shop.regions,
            category=spec.category,
            name=spec.name,
            lon=spec.lon,
            lat=spec.lat,
            where=spec.where,
        )
        return partial(save_table, table=points, coverage=coverage)

    return shop.layer(f"entities/{name}", spec.model_copy(update={"encoder": ""}), read)


def _from_osm(shop: Workshop, name: str, spec: OSMEntities) -> Layer:
    tasks = _tasks_about(shop, name)

    def read() -> Make:
        table, coverage = shop.extracts.placed(spec.file, spec.kind, shop.regions)
        table = hide_labels(table, tasks)
        account = shop.extracts.account(spec.file)
        return partial(save_table, table=table, coverage=coverage, **account)

    reads = [{"column": task.column, "only": readable(task)} for task in tasks]
    return shop.layer(f"entities/{name}", spec, read, reads=reads)


def _tasks_about(shop: Workshop, name: str) -> list[LabelTask]:
    """The tasks whose labels are tags of these entities."""
    tables = [table for table in shop.recipe.labels if table.entities == name]
    return [task for table in tables for task in table.tasks.values()]


def _street_views(shop: Workshop, name: str, spec: StreetViewEntities) -> Layer:
    path = shop.data / spec.file
    words = SceneVocabulary(spec.clip) if spec.clip else None

    def read() -> Make:
        views, coverage = read_street_views(
            path,
            shop.regions,
            image=spec.image,
            lon=spec.lon,
            lat=spec.lat,
            heading=spec.heading,
            group=spec.group,
            scene=spec.scene,
            radius_m=spec.radius_m,
            size=spec.size,
        )

        def make(target: Path) -> Provenance:
            if words is not None:
                views["scene"] = words.describe(views["image"], views["group_id"])
            return save_table(target, views, coverage)

        return make

    listed = "" if path.is_dir() else shop.digests.of_listed(spec.file, spec.image)
    weights = words.fingerprint if words else ""
    return shop.layer(f"entities/{name}", spec, read, photographs=listed, weights=weights)


def _satellite(shop: Workshop, name: str, spec: SatelliteEntities) -> Layer:
    def read() -> Make:
        images, coverage = read_satellite(
            [shop.data / file for file in spec.files or []],
            shop.regions,
            bounds=spec.bounds,
            tiles=shop.data / spec.tiles if spec.tiles else None,
            zoom=spec.zoom,
            size=spec.size,
        )
        return partial(save_table, table=images, coverage=coverage)

    return shop.layer(f"entities/{name}", spec, read)
