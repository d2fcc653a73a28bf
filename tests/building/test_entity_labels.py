"""Labels that are tags of entities, and what of them is hidden from models."""

from __future__ import annotations

import json
from filecmp import cmp

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.building.layers.labels import LabelTask
from placeprint.building.layers.osm import hide_labels
from placeprint.errors import InputError
from placeprint.sources.osm import informative_text

from .conftest import BUILDINGS, write_town


def values(atlas, task="function") -> dict[str, object]:
    return atlas.labels(task)["value"].to_dict()


def test_labels_are_the_types_of_buildings_in_regions(town) -> None:
    atlas = town.build()
    assert values(atlas) == {"way/10": "home", "way/11": "school", "way/12": "home"}
    assert atlas.labels("function").index.name == "building_id"
    about = atlas.label_metadata("function")
    assert (about["level"], about["kind"]) == ("buildings", "classification")
    layer = atlas.layer("labels/function")
    assert layer["classes"] == {"home": 2, "school": 1}
    assert layer["coverage"]["regions"] == 2
    dropped = layer["coverage"]["dropped"]
    assert dropped == {
        "in no region": 1,
        "without a type in building": 1,
        "of a class that was not asked for": 1,
    }
    assert sum(dropped.values()) + layer["coverage"]["matched"] == layer["coverage"]["rows"]


def test_without_classes_every_type_is_one(town) -> None:
    del town.recipe["labels"][0]["tasks"]["function"]["classes"]
    assert set(values(town.build()).values()) == {"house", "school", "apartments", "retail"}


def test_numbers_in_tags_can_be_predicted(town) -> None:
    town.recipe["labels"][0]["tasks"] = {
        "levels": {"column": "building:levels", "hides": ["building:levels"]}
    }
    atlas = town.build()
    assert values(atlas, "levels") == {"way/10": 2.0, "way/12": 5.0}
    dropped = atlas.layer("labels/levels")["coverage"]["dropped"]
    assert dropped["whose building:levels is no number"] == 1
    text = atlas.entities("buildings").set_index("building_id")["text"]
    assert not text.str.contains("levels").any()
    assert "amenity=school" in text["way/11"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"classes": ["house", "castle"]}, r"town\.osm: no label .* of class castle.*apartments"),
        ({"column": "bilding"}, r"of the 6 buildings none has the tag 'bilding'.*'building'\?"),
        (
            {"column": "bilding", "classes": ["house"]},
            r"of the 6 buildings none has the tag 'bilding'.*'building'\?",
        ),
        (
            {"column": "name", "kind": "regression"},
            r"of the buildings none in a region has a tag name .* take the task out",
        ),
    ],
)
def test_labels_that_are_not_there(town, setting, message) -> None:
    task = town.recipe["labels"][0]["tasks"]["function"]
    del task["classes"]
    task.update(setting)
    with pytest.raises(InputError, match=message):
        town.build()


def test_labels_of_buildings_in_an_extract_without_any(town) -> None:
    write_town(town.raw / "town.osm", buildings={})
    with pytest.raises(InputError, match=r"no buildings in it.*take the labels of buildings out"):
        town.build()
    town.recipe["labels"] = []
    del town.recipe["features"]["houses"]
    assert town.build().entities("buildings").empty


def test_the_label_and_what_tells_it_is_hidden_from_typed_buildings(town) -> None:
    table = town.build().entities("buildings").set_index("building_id")
    text, category = table["text"], table["category"]
    typed = [f"way/{number}" for number in (10, 11, 12, 14, 15)]
    assert category[typed].eq("").all()
    assert text[typed].tolist() == [
        "building:levels=2",
        "",
        "building:levels=5",
        "",
        "",
    ]
    assert table.loc[typed, "name"].eq("").all()
    assert category["way/13"] == "amenity=townhall"
    assert json.loads(table.loc["way/11", "tags"]) == BUILDINGS[11][1]


