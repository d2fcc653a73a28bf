from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from placeprint.errors import InputError
from placeprint.evaluation.suites import load_suite, suites
from placeprint.evaluation.tasks import KINDS, SCALES, TRANSFORMS

TASKS = ["POP", "EDU", "ELD", "HSR", "CRI", "NTL", "HOU", "ENE", "COS", "ELE", "FOR"]

TABLE_2 = """
SatCLIP ViT16               .52 .63 .68 .74 .39 .33 .66 -.07 .44 .96 .81
GeoCLIP                     .41 .66 .66 .69 .32 .24 .65  .11 .32 .92 .73
CSP                         .55 .65 .62 .68 .39 .29 .62  .20 .46 .95 .77
Sphere2Vec sphereC+         .40 .56 .62 .61 .34 .26 .57 -.01 .35 .95 .76
NeRF                        .40 .63 .61 .61 .33 .24 .56  .03 .33 .95 .76
Siren (spherical harmonics) .51 .66 .69 .74 .39 .33 .66 -.14 .44 .96 .80
MobCLIP                     .83 .85 .81 .81 .81 .62 .70  .72 .91 .90 .80
MobCLIP distilled           .73 .84 .80 .82 .58 .52 .69  .74 .73 .91 .79
"""
"""As printed: rows are models, columns the tasks in the order of the paper."""


@pytest.fixture
def labels(tmp_path):
    counties = pd.DataFrame({"admincode": [110101, 110102], "EDU": [9.5, np.nan]})
    counties.to_parquet(tmp_path / "labels.parquet")
    points = pd.DataFrame({"id": [1, 2], "lon": [100.0, 110.0], "lat": [30.0, 40.0], "ELE": [5, 6]})
    points.to_parquet(tmp_path / "elevation.parquet")
    return tmp_path


def test_every_suite_is_declared_in_the_words_of_tasks() -> None:
    assert suites() == ["mobclip", "urbanmfm"]
    for name in suites():
        for task in load_suite(name).declared.values():
            assert task.scale in SCALES
            assert task.transform in TRANSFORMS
            assert task.kind in KINDS
            assert task.published
            assert task.file in task.source.obtain


def test_the_eleven_tasks_and_the_published_table() -> None:
    suite = load_suite("mobclip")
    assert list(suite.declared) == TASKS
    table = suite.published()
    printed = {line[:28].strip(): line[28:].split() for line in TABLE_2.strip().splitlines()}
    assert table.index.tolist() == list(printed)
    np.testing.assert_array_equal(table.to_numpy(), np.array(list(printed.values()), dtype=float))


def test_published_figures_of_urbanmfm() -> None:
    suite = load_suite("urbanmfm")
    assert suite.published("rmse").loc["UrbanMFM"].tolist() == [3.88, 5.45, 5.72]
    assert suite.published("r2").loc["UrbanMFM"].tolist() == [0.87, 0.77, 0.75, 0.80, 0.82]
    assert suite.published("f1_mixed").loc["CityFM"].tolist() == [0.46]
    with pytest.raises(InputError, match=r"no figures in 'rmsee' were published.*'rmse'"):
        suite.published("rmsee")


def test_tasks_that_are_there_and_those_that_are_not(labels) -> None:
    found, missing = load_suite("mobclip").tasks(labels)
    assert [task.name for task in found] == ["EDU", "ELE"]
    education, elevation = found
    assert education.known().index.tolist() == ["110101"]
    assert education.known().index.name == "admincode"
    assert (education.level, education.scale, education.unit) == ("county", "county", "years")
    assert education.target().tolist() == [9.5]
    assert elevation.known().columns.tolist() == ["lon", "lat", "value"]
    told = {task.name: task for task in missing}
    assert len(told) == 9
    assert told["HSR"].problem == "no column HSR in labels.parquet, which has admincode, EDU"
    assert told["ENE"].describe().startswith("ENE: no file energy.parquet (not public): ")


