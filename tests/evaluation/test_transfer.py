import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, r2_score

from placeprint.errors import InputError
from placeprint.evaluation import Benchmark, Places, Task
from placeprint.evaluation.probes import RidgeProbe
from placeprint.evaluation.transfer import transfer, transfer_run


def area(letter, seed, weights, n=60, **settings):
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"{letter}{i:02d}" for i in range(n)], name="region_id")
    X = pd.DataFrame(rng.normal(size=(n, 3)).astype(np.float32), index=ids)
    values = X @ weights
    if settings.get("kind") == "classification":
        values = np.where(values > 1, "city", np.where(values > -0.5, "town", "wood"))
        values = np.where((values == "city") & (letter == "s"), "town", values)
    labels = pd.DataFrame({"value": values}, index=ids)
    task = Task("t", "region", "grid", labels, **settings)
    return X, Benchmark([task], Places(ids, np.repeat(list("abcdef"), n // 6)))


def test_a_probe_learns_in_one_area_and_is_tested_in_the_other():
    X, source = area("s", 0, [1, 2, 0])
    Z, target = area("t", 1, [1, 1, 1], n=36)
    scores = transfer({"m": (X, Z)}, source, target)
    probe = RidgeProbe().fit(
        X.to_numpy(), source.places.sample(source.tasks[0]).Y, np.repeat(range(6), 10)
    )
    expected = r2_score(target.tasks[0].target(), probe.predict(Z.to_numpy()))
    found = scores.set_index("metric").loc["r2"]
    assert found["value"] == pytest.approx(expected)
    assert found[["split", "n", "coverage"]].tolist() == ["transfer", 36, 1.0]


def test_a_class_may_be_unknown_in_one_area():
    X, source = area("s", 0, [1, 2, 0], kind="classification")
    Z, target = area("t", 1, [1, 2, 0], kind="classification")
    scores = transfer({"m": (X, Z)}, source, target).set_index("metric")["value"]
    assert scores["f1[city]"] == 0
    assert scores["f1[wood]"] > 0.5
    assert set(source.tasks[0].classes()) == {"town", "wood"}
    assert f1_score(["city"], ["town"], average="macro", zero_division=0) == 0


def test_places_without_a_vector_are_misses():
    X, source = area("s", 0, [1, 2, 0])
    Z, target = area("t", 1, [1, 2, 0])
    whole, half = (
        transfer({"m": (X, vectors)}, source, target).set_index("metric").loc["r2"]
        for vectors in (Z, Z.iloc[::2])
    )
    assert whole["value"] > 0.99 > half["value"]
    assert half[["coverage", "n"]].tolist() == [0.5, 60]


def test_areas_have_to_fit_together():
    X, source = area("s", 0, [1, 2, 0])
    Z, target = area("t", 1, [1, 2, 0])
    with pytest.raises(InputError, match="3 dimensions in the one area and 2"):
        transfer({"m": (X, Z.iloc[:, :2])}, source, target)
    _, other = area("t", 1, [1, 2, 0], unit="km")
    with pytest.raises(InputError, match="unit is '' in the one area and 'km'"):
        transfer({"m": (X, Z)}, source, other)
    target.tasks[0].__dict__["name"] = "u"
    with pytest.raises(InputError, match="share no task: the one has t, the other u"):
        transfer({"m": (X, Z)}, source, target)


def test_a_run_transfers_to_its_own_atlas(simulated_run):
    scores = transfer_run(simulated_run, simulated_run.atlas)
    assert {"placeprint", "coordinates", "spherical_harmonics", "raw"} == set(scores["model"])
    means = scores[scores["metric"] == "r2"].groupby("model")["value"].median()
    assert means["placeprint"] > 0.5  # fitted and tested on the same rows
