"""The Atlas on disk: regions and layers, each readable by any tool.

::

    ATLAS/
      atlas.json                  name, region scheme, layers and the provenance of each
      regions.parquet             GeoParquet: region_id, area_km2, geometry (EPSG:4326)
      units/<level>.parquet       region_id, unit_id
      graphs/<name>.parquet       source, target, weight; of a graph with snapshots also time
      features/<modality>.parquet region_id, embedding (fixed_size_list<float32>)
      entities/<kind>.parquet     POIs, buildings, ways, street views, … with their region_id
      labels/<task>.parquet       region_id | unit_id | lon, lat | id of an entity — value
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placeprint.atlas.links import Links, count_pairs, read_links
from placeprint.errors import InputError, closest
from placeprint.files import (
    fingerprint,
    parquet_columns,
    read_json,
    read_metadata,
    read_parquet,
    read_vectors,
)
from placeprint.regions import Regions
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["FORMAT", "Atlas"]

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
            hint = "make one with `placeprint build RECIPE --data RAW --out ATLAS`"
            raise InputError("there is no atlas here (no atlas.json)", source=path, hint=hint)
        self.manifest = read_json(self.path / "atlas.json")
        if self.manifest.get("format") != FORMAT:
            problem = f"layout version {self.manifest.get('format')}, this release reads {FORMAT}"
            source = self.path / "atlas.json"
            raise InputError(problem, source=source, hint="build the atlas again")

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

        path = self.path / "regions.parquet"
        if "geo" not in read_metadata(path):
            return replace(Regions.from_ids(self.region_ids), names=self.region_names)
        shapes = gpd.read_parquet(path, columns=["geometry"]).geometry.set_axis(self.region_ids)
        return Regions(shapes, self.manifest["regions"].get("resolution"), names=self.region_names)

    @cached_property
    def region_ids(self) -> pd.Index:
        """The ids of all regions, sorted."""
        ids = read_parquet(self.path / "regions.parquet", ["region_id"]).column(0).to_pandas()
        index: pd.Index = pd.Index(ids.astype(object), name="region_id")
        return index

    @cached_property
    def region_names(self) -> pd.Series:
        """What people call the regions, by ``region_id``; those without a name are absent."""
        path = self.path / "regions.parquet"
        if "name" not in parquet_columns(path):
            return pd.Series(dtype=object, index=self.region_ids[:0], name="name")
        table = read_parquet(path, ["region_id", "name"]).to_pandas(ignore_metadata=True)
        names: pd.Series = table.astype(object).set_index("region_id")["name"].dropna()
        return names

    def title(self, key: str) -> str:
        """What to call a layer, a level of units or a task where people read.

        Args:
            key: A layer such as ``features/poi``, ``units/state`` or ``labels/income``.

        Returns:
            Its ``title`` of the recipe; without one, its name.
        """
        entry = self.manifest["layers"].get(key, {})
        return str(entry.get("title") or key.rpartition("/")[2])

    def _names(self, folder: str) -> list[str]:
        keys = (key.partition("/") for key in sorted(self.manifest["layers"]))
        return [name for section, _, name in keys if section == folder and name]

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
        path = self.path / f"{key}.parquet"
        if "geo" in read_metadata(path):
            import geopandas as gpd

            table: pd.DataFrame = gpd.read_parquet(path)
        else:
            table = read_parquet(path).to_pandas()
        return table

    def units(self, level: str) -> pd.Series:
        """The unit that each region is in."""
        return self._read(f"units/{level}").set_index("region_id")["unit_id"]

    def graph(self, name: str, time: str | Sequence[str] | None = None) -> pd.DataFrame:
        """The edges of a graph: source, target, weight; of an undirected one, both directions.

        Ids are categories, so that each is held once, however many edges it has; where a nation's
        graph is only to be counted with, :meth:`links` is smaller still.

        Args:
            name: The graph.
            time: One of :meth:`graph_times`, or several, whose weights are added up; None: all.

        Raises:
            InputError: If there is no such graph or snapshot.
        """
        links = self.links(name, time)
        columns = {"source": links.source, "target": links.target, "weight": links.weight}
        edges = pd.DataFrame(columns)
        if links.repeated:
            edges = edges.groupby(["source", "target"]).sum().reset_index()
        if not links.directed:
            back = edges.rename(columns={"source": "target", "target": "source"})
            edges = pd.concat([edges, back], ignore_index=True)
        for end in ("source", "target"):
            edges[end] = pd.Categorical.from_codes(edges[end], self.region_ids)
        return edges

    def links(self, name: str, time: str | Sequence[str] | None = None) -> Links:
        """The edges of a graph as positions of regions, each edge once: 16 bytes a link.

        Args:
            name: The graph.
            time: One of :meth:`graph_times`, or several, one after the other; None: all.

        Raises:
            InputError: If there is no such graph or snapshot, or an edge names an unknown region.
        """
        directed = bool(self.layer(f"graphs/{name}")["directed"])
        times = self._snapshots(name, time)
        repeated = len(self.graph_times(name) if times is None else times) > 1
        path = self.path / "graphs" / f"{name}.parquet"
        return read_links(path, self.region_ids, directed=directed, times=times, repeated=repeated)

    def count_links(self, name: str, time: str | Sequence[str] | None = None) -> tuple[int, int]:
        """How many edges :meth:`links` reads, and how many of them differ.

        The second is about right only, within some percent, where snapshots are added up.

        Args:
            name: The graph.
            time: As in :meth:`graph`.

        Raises:
            InputError: If there is no such graph or snapshot.
        """
        times = self._snapshots(name, time)
        if not self.graph_times(name):
            rows = int(self.layer(f"graphs/{name}")["rows"])
            return rows, rows
        return count_pairs(self.path / "graphs" / f"{name}.parquet", times)

    def _snapshots(self, name: str, time: str | Sequence[str] | None) -> list[str] | None:
        """The snapshots that are asked for, after checking that a graph has them."""
        known = self.graph_times(name)
        wanted = [time] if isinstance(time, str) else time
        for each in wanted or []:
            if each not in known:
                hint = closest(each, known) if known else "ask for the graph without a time"
                problem = f"graph {name!r} has no snapshot {each!r}"
                raise InputError(problem, source=self.path, hint=hint)
        return None if wanted is None else list(wanted)

    def graph_times(self, name: str) -> list[str]:
        """The snapshots of a graph in their order; none if it has no times.

        Raises:
            InputError: If there is no such graph.
        """
        return list(self.layer(f"graphs/{name}").get("times", []))

    def features(self, name: str, mapped: Path | None = None) -> pd.DataFrame:
        """The vectors of a modality, one row per region that has it.

        Args:
            name: The modality.
            mapped: A file to unpack them to, to be mapped into memory and read when they are
                used; None: they are read into memory.

        Raises:
            InputError: If there is no such modality.
        """
        self.layer(f"features/{name}")
        return read_vectors(self.path / "features" / f"{name}.parquet", mapped)

    def entities(self, kind: str) -> pd.DataFrame:
        """The entities of a kind, such as points of interest, sorted by their id.

        Returns:
            One row an entity, a GeoDataFrame where they have geometry; ``region_id`` is missing
            where one lies in no region.

        Raises:
            InputError: If there is no such kind.
        """
        return self._read(f"entities/{kind}")

    def labels(self, task: str) -> pd.DataFrame:
        """The labels of a task: ``value`` by its id, or columns lon, lat, value.

        The index is ``region_id``, ``unit_id`` or the id of an entity, such as ``building_id``;
        values are numbers, or strings where the task is a classification.
        """
        table = self._read(f"labels/{task}")
        key = table.columns[0]
        return table if key == "lon" else table.set_index(key)

    def label_metadata(self, task: str) -> dict[str, Any]:
        """What a task is: level, kind, scale, unit, transform, leaks, description."""
        return dict(self.layer(f"labels/{task}")["task"])

    def locate(self, lon: FloatArray, lat: FloatArray) -> AnyArray:
        """The id of the region that each point is in, None where there is none."""
        ids: AnyArray = np.array([*self.region_ids, None], dtype=object)  # −1, in none, is None
        return ids[self.regions.locate(lon, lat)]
