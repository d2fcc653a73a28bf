"""The cities that the recipes beside the project are of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placeprint.building import build

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


@pytest.mark.data
def test_monaco_is_built(data, tmp_path) -> None:
    atlas = build(RECIPES / "monaco.yaml", data / "osm", tmp_path / "atlas")
    assert 40 < len(atlas.region_ids) < 90
    pois, buildings = atlas.entities("pois"), atlas.entities("buildings")
    assert len(buildings) == 1285
    assert set(pois["poi_id"]).isdisjoint(buildings["building_id"])
    labels = atlas.labels("building_function")
    table = buildings.set_index("building_id")
    labelled = table.loc[labels.index]
    assert labelled["category"].eq("").all()
    assert not labelled["text"].str.contains(r"(?:^|, )(?:building|amenity|shop|tourism)=").any()
    tags = labelled["tags"].map(json.loads)
    assert (tags.str["building"] == labels["value"]).all()
    assert atlas.features("roads").notna().all(axis=None)


@pytest.mark.data
@pytest.mark.slow
def test_las_palmas_is_built(data, tmp_path) -> None:
    atlas = build(RECIPES / "las-palmas.yaml", data / "osm", tmp_path / "atlas")
    assert len(atlas.region_ids) > 1000
    classes = atlas.layer("labels/building_function")["classes"]
    assert min(classes.values()) >= 60
    assert set(atlas.entities("ways")["region_id"].dropna()) <= set(atlas.region_ids)


@pytest.mark.data
def test_helsinki_and_singapore_are_built(data, tmp_path) -> None:
    atlas = build(RECIPES / "helsinki.yaml", data / "osm", tmp_path / "helsinki")
    assert len(atlas.region_ids) == 92
    assert len(atlas.labels("population")) == 92
    assert len(atlas.features("pois")) == 22
    atlas = build(RECIPES / "singapore.yaml", data / "singapore-subzones", tmp_path / "singapore")
    assert len(atlas.region_ids) == 374
    assert len(atlas.features("pois")) == 274
    assert len(atlas.label_names) == 5
