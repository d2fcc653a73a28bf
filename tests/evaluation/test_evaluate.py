"""The scores of a run: kept, added to, and never mixed with others."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation import compared_models, evaluate, runs
from placeprint.evaluation.scoring import COLUMNS
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
def computed(monkeypatch) -> list[tuple[str, ...]]:
    """What is scored from now on: the probe, then the models."""
    calls: list[tuple[str, ...]] = []
    score = runs.evaluate_atlas

    def spy(atlas, models, *, probes, seeds):
        calls.append((*probes, *models))
        return score(atlas, models, tasks=["POP"], probes=probes, seeds=seeds)

    monkeypatch.setattr(runs, "evaluate_atlas", spy)
    return calls


def test_the_models_are_the_embedding_the_anchor_and_the_baselines(run) -> None:
    models = compared_models(run)
    baselines = ["coordinates", "spherical_harmonics", "raw", "pca", "line", "raw+flows"]
    assert list(models) == ["placeprint", "anchor", *baselines]
    assert models["placeprint"].equals(run.embeddings)
    assert models["pca"].shape[1] == models["line"].shape[1] == run.embeddings.shape[1]
    np.testing.assert_allclose(models["anchor"], run.anchor_embeddings())


def test_without_a_graph_there_is_no_line(simulated_atlas, short, tmp_path) -> None:
    config = short.model_copy(update={"graph": None, "anchor": "demographics"})
    models = compared_models(train(simulated_atlas, config, tmp_path / "run"))
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


def test_asked_again_nothing_is_computed(run, scored, out, computed) -> None:
    again = evaluate(run, out=out, models=CHOSEN, seeds=2)
    assert computed == []
    pd.testing.assert_frame_equal(again, scored[1], check_dtype=False)


def test_another_probe_is_added_for_the_chosen_models(run, scored, out, computed) -> None:
    both = evaluate(run, out=out, probes=["ridge", "lightgbm"], models=["coordinates"], seeds=2)
    assert computed == [("lightgbm", "coordinates")]
    ridge = both[both["probe"] == "ridge"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ridge, scored[1], check_dtype=False)
    added = both[both["probe"] == "lightgbm"]
    assert set(added["model"]) == {"coordinates"}
    assert pd.read_parquet(out / "scores.parquet").shape == both.shape


def test_another_model_is_added(run, scored, out, computed) -> None:
    more = evaluate(run, out=out, models=["coordinates", "raw"], seeds=2)
    assert computed == [("ridge", "raw")]
    assert set(more["model"]) == {*CHOSEN, "raw"}


def test_the_published_probes_are_not_counted_twice(run, tmp_path, computed) -> None:
    for _ in range(2):
        options = {"probes": ["published"], "models": ["coordinates"], "seeds": 1}
        scores = evaluate(run, out=tmp_path / "out", **options)
    assert not scores.duplicated(list(COLUMNS[:6])).any()


def test_other_seeds_are_refused_unless_overwritten(run, out, computed) -> None:
    before = (out / "scores.parquet").read_bytes()
    with pytest.raises(OutputExistsError, match=r"scores\.parquet exists already .*--overwrite"):
        evaluate(run, out=out, models=["coordinates"], seeds=1)
    assert computed == []
    assert (out / "scores.parquet").read_bytes() == before
    scores = evaluate(run, out=out, models=["coordinates"], seeds=1, overwrite=True)
    assert set(scores["seed"]) == {0}
    assert set(scores["model"]) == {"coordinates"}


def test_scores_of_another_run_are_refused(run, out, simulated_atlas, short, tmp_path) -> None:
    other = train(simulated_atlas, short.model_copy(update={"seed": 1}), tmp_path / "run")
    with pytest.raises(OutputExistsError, match="exists already"):
        evaluate(other, out=out, models=CHOSEN, seeds=2)


def test_an_unknown_model_suggests_the_right_one(run, tmp_path) -> None:
    with pytest.raises(InputError, match=r"no model 'plaecprint' to compare.*'placeprint'"):
        evaluate(run, out=tmp_path / "out", models=["plaecprint"], seeds=1)
    assert not (tmp_path / "out").exists()


def test_an_unknown_probe_suggests_the_right_one(run, tmp_path) -> None:
    with pytest.raises(InputError, match=r"no probe 'lightgmb'.*did you mean 'lightgbm'"):
        evaluate(run, out=tmp_path / "out", probes=["lightgmb"], models=["coordinates"], seeds=1)


def test_the_scores_lie_in_the_run_by_default(run, computed) -> None:
    evaluate(run, models=["coordinates"], seeds=1)
    assert (run.path / "scores.parquet").exists()
