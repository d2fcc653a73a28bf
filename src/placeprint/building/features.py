"""Features as layers: one vector per region, from entities, tables, images and roads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np
import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import (
    EntityFeatures,
    FeatureSpec,
    ImageFeatures,
    PointFeatures,
    RoadFeatures,
    TableFeatures,
)
from placeprint.building.layer import Layer, Make, Provenance, save_features
from placeprint.building.workshop import Workshop
from placeprint.encoders import encode_crops, encode_points, encode_table, text_encoder
from placeprint.errors import InputError
from placeprint.files import read_parquet
from placeprint.regions.roads import road_densities
from placeprint.sources import Coverage

__all__ = ["feature_layer"]


def feature_layer(
    shop: Workshop, name: str, spec: FeatureSpec, entities: Mapping[str, Layer]
) -> Layer:
    """The layer of a modality.

    Args:
        shop: What layers are made with.
        name: The modality.
        spec: Its part of the recipe.
        entities: The layers of entities by name.
    """
    key = f"features/{name}"
    if isinstance(spec, PointFeatures | EntityFeatures):
        of = entities[name if isinstance(spec, PointFeatures) else spec.entities]
        make = partial(_encode, shop, of.key, spec.encoder)
        weights = _weights(spec.encoder)
        return shop.layer(key, spec, lambda: make, weights=weights, entities=of.request)
    if isinstance(spec, RoadFeatures):
        return shop.layer(key, spec, lambda: _roads(shop, spec))
    if isinstance(spec, TableFeatures):
        return shop.layer(key, spec, lambda: _table(shop, spec))
    return shop.layer(key, spec, lambda: _image(shop, spec))


def _encode(shop: Workshop, entities: str, encoder: str, path: Path) -> Provenance:
    """Write the vectors of entities; text encoders read their ``text``, where they have one."""
    source = shop.out / f"{entities}.parquet"
    table = read_parquet(source).to_pandas(ignore_metadata=True)
    region_id = table["region_id"]
    if encoder == "counts" or "text" not in table:
        category = table["category"].where(table["category"] != "")
        vectors = encode_points(region_id, name=table["name"], category=category, encoder=encoder)
    else:
        vectors = encode_points(region_id, category=table["text"], encoder=encoder)
    if vectors.empty:
        raise InputError(
            "none of them is in a region and says what it is, so they make no features",
            source=source,
            hint="leave these features out of the recipe",
        )
    return save_features(path, vectors, len(shop.regions))


def _weights(encoder: str) -> str:
    """The digest of a text encoder's weights: other weights make another layer."""
    return encoder if encoder == "counts" else text_encoder(encoder).fingerprint


def _roads(shop: Workshop, spec: RoadFeatures) -> Make:
    shown = shop.extracts.shown(spec.file, shop.regions)
    lines = shop.extracts.read(spec.file).ways["geometry"].to_numpy()
    if not len(lines):
        raise InputError("it has no roads", source=shop.data / spec.file)
    # What lies beyond the extract is not known to be without roads.
    vectors = road_densities(shop.regions, lines)[shown]
    coverage = Coverage(rows=len(shown), of_regions=len(shown))
    coverage.drop("regions beyond the edge of the extract", int(np.sum(~shown)))
    coverage.finish(matched=len(vectors), regions=len(vectors))
    account = shop.extracts.account(spec.file)

    def make(path: Path) -> Provenance:
        return {**save_features(path, vectors, len(shown), coverage), **account}

    return make


def _table(shop: Workshop, spec: TableFeatures) -> Make:
    table, coverage = sources.read_region_table(
        shop.data / spec.file, shop.regions, region=spec.region, columns=spec.columns
    )
    vectors = encode_table(table, spec.encoder)
    return partial(save_features, vectors=vectors, of_regions=len(shop.regions), coverage=coverage)


def _image(shop: Workshop, spec: ImageFeatures) -> Make:
    images = [
        sources.ImageCrops(shop.data / file, shop.regions, bounds)
        for file, bounds in zip(spec.files, spec.bounds or repeat(None), strict=False)
    ]

    def make(path: Path) -> Provenance:
        parts = []
        for file, crops in zip(spec.files, images, strict=True):
            part = encode_crops(crops, spec.encoder, total=len(crops))
            parts.append(part.add_prefix(f"{Path(file).stem}:") if spec.files[1:] else part)
        joined = pd.concat(parts, axis=1, join="inner")
        coverage = min((crops.coverage for crops in images), key=lambda account: account.matched)
        return save_features(path, joined, len(shop.regions), coverage)

    return make
