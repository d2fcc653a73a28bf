import json
import pickle
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from placeprint.encoders.position import CoordinateEncoder
from placeprint.encoders.position.encoder_files import is_encoder, read_encoder
from placeprint.errors import InputError

NOT_PLACES = re.compile(
    "columns, expected longitude and latitude|expected degrees within|passing negative input"
)
"""What scikit-learn's battery meets where it feeds random tables that are no coordinates."""

POINTS = np.array([[-74.0, 40.7], [-73.5, 40.2], [-74.9, 40.9]])


@pytest.fixture
def encoder(box_encoder):
    return CoordinateEncoder.from_pretrained(box_encoder)


def test_standardising_is_undone(encoder, random_network, plainly):
    network = random_network(6)
    plain = plainly(network, *POINTS.T) * np.arange(1.0, 6.0) + np.arange(5.0)
    values = encoder.transform(POINTS)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, plain, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode(*POINTS.T), values)
    assert (encoder.dim, encoder.card["teacher"]) == (5, {"regions": 1})


def test_scikit_learns_battery_as_far_as_it_feeds_places(box_encoder):
    """What fails is what feeds tables that are no coordinates, and one that wants fewer columns."""
    results = check_estimator(CoordinateEncoder(box_encoder), on_fail=None, on_skip=None)
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    odd = {check: why for check, why in failed.items() if not NOT_PLACES.search(why)}
    assert odd == {}
    passed = {result["check_name"] for result in results if result["status"] == "passed"}
    assert len(passed) >= 20
    assert {"check_estimator_cloneable", "check_get_params_invariance"} <= passed


def test_it_needs_no_fit_and_clones_and_pickles(box_encoder, encoder):
    values = encoder.transform(POINTS)
    fresh = CoordinateEncoder(box_encoder)
    np.testing.assert_array_equal(fresh.transform(POINTS), values)
    np.testing.assert_array_equal(clone(encoder).fit(POINTS).transform(POINTS), values)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(POINTS), values)
    assert fresh.get_feature_names_out().tolist() == ["e000", "e001", "e002", "e003", "e004"]
    table = clone(encoder).set_output(transform="pandas").fit_transform(POINTS)
    assert table.columns.tolist() == ["e000", "e001", "e002", "e003", "e004"]


def test_columns_by_name_in_either_order(encoder):
    values = encoder.transform(POINTS)
    lon_first = pd.DataFrame(POINTS, columns=["lon", "lat"])
    lat_first = pd.DataFrame(POINTS[:, ::-1], columns=["latitude", "longitude"])
    np.testing.assert_array_equal(encoder.transform(lon_first), values)
    np.testing.assert_array_equal(encoder.transform(lat_first), values)
    np.testing.assert_array_equal(encoder.transform(POINTS), values)  # it keeps no order
    fitted = clone(encoder).fit(lon_first[["lat", "lon"]])
    np.testing.assert_array_equal(fitted.transform(lon_first), values)
    np.testing.assert_array_equal(fitted.transform(lon_first[["lat", "lon"]]), values)


@pytest.mark.parametrize(
    "names",
    [("Lat", "Lon"), ("Latitude", "LONGITUDE"), ("lat", "lng"), ("lat", "long"), ("y", "x")],
)
def test_columns_by_other_names_among_others(encoder, names):
    table = pd.DataFrame(POINTS[:, ::-1], columns=list(names))
    table.insert(1, "population", 7.0)
    np.testing.assert_array_equal(encoder.transform(table), encoder.transform(POINTS))


def test_in_a_pipeline(box_encoder):
    generator = np.random.default_rng(0)
    points = pd.DataFrame(
        {"lat": generator.uniform(40.1, 40.9, 60), "lon": generator.uniform(-74.9, -73.1, 60)}
    )
    model = make_pipeline(CoordinateEncoder(box_encoder), Ridge(1e-6)).fit(points, points["lon"])
    assert model.score(points, points["lon"]) > 0.5