def test_hidden_tags_change_labels_and_nothing_that_a_model_reads(town) -> None:
    before = town.build().path
    changed = dict(BUILDINGS)
    changed[10] = (0, {"building": "school", "building:levels": "2"})
    changed[11] = (0, {"building": "retail", "name": "North"})
    changed[12] = (1, {"building": "house", "office": "company", "building:levels": "5"})
    changed[14] = (2, {"building": "industrial", "landuse": "industrial", "name": "Arcade"})
    write_town(town.raw / "town.osm", changed)
    other = type(town)(town.raw, town.recipe, town.out.with_name("other"))
    after = other.build()
    assert values(after) == {"way/10": "school", "way/12": "home"}
    files = sorted(path.relative_to(before) for path in before.rglob("*.parquet"))
    read_by_models = [name for name in files if str(name) != "labels/function.parquet"]
    for name in read_by_models:
        if str(name) != "entities/buildings.parquet":
            assert cmp(before / name, after.path / name, shallow=False), name
    tables = [
        gpd.read_parquet(path / "entities/buildings.parquet") for path in (before, after.path)
    ]
    pd.testing.assert_frame_equal(*(table.drop(columns="tags") for table in tables))
    assert not tables[0]["tags"].equals(tables[1]["tags"])


def test_without_labels_nothing_is_hidden(town) -> None:
    town.recipe["labels"] = []
    table = town.build().entities("buildings").set_index("building_id")
    assert table.loc["way/11", "category"] == "amenity=school"
    assert "building=school" in table.loc["way/11", "text"]


def test_whatever_tag_tells_is_hidden_and_what_the_recipe_keeps_is_not(town) -> None:
    told = {"information": "office", "stars": "4", "operator": "Ayuntamiento", "fee": "no"}
    told |= {"protection_title:category": "Biblioteca", "isced:level": "2", "cuisine": "thai"}
    buildings = {**BUILDINGS, 11: (0, {**BUILDINGS[11][1], **told, "building:levels": "3"})}
    write_town(town.raw / "town.osm", buildings)

    def way_11(**settings) -> list[str]:
        town.recipe["labels"][0]["tasks"]["function"].update(settings)
        table = town.build(overwrite=True).entities("buildings").set_index("building_id")
        return table.loc["way/11", ["name", "category", "text"]].tolist()

    assert way_11() == ["", "", "building:levels=3"]
    assert way_11(keeps=["name"]) == ["North", "", "building:levels=3, name=North"]
    assert way_11(hides="building:levels") == ["North", "", "name=North"]
    assert way_11(keeps=["amenity", "fee"]) == ["", "amenity=school", "amenity=school"]


def test_other_classes_leave_the_entities_as_they_are_and_other_hides_do_not(town) -> None:
    before = {key: layer["fingerprint"] for key, layer in town.build().manifest["layers"].items()}

    def changed(**settings) -> set[str]:
        town.recipe["labels"][0]["tasks"]["function"].update(settings)
        layers = town.build(overwrite=True).manifest["layers"]
        return {key for key, layer in layers.items() if layer["fingerprint"] != before[key]}

    assert changed(classes=["house"]) == {"labels/function"}
    hiding = {"entities/buildings", "features/houses", "labels/function"}
    assert changed(keeps=["name"]) == hiding


KEYS = ["building", "amenity", "shop", "name", "building:use", "building:levels"]
TAGS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["yes", "no", "house", "x"]))
FUNCTION = LabelTask(column="building", kind="classification")
SHOP = LabelTask(column="shop", kind="classification", keeps=["name", "amenity"])


@settings(deadline=None)
@given(st.lists(TAGS, max_size=12))
def test_hiding_equals_hiding_one_by_one(objects) -> None:
    tags = pd.Series([json.dumps(one) for one in objects], dtype=object)
    text, category = informative_text(tags)
    name = pd.Series([one.get("name", "") for one in objects], dtype=object)
    table = pd.DataFrame({"name": name, "text": text, "category": category, "tags": tags})
    before = table.copy()
    hidden = hide_labels(table, [FUNCTION, SHOP])
    pd.testing.assert_frame_equal(table, before)
    for row, one in enumerate(objects):
        only = None
        for task in (FUNCTION, SHOP):
            if one.get(task.column, "no") not in {"yes", "no"}:
                only = set(task.readable()) & (set(task.readable()) if only is None else only)
        text, category = informative_text(pd.Series([one]), only)
        named = only is None or "name" in only
        expected = [text[0], category[0], one.get("name", "") if named else ""]
        assert hidden.loc[row, ["text", "category", "name"]].tolist() == expected
