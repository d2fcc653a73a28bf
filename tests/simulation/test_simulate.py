from __future__ import annotations

import filecmp
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import yaml
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError, OutputExistsError
from placeprint.regions import cover
from placeprint.simulation import found, simulate

FILES = {
    "README.txt",
    "boundary.geojson",
    "demographics.parquet",
    "image.tif",
    "labels_city.parquet",
    "labels_county.parquet",
    "labels_grid.parquet",
    "labels_point.parquet",
    "pois.parquet",
    "recipe.yaml",
    "truth.parquet",
    "units.parquet",
    "visits.parquet",
}


def test_two_runs_give_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path / "again", cells=300, seed=3)
    assert {path.name for path in again.iterdir()} == FILES
    same, different, odd = filecmp.cmpfiles(raw, again, FILES, shallow=False)
    assert (sorted(same), different, odd) == (sorted(FILES), [], [])


def test_the_number_of_threads_does_not_matter(raw: Path, tmp_path: Path) -> None:
    with threadpool_limits(2):
        again = simulate(tmp_path / "again", cells=300, seed=3)
    assert filecmp.cmpfiles(raw, again, FILES, shallow=False)[1] == []


def test_another_seed_gives_another_country(raw: Path, tmp_path: Path) -> None:
    other = simulate(tmp_path / "other", cells=300, seed=4)
    same, _, _ = filecmp.cmpfiles(raw, other, FILES, shallow=False)
    assert same == ["recipe.yaml"]


def test_the_boundary_covers_the_regions(raw: Path) -> None:
    outline = geopandas.read_file(raw / "boundary.geojson").geometry.iloc[0]
    regions = pd.read_parquet(raw / "truth.parquet")["region_id"]
    assert cover(outline, 6).tolist() == regions.tolist()
    assert abs(len(regions) - 300) <= 6


def test_the_recipe_names_only_what_is_there(raw: Path) -> None:
    recipe = yaml.safe_load((raw / "recipe.yaml").read_text(encoding="utf-8"))
    parts = [*recipe["units"].values(), *recipe["graphs"].values(), *recipe["features"].values()]
    named = {part["file"] for part in [*parts, *recipe["labels"]] if "file" in part}
    assert named | {"image.tif", recipe["regions"]["cover"]} <= FILES
    for unit in recipe["units"].values():
        columns = pd.read_parquet(raw / unit["file"]).columns
        assert {unit["region"], unit["unit"]} <= set(columns)
    tasks = {}
    for table in recipe["labels"]:
        columns = set(pd.read_parquet(raw / table["file"]).columns)
        keys = {table[key] for key in ("region", "unit", "lon", "lat") if key in table}
        assert keys | {task["column"] for task in table["tasks"].values()} == columns
        tasks.update(table["tasks"])
    assert list(tasks) == [
        "POP",
        "CRI",
        "COS",
        "EDU",
        "ELD",
        "HSR",
        "HOU",
        "ENE",
        "NTL",
        "ELE",
        "FOR",
    ]
    assert {name for name, task in tasks.items() if task.get("leaks")} == {"POP", "ELD"}


@pytest.mark.parametrize("table", ["visits", "pois", "labels_point"])
def test_coordinates_are_in_the_country(raw: Path, table: str) -> None:
    points = pd.read_parquet(raw / f"{table}.parquet")
    outline = geopandas.read_file(raw / "boundary.geojson")
    west, south, east, north = outline.total_bounds
    assert points["lon"].between(west - 0.1, east + 0.1).all()
    assert points["lat"].between(south - 0.1, north + 0.1).all()


def test_region_ids_are_known_and_unique(raw: Path) -> None:
    regions = pd.read_parquet(raw / "truth.parquet")["region_id"]
    for name in ("units", "labels_grid", "demographics"):
        ids = pd.read_parquet(raw / f"{name}.parquet")["region_id"]
        assert ids.is_unique
        assert ids.isin(regions).all()
    assert len(pd.read_parquet(raw / "units.parquet")) == len(regions)
    assert len(pd.read_parquet(raw / "demographics.parquet")) < len(regions)


def test_the_truth_on_disk_is_the_truth(raw: Path) -> None:
    pd.testing.assert_frame_equal(
        pd.read_parquet(raw / "truth.parquet"), found(300, seed=3).truth(), check_dtype=False
    )


def test_readme_says_that_it_is_simulated(raw: Path) -> None:
    text = (raw / "README.txt").read_text(encoding="utf-8")
    assert "simulated" in text
    assert "300" in text
    assert "seed           3" in text


@pytest.mark.parametrize("cells", [49, 0, -5, 1_000_001])
def test_cells_out_of_range(tmp_path: Path, cells: int) -> None:
    with pytest.raises(InputError, match=rf"cells is {cells}, expected 50 to 1,000,000"):
        simulate(tmp_path / "raw", cells=cells)
    assert not (tmp_path / "raw").exists()


def test_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed is -1, expected 0 or more"):
        simulate(tmp_path / "raw", seed=-1)


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    raw = simulate(tmp_path / "raw", cells=60, seed=0)
    before = (raw / "truth.parquet").read_bytes()
    with pytest.raises(OutputExistsError, match="--overwrite"):
        simulate(raw, cells=60, seed=1)
    assert (raw / "truth.parquet").read_bytes() == before
    simulate(raw, cells=60, seed=1, overwrite=True)
    assert (raw / "truth.parquet").read_bytes() != before
