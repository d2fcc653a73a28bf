"""The Atlas on disk: regions and layers, each readable by any tool.

::

    ATLAS/
      atlas.json                  name, region scheme, layers and the provenance of each
      regions.parquet             GeoParquet: region_id, area_km2, geometry (EPSG:4326)
      units/<level>.parquet       region_id, unit_id
      graphs/<name>.parquet       source, target, weight
      features/<modality>.parquet region_id, embedding (fixed_size_list<float32>)
      entities/<kind>.parquet     points with their region_id
      labels/<task>.parquet       region_id | unit_id | lon, lat — value
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from placeprint.errors import InputError, OutputExistsError, closest
from placeprint.files import (
    fingerprint,
    prepare_output,
    read_json,
    read_parquet,
    read_vectors,
    write_json,
)
from placeprint.regions import Regions
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["Atlas", "AtlasWriter"]

FORMAT = 1
"""Version of the layout on disk."""


class Atlas:
    """A study area on disk, opened for reading.

    Layers are read when they are asked for. Tables about regions are indexed by ``region_id``
    and sorted; a region that a layer says nothing about has no row in it.

    Args:
        path: The atlas folder.

    Raises:
        InputError: If the folder is no atlas.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        if not (self.path / "atlas.json").exists():
            raise InputError(
                "there is no atlas here (no atlas.json)",
                source=self.path,
                hint="make one with `placeprint build RECIPE --data RAW --out ATLAS`",
            )
        self.manifest = read_json(self.path / "atlas.json")
        if self.manifest.get("format") != FORMAT:
            raise InputError(
                f"layout version {self.manifest.get('format')}, this release reads {FORMAT}",
                source=self.path / "atlas.json",
                hint="build the atlas again",
            )

    def __repr__(self) -> str:
        layers = ", ".join(sorted(self.manifest["layers"]))
        return f"Atlas({self.name!r}, {len(self.region_ids):,} regions, layers: {layers})"

    @property
    def name(self) -> str:
        """The name of the study area."""
        return str(self.manifest["name"])

    @property
    def fingerprint(self) -> str:
        """A digest of everything the atlas was built from."""
        return fingerprint({k: v["fingerprint"] for k, v in self.manifest["layers"].items()})

    @cached_property
    def regions(self) -> Regions:
        """The regions of the study area."""
        import geopandas as gpd

        frame = gpd.read_parquet(self.path / "regions.parquet").set_index("region_id")
        frame.index = frame.index.astype(object)
        return Regions(frame.geometry, self.manifest["regions"].get("resolution"))

    @property
    def region_ids(self) -> pd.Index:
        """The ids of all regions, sorted."""
        return self.regions.ids

    def _names(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        layers = sorted(self.manifest["layers"])
        return [key.removeprefix(prefix) for key in layers if key.startswith(prefix)]

    @property
    def unit_levels(self) -> list[str]:
        """The levels of units above regions."""
        return self._names("units")

    @property
    def graph_names(self) -> list[str]:
        """The graphs between regions."""
        return self._names("graphs")

    @property
    def feature_names(self) -> list[str]:
        """The modalities."""
        return self._names("features")

    @property
    def entity_names(self) -> list[str]:
        """The kinds of entities."""
        return self._names("entities")

    @property
    def label_names(self) -> list[str]:
        """The tasks."""
        return self._names("labels")

    def layer(self, key: str) -> dict[str, Any]:
        """The provenance of a layer, such as ``features/poi``.

        Raises:
            InputError: If there is no such layer; the message suggests the nearest name.
        """
        layers: dict[str, dict[str, Any]] = self.manifest["layers"]
        if key not in layers:
            raise InputError(f"no layer {key!r}", source=self.path, hint=closest(key, layers))
        return layers[key]

    def _read(self, key: str) -> pd.DataFrame:
        self.layer(key)
        frame: pd.DataFrame = read_parquet(self.path / f"{key}.parquet").to_pandas()
        return frame

    def units(self, level: str) -> pd.Series:
        """The unit that each region is in."""
        return self._read(f"units/{level}").set_index("region_id")["unit_id"]

    def graph(self, name: str) -> pd.DataFrame:
        """The edges of a graph: source, target, weight; of an undirected one, both directions."""
        edges = self._read(f"graphs/{name}")
        if self.layer(f"graphs/{name}")["directed"]:
            return edges
        mirrored = edges.rename(columns={"source": "target", "target": "source"})
        return pd.concat([edges, mirrored[edges.columns]], ignore_index=True)

    def features(self, name: str) -> pd.DataFrame:
        """The vectors of a modality, one row per region that has it."""
        self.layer(f"features/{name}")
        return read_vectors(self.path / "features" / f"{name}.parquet")

    def entities(self, kind: str) -> pd.DataFrame:
        """The entities of a kind, such as points of interest."""
        return self._read(f"entities/{kind}")

    def labels(self, task: str) -> pd.DataFrame:
        """The labels of a task: ``value`` by region_id or unit_id, or columns lon, lat, value."""
        table = self._read(f"labels/{task}")
        key = table.columns[0]
        return table if key == "lon" else table.set_index(key)

    def label_metadata(self, task: str) -> dict[str, Any]:
        """What a task is: level, scale, unit, transform, leaks, description."""
        metadata: dict[str, Any] = self.layer(f"labels/{task}")["task"]
        return metadata

    def locate(self, lon: FloatArray, lat: FloatArray) -> AnyArray:
        """The id of the region that each point is in, None where there is none."""
        positions = self.regions.locate(lon, lat)
        ids: AnyArray = self.region_ids.to_numpy(dtype=object)[positions]
        ids[positions < 0] = None
        return ids


class AtlasWriter:
    """Writes an atlas layer by layer, and keeps each layer whose request is unchanged.

    Args:
        path: The atlas folder.
        header: What atlas.json says beside the layers: name, regions, licence, …
        overwrite: Whether an existing atlas may be changed.

    Raises:
        OutputExistsError: If the folder holds something else than an atlas of this name, and
            overwriting was not asked for.
    """

    def __init__(self, path: PathLike, header: dict[str, Any], *, overwrite: bool) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        manifest = self.path / "atlas.json"
        old = read_json(manifest) if manifest.exists() else {}
        if old.get("name") != header["name"]:
            prepare_output(self.path, overwrite=overwrite)
        self._old: dict[str, Any] = old.get("layers", {})
        self._manifest = {**header, "format": FORMAT, "layers": dict(self._old)}

    def check(self, requests: dict[str, dict[str, Any]]) -> None:
        """Refuse, before work starts, to replace layers that have changed.

        Args:
            requests: For each layer, everything that it depends on.

        Raises:
            OutputExistsError: If one differs from what is on disk, and overwriting was not asked
                for.
        """
        for key, request in requests.items():
            if key in self._old and not self._overwrite and not self.has(key, request):
                raise OutputExistsError(self._file(key))

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.parquet"

    def has(self, key: str, request: dict[str, Any]) -> bool:
        """Whether a layer is there already, and was asked for in the same words."""
        written = self._old.get(key, {}).get("fingerprint")
        return written == fingerprint(request) and self._file(key).exists()

    def write(
        self, key: str, request: dict[str, Any], make: Callable[[Path], dict[str, Any]]
    ) -> None:
        """Write one layer, unless it is there already and was asked for in the same words.

        Args:
            key: The layer, such as ``features/poi``.
            request: Everything that it depends on: settings, digests of its inputs.
            make: Writes the layer's file and returns its provenance.
        """
        if self.has(key, request):
            return
        provenance = make(self._file(key))
        entry = {**provenance, "request": request, "fingerprint": fingerprint(request)}
        self._manifest["layers"][key] = entry
        self._save()

    def finish(self, keys: list[str]) -> None:
        """Remove the layers that the recipe no longer asks for."""
        layers = self._manifest["layers"]
        self._manifest["layers"] = {key: layers[key] for key in keys}
        self._save()
        for key in set(self._old) - set(keys):
            self._file(key).unlink(missing_ok=True)

    def _save(self) -> None:
        write_json(self.path / "atlas.json", self._manifest)
