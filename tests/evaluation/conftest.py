"""Small study areas: 77 regions in seven states, and a city of 400 buildings with its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.atlas import Atlas, AtlasWriter
from placeprint.evaluation import Places, Task, evaluate
from placeprint.files import write_json, write_table, write_vectors
from placeprint.models import Run

N = 77


@pytest.fixture
def places() -> Places:
    ids = pd.Index([f"r{i:02d}" for i in range(N)], name="region_id")
    state = pd.Series(np.repeat(list("abcdefg"), 11), index=ids)
    rng = np.random.default_rng(0)
    centroids = pd.DataFrame({"lon": rng.uniform(5, 9, N), "lat": rng.uniform(45, 49, N)}, ids)
    return Places.from_centroids(centroids, {"state": state})


@pytest.fixture
def vectors(places: Places) -> pd.DataFrame:
    values = np.random.default_rng(1).normal(size=(N, 5)).astype(np.float32)
    return pd.DataFrame(values, index=places.region_ids)


@pytest.fixture
def make_task(places: Places):
    def make(name: str, values, **settings) -> Task:
        table = pd.DataFrame({"value": np.asarray(values, dtype=float)}, index=places.region_ids)
        return Task(name, "region", "county", table, **settings)

    return make


SIDE, STEP = 10, 0.004
COUNT = 400
FUNCTIONS = ("house", "industrial", "school")


def make_buildings() -> gpd.GeoDataFrame:
    """Houses are small, sheds large; in the west there are more of these; all are tagged so."""
    rng = np.random.default_rng(0)
    lon, lat = (
        5 + rng.uniform(0, SIDE * STEP, COUNT),
        60 + rng.uniform(0, SIDE * STEP, COUNT),
    )
    west = lon < 5 + SIDE * STEP / 2
    function = np.where(
        rng.random(COUNT) < 0.1,
        "school",
        np.where(west ^ (rng.random(COUNT) < 0.2), *FUNCTIONS[:2]),
    ).astype(object)
    function[:2] = "castle"
    size = np.select([function == "house", function == "industrial"], [1e-4, 4e-4], 2e-4)
    size = size * rng.uniform(0.6, 1.6, COUNT)
    table = {
        "building_id": [f"way/{number:03d}" for number in range(COUNT)],
        "region_id": regions_of(lon, lat),
        "name": "",
        "category": "",
        "text": "",
        "lon": lon,
        "lat": lat,
        "function": function,
    }
    # Every other building says how many storeys it has: most sheds one, most others two.
    storeys = np.where((function == "industrial") ^ (rng.random(COUNT) < 0.2), 1, 2)
    said = pd.Series(storeys, dtype=str).radd("building:levels=")
    table["text"] = np.where(np.arange(COUNT) % 2 == 0, said, "")
    outlines = shapely.box(lon - size, lat - size / 3, lon + size, lat + size / 3)
    return gpd.GeoDataFrame(table, geometry=outlines, crs=4326)


def make_pois() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(1)
    lon, lat = (
        5 + rng.uniform(0, SIDE * STEP, COUNT),
        60 + rng.uniform(0, SIDE * STEP, COUNT),
    )
    west = lon < 5 + SIDE * STEP / 2
    shops, yards = rng.choice(["shop=bakery", "amenity=cafe"], COUNT), "craft=metal"
    category = np.where(west ^ (rng.random(COUNT) < 0.2), shops, yards)
    table = {
        "poi_id": [f"node/{number:03d}" for number in range(COUNT)],
        "region_id": regions_of(lon, lat),
        "name": "",
        "category": category,
        "text": category,
        "lon": lon,
        "lat": lat,
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points(lon, lat), crs=4326)


def regions_of(lon: np.ndarray, lat: np.ndarray) -> list[str | None]:
    column, row = ((lon - 5) / STEP).astype(int), ((lat - 60) / STEP).astype(int)
    return [f"r{c}{r}" if (c, r) != (0, 0) else None for c, r in zip(column, row, strict=True)]


def make_city(folder: Path) -> Atlas:
    header = {"name": "city", "description": "", "licence": "", "regions": {}}
    writer = AtlasWriter(folder, header, overwrite=False)

    def write(key: str, frame: pd.DataFrame, **about: Any) -> None:
        def make(path: Path) -> dict[str, Any]:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(frame, gpd.GeoDataFrame):
                frame.to_parquet(path, index=False)
            elif key.startswith("features/"):
                write_vectors(path, frame)
            else:
                write_table(path, frame)
            return {"rows": len(frame), **about}

        writer.write(key, {"settings": {}, "inputs": {}}, make)

    column, row = np.divmod(np.arange(SIDE**2), SIDE)
    ids = [f"r{c}{r}" for c, r in zip(column, row, strict=True)]
    squares = shapely.box(
        5 + column * STEP, 60 + row * STEP, 5 + (column + 1) * STEP, 60 + (row + 1) * STEP
    )
    write("regions", gpd.GeoDataFrame({"region_id": ids}, geometry=squares, crs=4326))
    buildings, pois = make_buildings(), make_pois()
    write("entities/buildings", buildings.drop(columns="function"))
    write("entities/pois", pois)
    views = pd.DataFrame({"group_id": ["g"], "lon": [5.0], "lat": [60.0], "image": [b""]})
    write("entities/street_views", views)
    roads = pd.DataFrame({"length": row * 1.0}, index=pd.Index(ids, name="region_id"))
    write("features/roads", roads, dimensions=1, of_regions=len(ids))
    task = {"scale": "grid", "unit": "", "transform": "none", "leaks": [], "description": ""}
    population = pd.DataFrame({"region_id": ids, "value": column + 0.3 * row})
    write("labels/population", population, task={**task, "level": "region"})
    labels = buildings[["building_id", "function"]].set_axis(["building_id", "value"], axis=1)
    about = {**task, "level": "buildings", "kind": "classification", "description": "Use."}
    write("labels/function", labels.iloc[:-20], task=about)
    height = pd.DataFrame({"building_id": labels["building_id"], "value": buildings["lon"] * 100})
    write("labels/height", height, task={**task, "level": "buildings", "kind": "regression"})
    return Atlas(folder)


def make_city_run(folder: Path, atlas: Atlas) -> Run:
    """Vectors that know the function of a building in part; ten buildings have none."""
    rng = np.random.default_rng(2)
    buildings, pois = make_buildings(), make_pois()
    known = np.column_stack([buildings["function"] == name for name in FUNCTIONS])
    vectors = np.hstack([known + rng.normal(0, 0.4, (COUNT, 3)), rng.normal(size=(COUNT, 2))])
    ids = pd.Index(buildings["building_id"], name="building_id")
    of_buildings = pd.DataFrame(vectors.astype(np.float32), index=ids)
    write_vectors(folder / "entities" / "buildings.parquet", of_buildings.iloc[10:])
    of_pois = pd.DataFrame(rng.normal(size=(COUNT, 5)), pd.Index(pois["poi_id"], name="poi_id"))
    write_vectors(folder / "entities" / "pois.parquet", of_pois)
    region = atlas.regions.centroids() + rng.normal(0, 0.002, (SIDE**2, 2))
    write_vectors(folder / "embeddings.parquet", region.assign(a=0.0, b=1.0, c=2.0))
    write_json(folder / "config.json", {"dim": 5, "city": {"graphs": []}, "embedding": "fusion"})
    history = pd.DataFrame(
        {
            "stage": ["poi", "poi", "local", "local"],
            "epoch": [1, 2, 1, 2],
            "training": [3.0, 2.0, 1.5, 1.0],
            "validation": [3.0, 2.5, 1.75, np.nan],
        }
    )
    history.to_csv(folder / "history.csv", index=False)
    manifest = {
        "model": "UrbanMFM",
        "seed": 0,
        "versions": {"placeprint": "0.1.0"},
        "atlas": {"path": str(atlas.path), "fingerprint": atlas.fingerprint, "name": atlas.name},
        "timings": {"training": 1.5},
        "views": ["pois", "buildings"],
    }
    write_json(folder / "run.json", manifest)
    return Run(folder)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on a small city, not evaluated."""
    folder = tmp_path_factory.mktemp("city")
    return make_city_run(folder / "run", make_city(folder / "atlas"))


@pytest.fixture(scope="session")
def evaluated_city(city: Run) -> Run:
    """The same, evaluated as the command line does it, but with two seeds."""
    evaluate(city, seeds=2)
    return city
