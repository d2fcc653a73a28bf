"""Cities at the edge of what can be trained on: one region, the antimeridian, no outlines."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from placeprint.atlas import Atlas
from placeprint.building import build
from placeprint.models import train

from .conftest import CONFIG

KINDS = ["amenity=cafe", "shop=bakery", "office=lawyer", "leisure=park"]


def city_of_points(folder, boxes, lon, lat) -> Atlas:
    """An atlas of given rectangles and points of four kinds."""
    regions = gpd.GeoDataFrame(
        {"code": [f"r{i}" for i in range(len(boxes))]}, geometry=boxes, crs=4326
    )
    regions.to_file(folder / "regions.geojson")
    kind = np.resize(KINDS, len(lon))
    points = pd.DataFrame({"name": "", "category": kind, "lon": lon, "lat": lat})
    points.to_parquet(folder / "points.parquet")
    recipe = {
        "name": "tiny",
        "regions": {"kind": "polygons", "file": "regions.geojson", "region": "code"},
        "features": {"pois": {"kind": "points", "file": "points.parquet", "encoder": "counts"}},
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return build(folder / "recipe.yaml", data=folder, out=folder / "atlas")


def test_a_single_region_has_no_global_graph(tmp_path) -> None:
    rng = np.random.default_rng(0)
    lon, lat = 5 + 0.01 * rng.random(60), 60 + 0.01 * rng.random(60)
    atlas = city_of_points(tmp_path, [shapely.box(5, 60, 5.01, 60.01)], lon, lat)
    run = train(atlas, CONFIG, tmp_path / "run")
    assert run.manifest["stages"]["global"] == "left out: 0 samples, 8 needed"
    assert run.manifest["stages"]["local"] == "trained"
    assert np.isfinite(run.embeddings.to_numpy()).all()
    assert len(run.entities("pois")) == 60


def test_few_regions_are_learned_from_to_the_end(tmp_path) -> None:
    """Of nine regions none is held out: a loss of one, without negatives, would always be 0."""
    rng = np.random.default_rng(3)
    lon, lat = 5 + 0.03 * rng.random(60), 60 + 0.03 * rng.random(60)
    boxes = [
        shapely.box(5 + 0.01 * i, 60 + 0.01 * j, 5.01 + 0.01 * i, 60.01 + 0.01 * j)
        for i in range(3)
        for j in range(3)
    ]
    atlas = city_of_points(tmp_path, boxes, lon, lat)
    training = CONFIG.training.model_copy(update={"epochs": 8})
    config = CONFIG.model_copy(update={"training": training, "stages": ["global"]})
    run = train(atlas, config, tmp_path / "run")
    assert run.manifest["stages"] == {"global": "trained"}
    assert run.history["epoch"].tolist() == list(range(1, 9))
    assert run.history["validation"].isna().all()
    assert run.history["training"].iloc[-1] < run.history["training"].iloc[0]
    once = config.model_copy(
        update={"training": training.model_copy(update={"epochs": 1, "schedule": "constant"})}
    )
    first = train(atlas, once, tmp_path / "once")
    assert not np.allclose(run.embeddings, first.embeddings, atol=1e-4)


def test_neighbours_are_found_across_the_antimeridian(tmp_path) -> None:
    """The same city at 180 degrees and at 10 degrees east has the same neighbours."""
    rng = np.random.default_rng(1)
    dx, lat = 0.02 * rng.random(80) - 0.01, 0.01 * rng.random(80)
    links = {}
    from placeprint.models.urbanmfm.city import read_city

    for centre in (10.0, 180.0):
        folder = tmp_path / str(centre)
        folder.mkdir()
        lon = (centre + dx + 180) % 360 - 180
        west = shapely.box(centre - 0.01, 0, centre, 0.01)
        if centre == 180.0:
            east = shapely.box(-180, 0, -179.99, 0.01)
        else:
            east = shapely.box(centre, 0, centre + 0.01, 0.01)
        atlas = city_of_points(folder, [west, east], lon, lat)
        city = read_city(atlas, CONFIG)
        # The order of entities in the atlas is that of the file, whatever their region.
        links[centre] = city.neighbours
        assert (city.neighbours.counts > 0).all()
        assert city.mapped.any()
    assert links[10.0].members.tolist() == links[180.0].members.tolist()
    np.testing.assert_allclose(links[10.0].weights, links[180.0].weights, rtol=1e-4)


@pytest.mark.parametrize("empty", [1, 2])
def test_a_region_far_from_all_points_has_no_vector(tmp_path, empty) -> None:
    rng = np.random.default_rng(2)
    lon, lat = 5 + 0.01 * rng.random(40), 60 + 0.01 * rng.random(40)
    inside = [shapely.box(5 + 0.0025 * i, 60, 5.0025 + 0.0025 * i, 60.01) for i in range(4)]
    outside = [shapely.box(6 + i, 61, 6.01 + i, 61.01) for i in range(empty)]
    atlas = city_of_points(tmp_path, [*inside, *outside], lon, lat)
    run = train(atlas, CONFIG, tmp_path / "run")
    assert run.embeddings.index.tolist() == ["r0", "r1", "r2", "r3"]
