"""A benchmark out of plain tables."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest

from placeprint.errors import DataWarning, InputError
from placeprint.evaluation import evaluate, read_benchmark
from placeprint.evaluation.tables import read_weights

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(60.2, 24.9, 6), 4))


@pytest.fixture
def folder(tmp_path):
    county = [f"c{i // 4:02d}" for i in range(len(CELLS))]
    units = pd.DataFrame({"h3": CELLS, "county": county})
    units = pd.concat([units, pd.DataFrame({"h3": CELLS[:1], "county": ["c05"]})])
    units.to_csv(tmp_path / "units.csv", index=False)
    names = sorted(set(county))
    rng = np.random.default_rng(0)
    labels = pd.DataFrame({"county": names, "rent": rng.normal(size=len(names)),
                           "land": rng.choice(["wood", "town"], len(names))})  # fmt: skip
    labels.to_csv(tmp_path / "counties.csv", index=False)
    pd.DataFrame({"h3": CELLS, "people": rng.integers(0, 9, len(CELLS))}).to_csv(
        tmp_path / "people.csv", index=False
    )
    lat, lon = np.array([h3.cell_to_latlng(cell) for cell in CELLS]).T
    pd.DataFrame({"lon": lon, "lat": lat, "noise": rng.normal(size=len(CELLS))}).to_csv(
        tmp_path / "points.csv", index=False
    )
    return tmp_path


def test_the_ids_tell_what_labels_are_about(folder):
    files = [folder / name for name in ("counties.csv", "people.csv", "points.csv")]
    benchmark = read_benchmark(files, units=folder / "units.csv")
    found = {task.name: (task.level, task.scale, task.kind) for task in benchmark.tasks}
    assert found == {
        "rent": ("county", "county", "regression"),
        "land": ("county", "county", "classification"),
        "people": ("region", "grid", "regression"),
        "noise": ("point", "point", "regression"),
    }
    assert benchmark.places.region_ids.tolist() == CELLS
    rent, _, people, noise = (benchmark.places.sample(task) for task in benchmark.tasks)
    assert rent.membership.sum() == len(CELLS) + 1
    np.testing.assert_array_equal(noise.membership.indices, np.arange(len(CELLS)))
    np.testing.assert_allclose(people.positions, noise.positions, atol=1e-6)
    assert benchmark.places.areas().between(20, 50).all()


def test_labels_that_no_embedding_covers_are_misses(folder):
    vectors = pd.DataFrame({"0": range(30)}, index=pd.Index(CELLS[:30], name="region_id"))
    benchmark = read_benchmark(folder / "people.csv", vectors.index)
    assert len(benchmark.places.region_ids) == len(CELLS)
    scores = evaluate(vectors, benchmark, seeds=1, splits=["random"], models=["embedding"])
    assert scores["coverage"].iloc[0] == pytest.approx(30 / len(CELLS))


def test_ids_that_are_no_cells_have_no_position_unless_told(folder):
    ids = pd.Index([f"r{i}" for i in range(40)], name="region_id")
    labels = pd.DataFrame({"region_id": ids, "rent": np.arange(40.0)})
    labels.to_csv(folder / "labels.csv", index=False)
    benchmark = read_benchmark(folder / "labels.csv", ids)
    assert benchmark.places.centroids is None
    assert len(benchmark.baselines) == 0
    vectors = pd.DataFrame({"0": np.arange(40.0)}, index=ids)
    scores = evaluate(vectors, benchmark, splits=["random"], seeds=1)
    assert set(scores["model"]) == {"embedding"}
    with pytest.warns(DataWarning, match="no coordinates.* random places alone"):
        assert evaluate(vectors, benchmark, seeds=1)["split"].unique().tolist() == ["random"]
    for asked in ({"splits": ["block"]}, {"models": ["embedding", "spatial_prior"]}):
        with pytest.raises(InputError, match="have ids and no coordinates"):
            evaluate(vectors, benchmark, seeds=1, **asked)
    labels.assign(lon=np.linspace(5, 9, 40), lat=60.0).to_csv(folder / "regions.csv", index=False)
    located = read_benchmark(folder / "labels.csv", regions=folder / "regions.csv")
    assert set(located.baselines) == {"coordinates", "spherical_harmonics"}


def test_weights_come_from_a_table(folder):
    weights = read_weights(folder / "people.csv")
    benchmark = read_benchmark(folder / "counties.csv", units=folder / "units.csv")
    heavy = benchmark.pooled("mean", weights).places.sample(benchmark.tasks[0])
    assert heavy.membership.sum() == weights.sum() + weights[CELLS[0]]
    table = pd.DataFrame({"region_id": ["a", "b"], "people": [1, 2], "jobs": [3, 4]})
    table.to_csv(folder / "two.csv", index=False)
    with pytest.raises(InputError, match="one column of weights, found people, jobs"):
        read_weights(folder / "two.csv")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "which regions there are"),
        ({"region_ids": pd.Index(["x"]), "id_column": "county"}, "neither regions"),
        ({"units": "units.csv", "tasks": ["rnt"]}, "did you mean 'rent'"),
        ({"units": "units.csv", "scale": "conty"}, "did you mean 'county'"),
    ],
)
def test_what_cannot_be_told_is_asked_for(folder, settings, message):
    if "units" in settings:
        settings = settings | {"units": folder / settings["units"]}
    with pytest.raises(InputError, match=message):
        read_benchmark(folder / "counties.csv", **settings)


def test_a_suite_needs_the_folder_of_its_labels(folder):
    cells = pd.Index(CELLS, name="region_id")
    with pytest.raises(InputError, match="--data"):
        read_benchmark("mobclip", cells)
    with pytest.raises(InputError, match="none of its labels is in"):
        read_benchmark("mobclip", cells, data=folder)


@pytest.mark.data
def test_chinas_counties(data):
    folder = data / "china-counties"
    benchmark = read_benchmark(
        "mobclip", data=folder, units=[folder / "cells.parquet", folder / "counties.parquet"]
    )
    assert [task.name for task in benchmark.tasks] == ["EDU", "ELD"]
    assert {task.level for task in benchmark.tasks} == {"admincode"}
    samples = benchmark.places.sample(benchmark.tasks[0])
    assert samples.membership.shape == (2852, 282238)
    assert samples.membership.sum() == 282245
    assert len(set(samples.groups)) == 31


def test_codes_can_be_classes_and_x_a_label(tmp_path):
    ids = [f"r{i}" for i in range(6)]
    table = pd.DataFrame({"region_id": ids, "x": range(6), "y": range(6), "zone": [1, 2] * 3})
    table.to_csv(tmp_path / "labels.csv", index=False)
    known = pd.Index(ids, name="region_id")
    benchmark = read_benchmark(tmp_path / "labels.csv", known, classes=["zone"])
    kinds = {task.name: task.kind for task in benchmark.tasks}
    assert kinds == {"x": "regression", "y": "regression", "zone": "classification"}


def test_two_files_with_one_label_are_refused(folder):
    pd.read_csv(folder / "people.csv").to_csv(folder / "again.csv", index=False)
    files = [folder / "people.csv", folder / "again.csv"]
    with pytest.raises(InputError, match="two files have labels 'people'"):
        read_benchmark(files, pd.Index(CELLS, name="region_id"))
