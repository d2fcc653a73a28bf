"""Building again, being interrupted, and refusing to overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.atlas import Atlas, AtlasWriter
from placeprint.building import build, load_recipe
from placeprint.building.layers import images
from placeprint.errors import InputError, OutputExistsError

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
LAYERS = {
    "regions",
    "units/column",
    "graphs/mobility",
    "graphs/neighbourhood",
    "entities/poi",
    "features/poi",
    "features/people",
    "features/image",
    "labels/income",
    "labels/rent",
    "labels/noise",
}


def contents(folder):
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def bytes_of(folder):
    return {name: content for name, (content, _) in contents(folder).items()}


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """The layers that are made from now on, in their order."""
    keys: list[str] = []
    write = AtlasWriter.write

    def spy(self, key, request, make):
        write(self, key, request, lambda path: keys.append(key) or make(path))

    monkeypatch.setattr(AtlasWriter, "write", spy)
    return keys


def test_building_makes_every_layer_of_the_recipe(study, made) -> None:
    atlas = study.build()
    assert set(atlas.manifest["layers"]) == set(made) == LAYERS
    assert made[0] == "regions"
    assert made.index("entities/poi") < made.index("features/poi")
    assert set(bytes_of(study.out)) == {"atlas.json", *(f"{key}.parquet" for key in LAYERS)}


def test_building_again_makes_nothing(study, made) -> None:
    study.build()
    before = contents(study.out)
    made.clear()
    study.build()
    assert made == []
    after = contents(study.out)
    assert {k: v for k, v in after.items() if k != "atlas.json"} == {
        k: v for k, v in before.items() if k != "atlas.json"
    }
    assert after["atlas.json"][0] == before["atlas.json"][0]


def test_two_builds_are_equal_to_the_byte(study) -> None:
    study.build()
    other = study.out.with_name("other")
    build_again = type(study)(study.raw, study.recipe, other)
    build_again.build()
    assert bytes_of(other) == bytes_of(study.out)


def test_a_changed_file_needs_overwrite_and_remakes_its_layer_alone(study, made) -> None:
    study.build()
    before = contents(study.out)
    study.rewrite("people.csv", lambda table: table.assign(age_0=table["age_0"] + 1))
    made.clear()
    with pytest.raises(OutputExistsError, match=r"people\.parquet exists already .*--overwrite"):
        study.build()
    assert made == []
    assert contents(study.out) == before
    study.build(overwrite=True)
    assert made == ["features/people"]
    changed = {name for name, state in contents(study.out).items() if state != before[name]}
    assert changed == {"atlas.json", "features/people.parquet"}


@pytest.mark.parametrize(
    ("part", "name", "setting", "remade"),
    [
        ("features", "people", {"encoder": "log1p"}, ["features/people"]),
        ("features", "poi", {"encoder": "static"}, ["features/poi"]),
        ("features", "poi", {"where": {"category": "inn"}}, ["entities/poi", "features/poi"]),
        ("graphs", "mobility", {"where": {"weight": [3, 4, 5]}}, ["graphs/mobility"]),
    ],
)
def test_a_changed_setting_remakes_what_depends_on_it(
    study, made, part, name, setting, remade
) -> None:
    study.build()
    made.clear()
    study.recipe[part][name].update(setting)
    study.build(overwrite=True)
    assert made == remade


def test_units_that_changed_remake_the_labels_about_them(study, made) -> None:
    study.build()
    made.clear()
    study.rewrite("units.csv", lambda table: table[table["column"] != "c3"])
    atlas = study.build(overwrite=True)
    assert made == ["units/column", "labels/rent"]
    assert atlas.labels("rent").index.tolist() == ["c0", "c1", "c2"]


def test_other_regions_remake_everything(study, made) -> None:
    study.build()
    made.clear()
    study.recipe["regions"]["where"] = {}
    study.build(overwrite=True)
    assert set(made) == LAYERS


def test_a_layer_that_is_lost_is_made_again(study, made) -> None:
    study.build()
    before = bytes_of(study.out)
    (study.out / "labels/income.parquet").unlink()
    made.clear()
    study.build(overwrite=True)
    assert made == ["labels/income"]
    assert bytes_of(study.out) == before


def test_a_layer_removed_from_the_recipe_disappears(study) -> None:
    study.build()
    del study.recipe["features"]["image"]
    atlas = study.build()
    assert atlas.feature_names == ["people", "poi"]
    assert not (study.out / "features/image.parquet").exists()


def test_a_crash_keeps_what_was_finished(study, made, monkeypatch) -> None:
    whole = type(study)(study.raw, study.recipe, study.out.with_name("whole"))
    whole.build()
    made.clear()

    def crash(*arguments, **options):
        raise RuntimeError("lightning")

    with monkeypatch.context() as patch:
        patch.setattr(images, "encode_crops", crash)
        with pytest.raises(RuntimeError, match="lightning"):
            study.build()
    finished = made[:-1]
    assert finished
    assert made[-1] == "features/image"
    assert set(Atlas(study.out).manifest["layers"]) == set(finished)
    made.clear()
    study.build()
    assert set(made) == LAYERS - set(finished)
    assert bytes_of(study.out) == bytes_of(whole.out)


def test_a_crash_while_overwriting_leaves_the_old_layer(study, monkeypatch) -> None:
    study.build()
    before = bytes_of(study.out)
    study.recipe["features"]["image"]["bounds"] = [[-1, 49, 5, 54]]

    def crash(*arguments, **options):
        raise RuntimeError("lightning")

    monkeypatch.setattr(images, "encode_crops", crash)
    with pytest.raises(RuntimeError, match="lightning"):
        study.build(overwrite=True)
    assert bytes_of(study.out) == before


def test_an_output_that_is_something_else_is_refused(study, made) -> None:
    study.out.mkdir()
    (study.out / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputExistsError, match="choose another name, or ask for it"):
        study.build()
    assert made == []
    assert bytes_of(study.out) == {"thesis.tex": b"years of work"}


def test_the_atlas_of_another_study_area_is_refused(study, made) -> None:
    study.build()
    made.clear()
    study.recipe["name"] = "circles"
    with pytest.raises(OutputExistsError, match="exists already"):
        study.build()
    assert made == []
    assert study.build(overwrite=True).name == "circles"


def test_titles_reach_the_manifest(study, made) -> None:
    study.build()
    made.clear()
    study.recipe["features"]["poi"]["title"] = "Shops"
    study.recipe["units"]["column"]["title"] = "Columns"
    study.recipe["graphs"]["mobility"]["title"] = "Commuters"
    study.recipe["labels"][0]["tasks"]["income"]["title"] = "Income per head"
    atlas = study.build()
    assert made == []
    expected = {"features/poi": "Shops", "units/column": "Columns", "graphs/mobility": "Commuters"}
    expected |= {"labels/income": "Income per head"}
    for key, title in expected.items():
        assert atlas.manifest["layers"][key]["title"] == atlas.title(key) == title
    assert atlas.title("labels/rent") == "rent"
    assert "title" not in atlas.manifest["layers"]["labels/rent"]


def test_a_recipe_is_a_file_or_an_object(study, simulated, simulated_atlas) -> None:
    plan = load_recipe(simulated / "recipe.yaml")
    assert build(plan, simulated, simulated_atlas.path).fingerprint == simulated_atlas.fingerprint
    with pytest.raises(InputError, match="there is no such recipe"):
        build(study.raw / "none.yaml", study.raw, study.out)


@pytest.mark.parametrize("name", ["manhattan", "chicago"])
@pytest.mark.data
def test_cities_are_built(data, tmp_path, name) -> None:
    atlas = build(RECIPES / f"{name}.yaml", data / name, tmp_path / "atlas")
    regions = {"manhattan": 180, "chicago": 77}[name]
    assert len(atlas.region_ids) == regions
    assert atlas.graph_names == ["mobility", "neighbourhood"]
    for feature in ("poi", "landuse"):
        vectors = atlas.features(feature)
        assert vectors.index.isin(atlas.region_ids).all()
        assert vectors.notna().all(axis=None)
    assert atlas.layer("graphs/mobility")["coverage"]["regions"] > 0.9 * regions


@pytest.mark.data
def test_counties_are_read(data, tmp_path) -> None:
    plan = load_recipe(RECIPES / "us-counties.yaml")
    plan = plan.model_copy(update={"features": {}, "labels": []})
    atlas = build(plan, data / "us-counties", tmp_path / "atlas")
    assert len(atlas.region_ids) == 3108
    assert atlas.units("state").nunique() == 49
    flows = atlas.layer("graphs/mobility")["coverage"]
    assert flows["regions"] == 3107
    assert flows["matched"] + sum(flows["dropped"].values()) == flows["rows"]
    assert flows["matched"] > 0.9 * flows["rows"]
