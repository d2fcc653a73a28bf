"""Evaluation of runs and of anything else: scores are kept, added to, and never mixed."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import placeprint as pp
from placeprint.encoders.position import SphericalHarmonics
from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation import (
    Benchmark,
    Evaluation,
    Places,
    Task,
    evaluate,
    intervals,
    scoring,
    summary,
)
from placeprint.evaluation.ledger import COLUMNS
from placeprint.files import write_vectors
from placeprint.models import Run, train

CHOSEN = ("placeprint", "coordinates")


@pytest.fixture(scope="module")
def run(simulated_run, tmp_path_factory) -> Run:
    """A copy, so that its scores are this module's own."""
    folder = tmp_path_factory.mktemp("evaluated") / "run"
    shutil.copytree(simulated_run.path, folder)
    return Run(folder, simulated_run.atlas)


@pytest.fixture(scope="module")
def scored(run, tmp_path_factory):
    """A folder with the ridge scores of two models and two seeds."""
    out = tmp_path_factory.mktemp("scores")
    return out, evaluate(run, out=out, models=CHOSEN, seeds=2)


@pytest.fixture
def out(scored, tmp_path):
    shutil.copytree(scored[0], tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def fitted(monkeypatch) -> list[str]:
    """The name of every probe that is made from now on."""
    made: list[str] = []
    monkeypatch.setattr(scoring, "predict_fold", spied(scoring.predict_fold, made))
    return made


def spied(predict, calls):
    def spy(probe, *arguments, **settings):
        calls.append(type(probe).__name__)
        return predict(probe, *arguments, **settings)

    return spy


def test_without_a_graph_there_is_no_line(simulated_atlas, short, tmp_path) -> None:
    config = short.model_copy(update={"graph": None, "anchor": "demographics"})
    run = train(simulated_atlas, config, tmp_path / "run")
    models = Benchmark.of_run(run, run.atlas).baselines
    assert "raw" in models
    assert not {"line", "raw+flows"} & set(models)


def test_the_table_of_scores(scored, run) -> None:
    folder, scores = scored
    assert scores.columns.tolist() == list(COLUMNS)
    assert set(scores["task"]) == set(run.atlas.label_names)
    assert set(scores["split"]) == {"random", "block"}
    assert set(scores["probe"]) == {"ridge"}
    assert set(scores["model"]) == set(CHOSEN)
    assert set(scores["seed"]) == {0, 1}
    assert set(scores["metric"]) == {"r2", "rmse", "mae"}
    keys = list(COLUMNS[:6])
    assert not scores.duplicated(keys).any()
    assert scores.equals(scores.sort_values(keys, ignore_index=True))
    assert scores["coverage"].between(0, 1).all()
    stored = pd.read_parquet(folder / "scores.parquet")
    pd.testing.assert_frame_equal(stored, scores, check_dtype=False)
    text = pd.read_csv(folder / "scores.csv")
    pd.testing.assert_frame_equal(text, scores, check_dtype=False, rtol=1e-12)


def test_asked_again_nothing_is_fitted(run, scored, out, fitted) -> None:
    again = evaluate(run, out=out, models=CHOSEN, seeds=2)
    assert fitted == []
    pd.testing.assert_frame_equal(again, scored[1], check_dtype=False)


def test_another_probe_is_added_for_the_chosen_models(run, scored, out, fitted) -> None:
    chosen = {"models": ["coordinates"], "seeds": 2}
    both = evaluate(run, ["POP"], out=out, probes=["ridge", "knn"], **chosen)
    assert fitted == ["KNNProbe"] * 4
    ridge = both[both["probe"] == "ridge"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ridge, scored[1], check_dtype=False)
    assert pd.read_parquet(out / "scores.parquet").shape == both.shape


def test_models_and_seeds_are_added(run, out, fitted) -> None:
    more = evaluate(run, ["POP"], out=out, models=["coordinates", "spatial_prior"], seeds=3)
    assert sorted(fitted) == ["RidgeProbe"] * 2 + ["SpatialPrior"] * 6
    assert set(more["model"]) == {*CHOSEN, "spatial_prior"}


def test_the_files_of_an_evaluation(run, out) -> None:
    found = Evaluation(out)
    assert found.embeddings == ["placeprint"]
    assert {task.name for task in found.tasks} == set(run.atlas.label_names)
    assert found.tasks[0].metric == "r2"
    keys = found.scores.drop_duplicates(["task", "split", "probe", "model", "seed"])
    assert found.resamples.shape == (len(keys), 200)
    one = found.predictions.query("task == 'POP' and split == 'block'")
    assert one["id"].is_unique
    assert set(one["id"]) == set(run.atlas.labels("POP").dropna().index)
    r2 = 1 - ((one["truth"] - one["predicted"]) ** 2).mean() / one["truth"].var(ddof=0)
    assert 0 < r2 < 1


def test_scores_of_another_run_are_refused_unless_overwritten(
    run, out, simulated_atlas, short, tmp_path
) -> None:
    other = train(simulated_atlas, short.model_copy(update={"seed": 1}), tmp_path / "run")
    before = (out / "scores.parquet").read_bytes()
    with pytest.raises(OutputExistsError, match=r"scores\.parquet exists already .*--overwrite"):
        evaluate(other, ["POP"], out=out, models=["placeprint"], seeds=1)
    assert (out / "scores.parquet").read_bytes() == before
    replaced = {"models": ["placeprint"], "seeds": 1, "overwrite": True}
    assert set(evaluate(other, ["POP"], out=out, **replaced)["seed"]) == {0}


@pytest.mark.parametrize("setting", [{"buffer_km": 5.0}, {"pooling": "max"}])
def test_another_setting_is_refused(run, out, setting) -> None:
    with pytest.raises(OutputExistsError):
        evaluate(run, ["POP"], out=out, models=["coordinates"], seeds=1, **setting)


def test_an_unknown_name_suggests_the_right_one(run, tmp_path) -> None:
    for message, names in [
        (r"no model 'plaecprint' to compare.*'placeprint'", {"models": ["plaecprint"]}),
        (r"no probe 'lightgmb'.*did you mean 'lightgbm'", {"probes": ["lightgmb"]}),
        (r"no split 'blok'.*did you mean 'block'", {"splits": ["blok"]}),
        (r"no protocol 'publishd'.*'published'", {"protocol": "publishd"}),
        (r"no pooling 'maen'.*'mean'", {"pooling": "maen"}),
    ]:
        with pytest.raises(InputError, match=message):
            evaluate(run, out=tmp_path / "out", seeds=1, **names)
    assert not (tmp_path / "out").exists()


def test_the_scores_lie_in_the_run_by_default(run) -> None:
    evaluate(run, ["POP"], models=["coordinates"], seeds=1)
    assert (run.path / "scores.parquet").exists()


def test_the_published_protocol_pools_the_folds_of_cities(run) -> None:
    tasks = [task for task in Benchmark.of_run(run, run.atlas).tasks if task.scale == "city"]
    scores = evaluate(
        run, [tasks[0].name], out=None, models=["coordinates"], protocol="published", seeds=2
    )
    assert set(scores["split"]) >= {"folds", "block"}
    published = scores[(scores["split"] == "folds") & (scores["probe"] == "ridge_published")]
    assert set(published["n"]) == {len(tasks[0].known())}


IDS = pd.Index([f"{i:03d}" for i in range(120)], name="region_id")


@pytest.fixture
def benchmark():
    rng = np.random.default_rng(0)
    lonlat = pd.DataFrame({"lon": rng.uniform(5, 9, 120), "lat": rng.uniform(45, 49, 120)}, IDS)
    labels = pd.DataFrame({"value": np.arange(120.0)}, index=IDS)
    return Benchmark.of_places([Task("t", "region", "grid", labels)],
                               Places.from_centroids(lonlat, {}))  # fmt: skip


def vectors(rows=120):
    return pd.DataFrame({"0": np.arange(120.0)}, index=IDS).iloc[:rows]


def test_anything_can_be_evaluated(benchmark, tmp_path) -> None:
    write_vectors(tmp_path / "peer.parquet", vectors())
    several = {
        "frame": vectors(),
        "file": tmp_path / "peer.parquet",
        "encoder": SphericalHarmonics(degree=3),
        "named": "wrap",
    }
    scores = evaluate(several, benchmark, seeds=1)
    r2 = scores[scores["metric"] == "r2"].set_index(["model", "split"])["value"]
    baselines = {"coordinates", "spherical_harmonics", "spatial_prior"}
    assert set(r2.index.levels[0]) == {*several, *baselines}
    assert r2["frame", "random"] == pytest.approx(1)
    pd.testing.assert_series_equal(r2["frame"], r2["file"])


def test_what_is_not_covered_is_a_miss(benchmark) -> None:
    whole, half = (
        evaluate(vectors(rows), benchmark, models=["embedding"], splits=["random"], seeds=1)
        for rows in (120, 60)
    )
    assert half["coverage"].unique().tolist() == [0.5]
    assert half["n"].tolist() == whole["n"].tolist()
    assert half["value"].iloc[1] < 0.9 < whole["value"].iloc[1]


def test_what_cannot_be_evaluated_is_refused(benchmark, tmp_path) -> None:
    with pytest.raises(InputError, match="a int cannot be evaluated"):
        evaluate(3, benchmark)
    with pytest.raises(InputError, match="no finished run or encoder here"):
        evaluate("nowhere", benchmark)
    with pytest.raises(InputError, match="which places the embedding is about"):
        evaluate(vectors())
    nowhere = Benchmark(benchmark.tasks, replace(benchmark.places, centroids=None))
    with pytest.raises(InputError, match="where the regions are"):
        evaluate("wrap", nowhere)


def test_a_run_embeds_the_regions_of_another_atlas(run, tmp_path) -> None:
    raw = pp.simulate(tmp_path / "raw", cells=120, seed=3)
    other = pp.build(raw / "recipe.yaml", data=raw, out=tmp_path / "atlas")
    scores = evaluate(run, ["POP"], other, out=tmp_path / "out", models=["placeprint"], seeds=1)
    assert set(scores["n"]) <= set(range(1, len(other.region_ids)))
    assert scores["coverage"].min() > 0.9


def test_a_name_of_a_baseline_is_refused(benchmark) -> None:
    for name in ("coordinates", "spatial_prior"):
        with pytest.raises(InputError, match=f"'{name}' is the name of a baseline.*NAME=PATH"):
            evaluate({name: vectors()}, benchmark)


def test_names_of_tasks_need_an_atlas(benchmark) -> None:
    with pytest.raises(InputError, match="mean nothing without an atlas"):
        evaluate(vectors(), ["t"], benchmark.places)


@pytest.mark.parametrize("change", [{"transform": "log1p"}, {"scale": "county"}])
def test_scores_of_the_same_labels_treated_otherwise_are_refused(
    benchmark, tmp_path, change
) -> None:
    settings = {"out": tmp_path / "out", "models": ["embedding"], "seeds": 1}
    evaluate(vectors(), benchmark, **settings)
    other = replace(benchmark, tasks=[replace(benchmark.tasks[0], **change)])
    with pytest.raises(OutputExistsError):
        evaluate(vectors(), other, **settings)


def test_another_cv_object_of_the_same_name_is_refused(benchmark, tmp_path) -> None:
    settings = {"out": tmp_path / "out", "models": ["embedding"]}
    for _ in range(2):
        evaluate(vectors(), benchmark, splits={"mine": KFold(3)}, **settings)
    evaluate(vectors(), benchmark, splits={"other": KFold(4)}, **settings)
    with pytest.raises(OutputExistsError):
        evaluate(vectors(), benchmark, splits={"mine": KFold(4)}, **settings)


def test_the_mean_lies_in_its_interval(benchmark, tmp_path) -> None:
    noisy = vectors() + 20 * np.random.default_rng(1).normal(size=(120, 1))
    evaluate(noisy, benchmark, out=tmp_path / "out", splits=["random", "block", "region"])
    found = Evaluation(tmp_path / "out")
    means = summary(found.scores, found.tasks).set_index(["task", "split", "probe", "model"])
    bounds = intervals(found.resamples).set_index(["task", "split", "probe", "model"])
    inside = means["mean"].reindex(bounds.index)
    assert (bounds["low"] <= inside).all()
    assert (inside <= bounds["high"]).all()
    assert (bounds["high"] - bounds["low"] > 0).all()


def test_a_file_is_no_folder(benchmark, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="it is a file"):
        evaluate(vectors(), benchmark, out=tmp_path / "file")