def test_outside_there_is_no_vector(encoder):
    points = np.vstack([POINTS, [[-70.0, 40.5], [10.0, 40.5]]])
    values = encoder.transform(points)
    assert encoder.coverage(points).tolist() == [True] * 3 + [False] * 2
    np.testing.assert_array_equal(np.isnan(values).all(axis=1), ~encoder.coverage(points))
    np.testing.assert_allclose(values[:3], encoder.transform(POINTS), atol=1e-5)
    assert np.isnan(encoder.transform([[10.0, 50.0]])).all()


def test_swapped_coordinates_are_refused(encoder):
    with pytest.raises(InputError, match="look swapped: none of the points lies in the area"):
        encoder.transform(POINTS[:, ::-1])
    with pytest.raises(InputError, match="look swapped"):
        encoder.coverage(POINTS[:1, ::-1])
    mixed = np.vstack([POINTS[:, ::-1], [[10.0, 50.0]]])  # cannot be told: some are elsewhere
    assert not encoder.coverage(mixed).any()


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ([[np.nan, 40.0]], "NaN"),
        ([[-74.0, 91.0]], "row 0 has|look swapped"),
        ([[-74.0, 40.0, 1.0]], "3 columns, expected longitude and latitude"),
        ([["a", "b"]], "could not convert|dtype"),
    ],
)
def test_bad_points(encoder, points, problem):
    with pytest.raises(ValueError, match=problem):
        encoder.transform(points)


def test_another_folder_is_read_anew(encoder, box_encoder, tmp_path):
    copied = shutil.copytree(box_encoder, tmp_path / "other")
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, "note": "another"}))
    encoder.set_params(path=copied)
    assert encoder.card["note"] == "another"


def test_what_is_no_encoder(box_encoder, tmp_path):
    with pytest.raises(InputError, match=r"no coordinate encoder here.*placeprint distill"):
        CoordinateEncoder.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"kind": "bert"}')
    assert not is_encoder(tmp_path)
    copied = shutil.copytree(box_encoder, tmp_path / "copied")
    weights = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match="cannot be read as the weights"):
        read_encoder(copied)
    (copied / "model.safetensors").unlink()
    with pytest.raises(InputError, match="cannot be read as the weights"):
        read_encoder(copied)
    config = json.loads((box_encoder / "config.json").read_text())
    for change, problem in (
        ({"widths": [1, 2, 3]}, "expected"),
        ({"widths": None}, "cannot be read as the weights"),
        ({"degree": "8"}, "cannot be read as the weights"),
        ({"dilation": [1]}, "cannot be read as the weights"),
        ({"format": 2}, "layout version"),
    ):
        shutil.copytree(box_encoder, copied, dirs_exist_ok=True)
        (copied / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(InputError, match=problem):
            read_encoder(copied)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"area.cells": np.empty(0, dtype=np.int64)}, "0 of int64, expected H3 cells"),
        ({"area.cells": np.ones(3)}, "3 of float64, expected H3 cells"),
        ({"targets.scale": np.ones(1, dtype=np.float32)}, r"targets\.scale is \(1,\)"),
        ({"layers.0.bias": np.nan}, r"layers\.0\.bias holds numbers that are not finite"),
    ],
)
def test_damaged_weights_are_refused(box_encoder, tmp_path, change, problem):
    copied = shutil.copytree(box_encoder, tmp_path / "copied")
    tensors = load_file(copied / "model.safetensors")
    for name, values in change.items():
        tensors[name] = values if np.ndim(values) else np.full_like(tensors[name], values)
    save_file(tensors, copied / "model.safetensors")
    with pytest.raises(InputError, match=problem):
        read_encoder(copied)


def test_a_configuration_of_another_encoding_is_refused(box_encoder, tmp_path):
    copied = shutil.copytree(box_encoder, tmp_path / "copied")
    (copied / "config.json").write_bytes(b'{"kind": "\xff"}')
    with pytest.raises(InputError, match="not valid JSON"):
        read_encoder(copied)


def test_nothing_is_pickled(box_encoder):
    assert sorted(path.name for path in box_encoder.iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
