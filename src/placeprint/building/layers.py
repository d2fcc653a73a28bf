"""How each part of a recipe becomes a layer: what it depends on, how it is read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from typing import Any

import pandas as pd

from placeprint import sources
from placeprint.atlas.recipe import (
    AdjacencyGraph,
    FlowGraph,
    GraphSpec,
    ImageFeatures,
    LabelFile,
    PointFeatures,
    Recipe,
    Spec,
    TableFeatures,
    TaskSpec,
    UnitSpec,
)
from placeprint.building.digests import Digests
from placeprint.encoders import encode_crops, encode_points, encode_table, text_encoder
from placeprint.errors import InputError
from placeprint.files import read_parquet, write_table, write_vectors
from placeprint.mobility import co_visit_edges
from placeprint.regions import Regions
from placeprint.sources import Coverage

__all__ = ["Layer", "Workshop"]

Provenance = dict[str, Any]
Make = Callable[[Path], Provenance]


@dataclass(frozen=True)
class Layer:
    """One layer of an atlas.

    All layers are read before the first is written, so that a wrong file stops the work before
    it starts and not after an hour of encoding.

    Attributes:
        key: The layer, such as ``features/poi``.
        request: Everything that it depends on.
        read: Reads and checks its raw files, and returns what writes it.
    """

    key: str
    request: dict[str, Any]
    read: Callable[[], Make]


class Workshop:
    """Turns the parts of a recipe into layers.

    Args:
        recipe: The recipe.
        data: The folder of the raw files.
        out: The atlas folder (features of points are encoded from its entities).
        regions: The regions of the study area.
    """

    def __init__(self, recipe: Recipe, data: Path, out: Path, regions: Regions) -> None:
        self._recipe = recipe
        self._data = data
        self._out = out
        self._regions = regions
        self._digests = Digests(data)

    def layers(self) -> list[Layer]:
        """The layers of the recipe in the order in which they are made."""
        recipe = self._recipe
        made = [self._layer("regions", recipe.regions, lambda: self._write_regions)]
        made += [self._unit(level, spec) for level, spec in recipe.units.items()]
        made += [self._graph(name, spec) for name, spec in recipe.graphs.items()]
        for name, spec in recipe.features.items():
            made += self._features(name, spec)
        for table in recipe.labels:
            made += [self._label(table, task, spec) for task, spec in table.tasks.items()]
        return made

    @cached_property
    def _region_request(self) -> dict[str, Any]:
        return self._digests.request(self._recipe.regions)

    def _layer(self, key: str, spec: Spec, read: Callable[[], Make], **more: object) -> Layer:
        request = {**self._digests.request(spec), **more, "placeprint": version("placeprint")}
        if key != "regions":
            request["regions"] = self._region_request
        return Layer(key, request, read)

    def _write_regions(self, path: Path) -> Provenance:
        import geopandas as gpd

        from placeprint.files import replacing

        frame = gpd.GeoDataFrame(
            {"region_id": self._regions.ids, "area_km2": self._regions.areas_km2().to_numpy()},
            geometry=self._regions.geometry.to_numpy(),
            crs=4326,
        )
        with replacing(path) as temporary:
            frame.to_parquet(temporary, index=False, compression="zstd")
        return {"rows": len(frame)}

    def _unit(self, level: str, spec: UnitSpec) -> Layer:
        def read() -> Make:
            table, coverage = self._read_units(spec)
            return partial(_write_table, table, coverage, units=table["unit_id"].nunique())

        return self._layer(f"units/{level}", spec, read)

    def _read_units(self, spec: UnitSpec) -> tuple[pd.DataFrame, Coverage]:
        return sources.read_units(
            self._data / spec.file, self._regions, region=spec.region, unit=spec.unit
        )

    def _graph(self, name: str, spec: GraphSpec) -> Layer:
        def read() -> Make:
            directed = isinstance(spec, FlowGraph)
            return partial(_write_table, *self._edges(spec), directed=directed)

        return self._layer(f"graphs/{name}", spec, read)

    def _edges(self, spec: GraphSpec) -> tuple[pd.DataFrame, Coverage | None]:
        if isinstance(spec, AdjacencyGraph):
            return self._regions.neighbours(), None
        path = self._data / spec.file
        if isinstance(spec, FlowGraph):
            return sources.read_flows(
                path,
                self._regions,
                origin=spec.origin,
                destination=spec.destination,
                weight=spec.weight,
                where=spec.where,
            )
        visits, coverage = sources.read_visits(
            path, self._regions, user=spec.user, time=spec.time, lon=spec.lon, lat=spec.lat
        )
        edges = co_visit_edges(visits, window=spec.window)
        if edges.empty:
            raise InputError(
                "no two regions are visited by one person within one week", source=path
            )
        return edges, coverage

    def _features(
        self, name: str, spec: PointFeatures | TableFeatures | ImageFeatures
    ) -> Iterator[Layer]:
        if isinstance(spec, PointFeatures):
            yield from self._points(name, spec)
        elif isinstance(spec, TableFeatures):
            yield self._layer(f"features/{name}", spec, lambda: self._table(spec))
        else:
            yield self._layer(f"features/{name}", spec, lambda: self._image(spec))

    def _points(self, name: str, spec: PointFeatures) -> Iterator[Layer]:
        def read() -> Make:
            points, coverage = sources.read_points(
                self._data / spec.file,
                self._regions,
                category=spec.category,
                name=spec.name,
                lon=spec.lon,
                lat=spec.lat,
                where=spec.where,
            )
            return partial(_write_table, points, coverage)

        def encode(path: Path) -> Provenance:
            points = read_parquet(self._out / f"entities/{name}.parquet").to_pandas()
            vectors = encode_points(
                points["region_id"],
                name=points["name"],
                category=points["category"],
                encoder=spec.encoder,
            )
            return self._write_features(path, vectors)

        entities = spec.model_copy(update={"encoder": ""})
        yield self._layer(f"entities/{name}", entities, read)
        weights = _weights(spec.encoder)
        yield self._layer(f"features/{name}", spec, lambda: encode, weights=weights)

    def _table(self, spec: TableFeatures) -> Make:
        table, coverage = sources.read_region_table(
            self._data / spec.file, self._regions, region=spec.region, columns=spec.columns
        )
        vectors = encode_table(table, spec.encoder)
        return partial(self._write_features, vectors=vectors, coverage=coverage.to_dict())

    def _image(self, spec: ImageFeatures) -> Make:
        images = [
            sources.ImageCrops(self._data / file, self._regions, bounds)
            for file, bounds in zip(spec.files, spec.bounds or repeat(None), strict=False)
        ]

        def encode(path: Path) -> Provenance:
            parts = []
            for file, crops in zip(spec.files, images, strict=True):
                part = encode_crops(crops, spec.encoder, total=len(crops))
                parts.append(part.add_prefix(f"{Path(file).stem}:") if spec.files[1:] else part)
            joined = pd.concat(parts, axis=1, join="inner")
            accounts = [crops.coverage.to_dict() for crops in images]
            coverage = min(accounts, key=lambda account: account["matched"])
            return self._write_features(path, joined, coverage=coverage)

        return encode

    def _write_features(self, path: Path, vectors: pd.DataFrame, **account: object) -> Provenance:
        write_vectors(path, vectors)
        return {
            "rows": len(vectors),
            "dimensions": vectors.shape[1],
            "of_regions": len(self._regions),
            **account,
        }

    def _label(self, table: LabelFile, task: str, spec: TaskSpec) -> Layer:
        metadata = {
            "level": "region" if table.region else table.level or "point",
            **spec.model_dump(exclude={"column"}),
        }
        keys = table.model_copy(update={"tasks": {}})
        more: dict[str, object] = {"task": spec.model_dump()}
        if table.level is not None:
            more["units"] = self._digests.request(self._recipe.units[table.level])

        def read() -> Make:
            return partial(_write_table, *self._labels(table, spec.column), task=metadata)

        return self._layer(f"labels/{task}", keys, read, **more)

    def _labels(self, table: LabelFile, column: str) -> tuple[pd.DataFrame, Coverage]:
        path = self._data / table.file
        if table.region is not None:
            return sources.read_region_labels(
                path, self._regions, region=table.region, column=column
            )
        if table.lon is not None and table.lat is not None:
            return sources.read_point_labels(
                path, self._regions, lon=table.lon, lat=table.lat, column=column
            )
        units, _ = self._read_units(self._recipe.units[str(table.level)])
        return sources.read_unit_labels(
            path, units, self._regions, unit=str(table.unit), column=column
        )


def _weights(encoder: str) -> str:
    """The digest of a text encoder's weights: other weights make another layer."""
    return encoder if encoder == "counts" else text_encoder(encoder).fingerprint


def _write_table(
    table: pd.DataFrame, coverage: Coverage | None, path: Path, **account: object
) -> Provenance:
    write_table(path, table)
    covered = {"coverage": coverage.to_dict()} if coverage else {}
    return {"rows": len(table), **account, **covered}
