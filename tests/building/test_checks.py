"""What is wrong with a recipe or a raw file is said before anything is written."""

from __future__ import annotations

import pandas as pd
import pytest

from placeprint.building import Recipe
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
    refused(study, r"flows\.parquet: cannot be read as Parquet, it may be truncated")


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
