"""What is wrong with a recipe or a raw file is said before anything is written."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import yaml

from placeprint.building import Recipe, build
from placeprint.errors import InputError


def refused(study, message: str) -> None:
    """The build fails with the message, and leaves nothing behind."""
    with pytest.raises(InputError, match=message):
        study.build()
    assert not study.out.exists()


def test_every_raw_file_is_listed_once(study) -> None:
    study.recipe["labels"][0]["file"] = "people.csv"
    layers = Recipe.model_validate(study.recipe).layers().values()
    files = list(dict.fromkeys(name for spec in layers for name in spec.inputs()))
    expected = ["squares.parquet", "units.csv", "flows.csv", "pois.csv", "people.csv", "a.png"]
    assert files == [*expected, "rent.csv", "noise.csv"]


def test_missing_folder(study) -> None:
    broken = type(study)(study.raw / "none", study.recipe, study.out)
    refused(broken, r"none: there is no such folder of raw data")


@pytest.mark.parametrize("name", ["squares.parquet", "units.csv", "a.png", "noise.csv"])
def test_missing_file(study, name) -> None:
    (study.raw / name).unlink()
    refused(study, f"{name}: there is no such file, but the recipe needs it.*check --data")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["graphs", "mobility", "weight"], "wieght", r"flows\.csv.*'wieght'.*mean 'weight'"),
        (["units", "column", "unit"], "colum", r"units\.csv: no column 'colum'.*mean 'column'"),
        (["features", "poi", "category"], "kategory", r"pois\.csv.*did you mean 'category'"),
        (["features", "poi", "where"], {"open": True}, r"pois\.csv: no column 'open'"),
        (["features", "people", "columns"], ["ages_*"], r"no column matches 'ages_\*'"),
        (["labels", 0, "tasks", "income", "column"], "incom", r"did you mean 'income'"),
        (["labels", 1, "unit"], "kolumn", r"rent\.csv: no column 'kolumn'"),
        (["labels", 2, "lat"], "z", r"noise\.csv: no column 'z'"),
        (["regions", "region"], "name", r"squares\.parquet: no column 'name'"),
    ],
)
def test_missing_column(study, path, value, message) -> None:
    part = study.recipe
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    refused(study, message)


def test_missing_columns_of_snapshots_and_photographs(study) -> None:
    study.recipe["graphs"]["mobility"]["time"] = "month"
    refused(study, r"flows\.csv: no column 'month'")
    del study.recipe["graphs"]["mobility"]["time"]
    views = {"kind": "street_views", "file": "pois.csv", "image": "name", "heading": None}
    study.recipe["entities"] = {"views": {**views, "scene": "caption"}}
    refused(study, r"pois\.csv: no column 'caption'")


def test_misspelt_encoder_of_entities(study) -> None:
    study.recipe["features"]["words"] = {"kind": "entities", "entities": "poi", "encoder": "stat"}
    refused(study, "unknown encoder 'stat'")


@pytest.mark.parametrize(
    ("name", "encoder", "message"),
    [
        ("poi", "statik", "unknown encoder 'statik'.*did you mean 'static'"),
        ("image", "mosaik", "unknown encoder 'mosaik'.*did you mean 'mosaiks'"),
    ],
)
def test_misspelt_encoder(study, name, encoder, message) -> None:
    study.recipe["features"][name]["encoder"] = encoder
    refused(study, message)


def test_truncated_parquet(study) -> None:
    pd.read_csv(study.raw / "flows.csv").to_parquet(study.raw / "flows.parquet")
    whole = (study.raw / "flows.parquet").read_bytes()
    (study.raw / "flows.parquet").write_bytes(whole[: len(whole) // 2])
    study.recipe["graphs"]["mobility"]["file"] = "flows.parquet"
    refused(study, r"flows\.parquet: cannot be read, it may be truncated")


def test_truncated_parquet_of_regions(study) -> None:
    whole = (study.raw / "squares.parquet").read_bytes()
    (study.raw / "squares.parquet").write_bytes(whole[: len(whole) // 2])
    refused(study, r"squares\.parquet: cannot be read")


def test_an_image_of_another_place(study) -> None:
    study.recipe["features"]["image"]["bounds"] = [[100, 0, 104, 3]]
    refused(study, r"a\.png: it reaches from 100, 0 to 104, 3 and shows none of the regions")


def test_an_image_that_is_none(study) -> None:
    (study.raw / "a.png").write_bytes(b"not a picture")
    refused(study, r"a\.png: cannot be read as an image")


@pytest.mark.parametrize(
    ("name", "column"),
    [("people.csv", "id"), ("flows.csv", "origin"), ("income.csv", "id"), ("units.csv", "id")],
)
def test_unknown_region(study, name, column) -> None:
    study.rewrite(name, lambda table: table.replace({column: {"r03": "r99"}}))
    refused(study, rf"{name}: column '{column}' names regions that do not exist: r99; region ids")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("flows.csv", r"flows\.csv: no flow between two regions of the study area is left"),
        ("pois.csv", r"pois\.csv: it holds no points"),
        ("people.csv", r"people\.csv: it holds no values for the regions"),
    ],
)
def test_empty_layer(study, name, message) -> None:
    study.rewrite(name, lambda table: table.iloc[:0])
    refused(study, message)


@pytest.mark.parametrize(("name", "column"), [("income.csv", "income"), ("rent.csv", "rent")])
def test_labels_without_a_value(study, name, column) -> None:
    study.rewrite(name, lambda table: table.assign(**{column: float("nan")}))
    refused(study, rf"{name}: no label is left for the study area")


def test_duplicated_region(study) -> None:
    study.rewrite("people.csv", lambda table: pd.concat([table, table.iloc[:1]]))
    refused(study, r"people\.csv: regions occur more than once: r00")


@pytest.mark.parametrize("weight", [-2.0, float("nan")])
def test_impossible_weight(study, weight) -> None:
    study.rewrite("flows.csv", lambda table: table.assign(weight=[weight, *table["weight"][1:]]))
    refused(
        study,
        r"flows\.csv: (column 'weight' holds .* in row 1 .*a number of 0|1 weights are missing)",
    )


def test_swapped_coordinates(study) -> None:
    study.recipe["features"]["poi"].update(lon="lat", lat="lon")
    refused(study, r"pois\.csv.*with longitude and latitude swapped")


def everything_wrong(study) -> str:
    """What is said about a study whose recipe and files have a fault of every kind."""
    (study.raw / "units.csv").unlink()
    study.rewrite("people.csv", lambda table: table.assign(age_1=["many", *table["age_1"][1:]]))
    study.rewrite("income.csv", lambda table: table.assign(income=["1", "low", *"1" * 10]))
    recipe = study.recipe
    recipe["graphs"]["mobility"]["weight"] = "wieght"
    recipe["features"]["poi"]["encodr"] = "counts"
    recipe["features"]["image"]["kind"] = "imgae"
    recipe["labels"][0]["tasks"]["income"]["leaks"] = ["peple", "poi", "image"]
    (study.raw / "r.yaml").write_text(yaml.safe_dump(recipe))
    with pytest.raises(InputError) as caught:
        build(study.raw / "r.yaml", study.raw, study.out)
    assert not study.out.exists()
    return str(caught.value)


OF_THE_RECIPE = [
    r"r\.yaml: unknown key `features\.poi\.encodr`, did you mean 'encoder'",
    r"r\.yaml: `features\.image\.kind` is 'imgae', did you mean 'image'",
    r"r\.yaml: task 'income' leaks 'peple', which is no layer: did you mean 'people'",
]
OF_FILES = [
    r"units\.csv: there is no such file, but the recipe needs it. To mend it: check --data",
    r"flows\.csv: no column 'wieght'\. To mend it: did you mean 'weight'",
]
OF_VALUES = [
    r"people\.csv: column 'age_1' holds 'many' in row 1 .*To mend it: ",
    r"income\.csv: column 'income' holds 'low' in row 2 .*To mend it: ",
]


def told(message: str, expected: list[str]) -> None:
    """Everything is told, once, and nothing else."""
    lines = message.splitlines()[1:]
    for pattern in expected:
        assert len([line for line in lines if re.search(pattern, line)]) == 1, (pattern, message)
    assert len(lines) == len(expected), message


def test_everything_that_is_wrong_is_told_at_once(study) -> None:
    told(everything_wrong(study), [*OF_THE_RECIPE, *OF_FILES, *OF_VALUES])


def test_without_valid_regions_the_recipe_and_files_are_told_of(study) -> None:
    study.recipe["regions"]["kind"] = "polygon"
    of_regions = r"r\.yaml: `regions\.kind` is 'polygon', did you mean 'polygons'"
    told(everything_wrong(study), [of_regions, *OF_THE_RECIPE, *OF_FILES])


def test_entries_about_others_that_are_wrong_are_not_blamed(study) -> None:
    study.recipe["units"]["column"]["unti"] = "x"
    study.recipe["labels"][2]["entities"] = None
    study.recipe["labels"][1]["tasks"]["rent"]["kind"] = "regresion"
    study.recipe["features"]["words"] = {"kind": "entities", "entities": "poi"}
    study.recipe["features"]["poi"]["file"] = None
    (study.raw / "r.yaml").write_text(yaml.safe_dump(study.recipe))
    with pytest.raises(InputError) as caught:
        build(study.raw / "r.yaml", study.raw, study.out)
    expected = [r"units\.column\.unti", r"kind` is 'regresion'", r"features\.poi\.file` is None"]
    told(str(caught.value), expected)
