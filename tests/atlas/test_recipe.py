from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from placeprint.building import Recipe, load_recipe
from placeprint.building.layers.labels import LabelTask
from placeprint.errors import InputError

RECIPES = Path(__file__).resolve().parents[2] / "recipes"

GOOD = {
    "name": "a",
    "regions": {"kind": "h3", "resolution": 6, "cover": "x.geojson"},
    "features": {"poi": {"kind": "points", "file": "p.csv"}},
    "labels": [{"file": "l.csv", "region": "r", "tasks": {"T": {"column": "c"}}}],
}
CITY = {
    "name": "b",
    "regions": {"kind": "blocks", "file": "b.osm.pbf", "within": "outline.geojson"},
    "entities": {
        "pois": {"kind": "osm_pois", "file": "b.osm.pbf"},
        "ways": {"kind": "osm_ways", "file": "b.osm.pbf"},
        "views": {"kind": "street_views", "file": "photos.csv"},
        "above": {"kind": "satellite", "files": ["a.tif"]},
    },
    "features": {"poi": {"kind": "entities", "entities": "pois"}},
    "labels": [{"entities": "pois", "tasks": {"T": {"column": "shop", "kind": "classification"}}}],
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
    refused(tmp_path, GOOD, path, value, message)


def refused(tmp_path, recipe, path, value, message) -> None:
    """The recipe, once one key has another value, is refused with the message."""
    content = copy.deepcopy(recipe)
    part = content
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=message):
        load_recipe(tmp_path / "r.yaml")


TASK = ["labels", 0, "tasks", "T"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["regions", "roads"], [], "`regions.roads` is "),
        (["regions", "min_area_m2"], -1, "`regions.min_area_m2` is -1"),
        (["regions", "withn"], "x", "unknown key `regions.withn`, did you mean 'within'"),
        (
            ["entities", "pois", "kind"],
            "osm_poi",
            "`entities.pois.kind` is 'osm_poi', did you mean 'osm_pois'",
        ),
        (["entities", "ways", "fil"], 1, "unknown key `entities.ways.fil`, did you mean 'file'"),
        (["entities", "point"], {"kind": "osm_pois", "file": "x"}, "have the name of a level"),
        (["entities", "views", "lon"], None, "`entities.views`: name both `lon` and `lat`"),
        (["entities", "views", "radius_m"], 0, "`entities.views.radius_m` is 0"),
        (["entities", "above", "files"], None, "either `files` or `tiles`"),
        (["entities", "above", "zoom"], 16, "`zoom` is for `tiles`"),
        (["entities", "above", "bounds"], [], "1 files but 0 bounds"),
        (["features", "poi", "entities"], "poi", "which have no text: did you mean 'pois'"),
        (["features", "poi", "entities"], "views", "which have no text: choose one of pois, ways"),
        (["features", "pois"], {"kind": "points", "file": "p"}, "so does an entry of `entities`"),
        (["labels", 0, "entities"], "ways", "which have none: choose one of pois"),
        (["labels", 0, "region"], "r", "labels from `entities` are about them"),
        (["labels", 0, "file"], "l.csv", "name either a `file` or `entities`"),
        ([*TASK, "transform"], "log1p", "classes have no `transform`"),
        ([*TASK, "kind"], "classification ", "did you mean 'classification'"),
        ([*TASK, "classes"], {"a": ["x"], "b": ["x", "y"]}, "value 'x' more than once"),
        ([*TASK, "classes"], [], "`labels.*classes`"),
    ],
)
def test_errors_of_recipes_of_cities(tmp_path, path, value, message) -> None:
    refused(tmp_path, CITY, path, value, message)


def test_keys_that_need_another(tmp_path) -> None:
    refused(tmp_path, GOOD, [*TASK, "classes"], ["a"], "`classes` need `kind: classification`")
    for key in ("keeps", "hides"):
        refused(tmp_path, GOOD, [*TASK, key], ["a"], f"`{key}`: only for labels from `entities`")
    lacking = {"kind": "entities", "entities": "pois"}
    refused(tmp_path, GOOD, ["features", "x"], lacking, "did you mean 'poi'")


def test_every_raw_file_of_a_city_is_named() -> None:
    parts = Recipe.model_validate(CITY).layers().values()
    named = [name for part in parts for name in part.inputs()]
    extract = "b.osm.pbf"
    assert named == [extract, "outline.geojson", extract, extract, "photos.csv", "a.tif"]


def test_classes_and_what_may_be_read_beside_them() -> None:
    task = LabelTask(column="shop", kind="classification", classes=["books", "bakery"])
    assert task.classes == {"books": ["books"], "bakery": ["bakery"]}
    assert LabelTask(column="shop", keeps="name").keeps == ["name"]
    for settings in ({"keeps": ["shop"]}, {"keeps": ["name"], "hides": ["name"]}):
        with pytest.raises(ValueError, match="`keeps` names"):
            LabelTask(column="shop", **settings)


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
    with pytest.raises(InputError, match="choose one of entities, image, points, roads, table"):
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
