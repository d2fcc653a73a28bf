from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from placeprint.atlas import load_recipe
from placeprint.errors import InputError

RECIPES = Path(__file__).resolve().parents[2] / "recipes"

GOOD = {
    "name": "a",
    "regions": {"kind": "h3", "resolution": 6, "cover": "x.geojson"},
    "features": {"poi": {"kind": "points", "file": "p.csv"}},
    "labels": [{"file": "l.csv", "region": "r", "tasks": {"T": {"column": "c"}}}],
}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["regoins"], 1, "unknown key `regoins`, did you mean 'regions'"),
        (["features", "poi", "encodr"], "x", "`features.poi.encodr`, did you mean 'encoder'"),
        (
            ["features", "poi", "kind"],
            "point",
            "`features.poi.kind` is 'point', did you mean 'points'",
        ),
        (["regions", "resolution"], 99, "`regions.resolution` is 99: .*less than or equal to 15"),
        (["labels", 0, "level"], "county", "labels speak of level 'county': there are no units"),
        (["labels", 0, "tasks", "T", "leaks"], ["pois"], "leaks 'pois', .* did you mean 'poi'"),
        (["labels", 0, "tasks", "T", "transform"], "log", "did you mean 'log1p'"),
        (["labels", 0, "region"], None, "name either `region`, or `level` and `unit`"),
        (["features"], [1], "`features` is .*: input should be a valid dictionary"),
    ],
)
def test_errors_name_the_key_and_the_remedy(tmp_path, path, value, message) -> None:
    content = copy.deepcopy(GOOD)
    part = content
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=message):
        load_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("key", ["name", "regions"])
def test_missing_keys(tmp_path, key) -> None:
    content = {k: v for k, v in GOOD.items() if k != key}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=f"key `{key}` is missing"):
        load_recipe(tmp_path / "r.yaml")


def test_missing_kind_lists_the_choices(tmp_path) -> None:
    content = copy.deepcopy(GOOD)
    del content["features"]["poi"]["kind"]
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match="choose one of image, points, table"):
        load_recipe(tmp_path / "r.yaml")


def test_files_that_are_no_recipe(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no such recipe"):
        load_recipe(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(InputError, match="not valid YAML"):
        load_recipe(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- a")
    with pytest.raises(InputError, match="expected a mapping"):
        load_recipe(tmp_path / "list.yaml")


def test_a_task_declared_twice(tmp_path) -> None:
    content = copy.deepcopy(GOOD)
    content["labels"] *= 2
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match="task 'T' is declared twice"):
        load_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_recipes_are_valid(path) -> None:
    assert load_recipe(path).name == path.stem