def test_chosen_tasks_keep_their_order(labels) -> None:
    found, missing = load_suite("mobclip").tasks(labels, ["ELE", "COS", "EDU"])
    assert [task.name for task in found] == ["ELE", "EDU"]
    assert [task.name for task in missing] == ["COS"]
    with pytest.raises(InputError, match=r"no task 'EDUC'.*did you mean 'EDU'"):
        load_suite("mobclip").tasks(labels, ["EDUC"])
    with pytest.raises(InputError, match="no such folder of labels"):
        load_suite("mobclip").tasks(labels / "absent")


def test_classes(tmp_path) -> None:
    table = pd.DataFrame({"region_id": ["a", "b"], "function": ["civic", "sports"]})
    table.to_parquet(tmp_path / "building_function_singapore.parquet")
    (task,), _ = load_suite("urbanmfm").tasks(tmp_path, ["building_function_singapore"])
    assert (task.kind, task.metric) == ("classification", "macro_f1")
    assert task.classes() == ["civic", "sports"]


def test_labels_of_another_kind_are_refused(labels) -> None:
    table = pd.DataFrame({"admincode": [1, 2], "EDU": ["low", "high"]})
    table.to_parquet(labels / "labels.parquet")
    with pytest.raises(InputError, match="'EDU' holds classes, expected numbers"):
        load_suite("mobclip").tasks(labels, ["EDU"])
    table = pd.DataFrame({"id": [1, 2], "ELE": [1.0, 2.0]})
    table.to_parquet(labels / "elevation.parquet")
    with pytest.raises(InputError, match="task ELE is about points, but its rows are about ids"):
        load_suite("mobclip").tasks(labels, ["ELE"])


def declaration(**changes):
    task = {
        "title": "rent",
        "level": "region",
        "scale": "grid",
        "file": "rent.csv",
        "id_column": "id",
        "column": "rent",
        "public": True,
        "source": {"provider": "me", "obtain": "rent.csv"},
    }
    task = {key: value for key, value in {**task, **changes}.items() if value is not None}
    return {"name": "mine", "title": "my own", "tasks": {"rent": task}}


def test_a_suite_of_ones_own(tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(declaration()))
    (tmp_path / "rent.csv").write_text("id,rent\na,1\n")
    (task,), missing = load_suite(tmp_path / "mine.yaml").tasks(tmp_path)
    assert (task.name, task.known()["value"].tolist(), missing) == ("rent", [1.0], [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colum": "x"}, r"unknown key `tasks\.rent\.colum`, did you mean 'column'"),
        ({"id_column": None}, "give `id_column`, unless `level` is point"),
        ({"level": "point"}, "give `id_column`, unless `level` is point"),
        ({"kind": "classification"}, "`metric` r2 is not one of a classification"),
        ({"scale": "contry"}, r"`tasks\.rent\.scale` is 'contry', did you mean 'county'"),
        ({"source": None}, r"key `tasks\.rent\.source` is missing"),
    ],
)
def test_a_wrong_declaration_is_explained(tmp_path, changes, message) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(declaration(**changes)))
    with pytest.raises(InputError, match=message):
        load_suite(tmp_path / "mine.yaml")


def test_an_unknown_suite_and_a_broken_file(tmp_path) -> None:
    with pytest.raises(InputError, match=r"no suite 'mobclp'.*did you mean 'mobclip'"):
        load_suite("mobclp")
    (tmp_path / "a.yaml").write_text("a: [")
    with pytest.raises(InputError, match="not valid YAML"):
        load_suite(tmp_path / "a.yaml")
    (tmp_path / "a.yaml").write_text("- a")
    with pytest.raises(InputError, match="expected a mapping"):
        load_suite(tmp_path / "a.yaml")


@pytest.mark.data
def test_the_labels_of_china(data) -> None:
    found, _ = load_suite("mobclip").tasks(data / "china-counties")
    assert [(task.name, len(task.known())) for task in found] == [("EDU", 2852), ("ELD", 2852)]
