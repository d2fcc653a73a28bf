from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml
from PIL import Image
from threadpoolctl import threadpool_limits

from placeprint.building import load_recipe
from placeprint.errors import InputError, OutputExistsError
from placeprint.simulation import simulate_city

FILES = {
    "README.txt",
    "boundary.geojson",
    "city.osm.pbf",
    "labels.parquet",
    "recipe.yaml",
    "satellite.tif",
    "street_views.csv",
    "truth.parquet",
    "truth_buildings.parquet",
    "visits.parquet",
}


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_give_the_same_bytes(raw_city: Path, tmp_path: Path) -> None:
    with threadpool_limits(2):
        again = simulate_city(tmp_path / "again", blocks=60, seed=3)
    first, second = content(raw_city), content(again)
    assert {name for name in first if "/" not in name} == FILES
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_another_seed_replaces_everything(tmp_path: Path) -> None:
    raw = simulate_city(tmp_path / "raw", blocks=40, seed=1)
    before = content(raw)
    with pytest.raises(OutputExistsError, match="--overwrite"):
        simulate_city(raw, blocks=30, seed=2)
    assert content(raw) == before
    after = content(simulate_city(raw, blocks=30, seed=2, overwrite=True))
    assert [name for name in sorted(FILES) if before[name] == after[name]] == ["recipe.yaml"]
    listed = set(pd.read_csv(raw / "street_views.csv")["file"])
    assert {name for name in after if "/" in name} == listed


def test_the_recipe_names_only_what_is_there(raw_city: Path) -> None:
    recipe = load_recipe(raw_city / "recipe.yaml")
    named = {name for part in recipe.layers().values() for name in part.inputs()}
    assert named == FILES - {
        "README.txt",
        "recipe.yaml",
        "truth.parquet",
        "truth_buildings.parquet",
    }
    plain = yaml.safe_load((raw_city / "recipe.yaml").read_text(encoding="utf-8"))
    columns = set(pd.read_csv(raw_city / "street_views.csv").columns)
    views = plain["entities"]["street_views"]
    assert {views[key] for key in ("image", "lon", "lat", "heading", "scene")} == columns
    tasks = plain["labels"][0]["tasks"]
    labels = pd.read_parquet(raw_city / "labels.parquet")
    assert {"lon", "lat", *(task["column"] for task in tasks.values())} == set(labels.columns)


def test_photographs_are_there(raw_city: Path) -> None:
    table = pd.read_csv(raw_city / "street_views.csv")
    assert table["file"].is_unique
    with Image.open(raw_city / table["file"].iloc[0]) as image:
        assert image.size == (64, 64)


def test_labels_are_the_truth_and_lie_in_the_city(raw_city: Path) -> None:
    labels = pd.read_parquet(raw_city / "labels.parquet")
    truth = pd.read_parquet(raw_city / "truth.parquet")
    pd.testing.assert_frame_equal(labels, truth[labels.columns])
    boundary = shapely.from_geojson((raw_city / "boundary.geojson").read_text(encoding="utf-8"))
    assert shapely.contains_xy(boundary.geoms[0], labels["lon"], labels["lat"]).all()
    assert len(labels) == 60
    assert labels["land_use"].nunique() == 6
    buildings = pd.read_parquet(raw_city / "truth_buildings.parquet")
    assert buildings["building_id"].is_unique
    assert np.array_equal(
        truth["land_use"].to_numpy()[buildings["block"]], buildings["land_use"].to_numpy()
    )


def test_readme_says_that_it_is_simulated(raw_city: Path) -> None:
    text = (raw_city / "README.txt").read_text(encoding="utf-8")
    assert "simulated" in text
    assert "blocks       60" in text


@pytest.mark.parametrize("blocks", [29, 0, -5, 4001])
def test_blocks_out_of_range(tmp_path: Path, blocks: int) -> None:
    with pytest.raises(InputError, match=rf"blocks is {blocks}, expected 30 to 4,000"):
        simulate_city(tmp_path / "raw", blocks=blocks)
    assert not (tmp_path / "raw").exists()


def test_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed is -1, expected 0 or more"):
        simulate_city(tmp_path / "raw", seed=-1)
