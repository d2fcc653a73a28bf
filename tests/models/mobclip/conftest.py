"""Views of twenty regions, made by hand: two modalities with gaps and a graph with a stranger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import torch

from placeprint.atlas import Atlas
from placeprint.building import build, load_recipe
from placeprint.files import read_json, write_json, write_table, write_vectors
from placeprint.mobility import MobilityGraph, directed_matrix
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.models.mobclip.views import Views

N = 20
STRANGER = 7
"""The region that has no link."""


@pytest.fixture
def views() -> Views:
    ids = pd.Index([f"r{number:02d}" for number in range(N)], name="region_id")
    rng = np.random.default_rng(0)
    linked = ids.delete(STRANGER)
    ends = np.stack([rng.choice(linked, 150), rng.choice(linked, 150)])
    weights = rng.integers(1, 40, 150).astype(float)
    edges = pd.DataFrame({"source": ends[0], "target": ends[1], "weight": weights})
    edges = edges[edges["source"] != edges["target"]]
    lacking = {"poi": [2, 3], "image": [3, 5, 11]}
    features = {
        name: pd.DataFrame(
            rng.normal(size=(N - len(without), 5)).astype(np.float32), index=ids.delete(without)
        )
        for name, without in lacking.items()
    }
    flows = directed_matrix(edges, ids)
    graph = MobilityGraph.from_flows(flows, ids)
    linked_rows = torch.from_numpy(np.where(graph.degree > 0, np.arange(N), -1))
    rows = {name: torch.from_numpy(f.index.get_indexer(ids)) for name, f in features.items()}
    adjacency = NormalisedAdjacency.of(graph.adjacency)
    return Views(ids, features, {"mobility": linked_rows, **rows}, graph, adjacency, flows)


Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="session")
def changed_atlas() -> Callable[..., Atlas]:
    """Copies an atlas with some of its layers changed by functions."""

    def change(atlas: Atlas, folder: Path, changes: dict[str, Change]) -> Atlas:
        manifest = read_json(atlas.path / "atlas.json")
        for key in manifest["layers"]:
            target = folder / f"{key}.parquet"
            alter: Change = changes.get(key, lambda table: table)
            if key == "regions":
                folder.mkdir(parents=True, exist_ok=True)
                alter(gpd.read_parquet(atlas.path / "regions.parquet")).to_parquet(target)
            elif key.startswith("features/"):
                write_vectors(target, alter(atlas.features(key.split("/")[1])))
            else:
                write_table(target, alter(pd.read_parquet(atlas.path / f"{key}.parquet")))
        write_json(folder / "atlas.json", manifest)
        return Atlas(folder)

    return change


@pytest.fixture(scope="session")
def western(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """The west of the simulated country, built from the same raw files."""
    folder = tmp_path_factory.mktemp("west")
    outline = gpd.read_file(simulated / "boundary.geojson")
    west, south, east, north = outline.total_bounds
    half = outline.clip((west, south, west + 0.65 * (east - west), north))
    half.to_file(folder / "west.geojson")
    plan: Any = load_recipe(simulated / "recipe.yaml")
    regions = plan.regions.model_copy(update={"cover": str(folder / "west.geojson")})
    plan = plan.model_copy(update={"regions": regions, "labels": []})
    return build(plan, simulated, folder / "atlas")
