"""What is advised for an atlas that a model cannot be trained on, followed to its end."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import placeprint as pp
from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.files import read_json, write_json, write_table
from placeprint.models import config_class, read_config
from placeprint.models.configuring import ways_to_train

QUICK = {
    "mobclip": ["dim=4", "training.epochs=1"],
    "urbanmfm": [
        *("dim=8", "training.epochs=1", "text=static", "outline_size=32", "images=false"),
        "stages=[]",
    ],
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    raw = tmp_path_factory.mktemp("city") / "raw"
    pp.simulate_city(raw, blocks=30)
    return pp.build(raw / "recipe.yaml", data=raw, out=raw.parent / "atlas")


def with_layers(atlas: Atlas, folder: Path, *layers: str) -> Atlas:
    """An atlas of some of the layers of another one; ``new=old`` renames one."""
    manifest = read_json(atlas.path / "atlas.json")
    kept = {}
    for layer in ("regions", *layers):
        new, _, old = layer.rpartition("=")
        kept[new or old] = manifest["layers"][old]
        target = folder / f"{new or old}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(atlas.path / f"{old}.parquet")
    write_json(folder / "atlas.json", {**manifest, "layers": kept})
    return Atlas(folder)


def ways(advice: str) -> list[tuple[str, list[str]]]:
    """Model and settings of each way that is advised."""
    found = re.findall(r"--model (\w+)((?: --set \S+)*)", advice.rstrip("."))
    return [(model, [part for part in rest.split() if part != "--set"]) for model, rest in found]


CASES = {
    "country: another graph": (["graphs/neighbourhood", "features/poi"], "mobclip"),
    "country: no graph": (["features/demographics", "features/poi"], "mobclip"),
    "country: plain points": (["features/demographics", "entities/poi"], "urbanmfm"),
    "country: several ways": (
        ["features/demographics", "features/image", "graphs/neighbourhood", "entities/poi"],
        "mobclip",
    ),
    "city: entities of OpenStreetMap": (["entities/pois", "entities/buildings"], "urbanmfm"),
    "city: buildings alone": (["entities/buildings", "entities/ways"], "urbanmfm"),
    "city: entities by other names": (["entities/houses=entities/buildings"], "urbanmfm"),
    "city: graph and entities": (["entities/pois", "graphs/mobility"], "urbanmfm"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("asked", ["mobclip", "urbanmfm"])
def test_every_way_that_is_advised_leads_to_a_run(
    simulated_atlas, city, tmp_path, case, asked
) -> None:
    layers, expected = CASES[case]
    whole = simulated_atlas if case.startswith("country") else city
    atlas = with_layers(whole, tmp_path / "atlas", *layers)
    try:
        pp.train(atlas, read_config(config_class(asked), None, QUICK[asked]), tmp_path / "run")
        return
    except InputError as error:
        advised = ways(str(error))
    assert expected in {model for model, _ in advised}
    for number, (model, settings) in enumerate(advised):
        config = read_config(config_class(model), None, [*settings, *QUICK[model]])
        assert len(pp.train(atlas, config, tmp_path / f"run{number}").embeddings)


@pytest.mark.parametrize(
    "layers", [[], ["graphs/neighbourhood"], ["features/demographics"], ["entities/ways"]]
)
@pytest.mark.parametrize("asked", ["mobclip", "urbanmfm"])
def test_where_there_is_no_way_the_recipe_needs_more(
    simulated_atlas, city, tmp_path, layers, asked
) -> None:
    whole = city if layers == ["entities/ways"] else simulated_atlas
    atlas = with_layers(whole, tmp_path / "atlas", *layers)
    with pytest.raises(
        InputError, match=r"`features` of the recipe.*build the atlas again"
    ) as told:
        pp.train(atlas, config_class(asked)(), tmp_path / "run")
    assert not ways(str(told.value))
    assert ("kind: adjacency" in str(told.value)) == (layers == ["features/demographics"])


def test_what_was_chosen_counts(simulated_atlas) -> None:
    assert "graph.name=neighbourhood --set anchor=poi" in ways_to_train(
        simulated_atlas, graph="neighborhood", anchor="poi"
    )
    assert "graph=null" not in ways_to_train(simulated_atlas, modalities=["poi"])


def test_urbanmfm_needs_outlines(simulated_atlas, tmp_path) -> None:
    atlas = with_layers(simulated_atlas, tmp_path / "atlas", "features/poi", "features/image")
    ids = pd.DataFrame({"region_id": atlas.region_ids})
    (atlas.path / "regions.parquet").unlink()
    write_table(atlas.path / "regions.parquet", ids)
    with pytest.raises(InputError, match=r"outlines.*--model mobclip --set graph=null"):
        pp.train(Atlas(atlas.path), config_class("urbanmfm")(), tmp_path / "run")


def test_a_later_setting_goes_below_null() -> None:
    config = read_config(config_class("mobclip"), None, ["graph=null", "graph.name=a"])
    assert config.graph.name == "a"


def test_mobclip_needs_no_coordinates(simulated_atlas, tmp_path) -> None:
    layers = ("features/poi", "features/image", "graphs/mobility")
    atlas = with_layers(simulated_atlas, tmp_path / "atlas", *layers)
    ids = pd.DataFrame({"region_id": atlas.region_ids})
    (atlas.path / "regions.parquet").unlink()
    write_table(atlas.path / "regions.parquet", ids)
    manifest = read_json(atlas.path / "atlas.json")
    write_json(atlas.path / "atlas.json", {**manifest, "regions": {"kind": "table"}})
    config = read_config(config_class("mobclip"), None, QUICK["mobclip"])
    run = pp.train(Atlas(atlas.path), config, tmp_path / "run")
    assert run.embeddings.notna().all(axis=None)
    whole = run.embed(simulated_atlas)
    assert whole.notna().all(axis=None)
