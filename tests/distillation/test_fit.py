import json
import shutil
from filecmp import cmp

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from placeprint.distillation import DistillSettings, distill
from placeprint.encoders.position import CoordinateEncoder
from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation import Evaluation, evaluate
from placeprint.models import Run
from placeprint.training.output_folder import OutputFolder


@pytest.fixture
def unscored(monkeypatch):
    """No tasks and no attack: what takes most of the time of a small distillation."""
    monkeypatch.setattr("placeprint.distillation.fit.compared", lambda *_, **__: {})
    monkeypatch.setattr("placeprint.distillation.fit.edge_auc", lambda *_, **__: {})


def test_the_student_imitates_its_teacher_where_it_was_taught(simulated_run, distilled):
    centres = simulated_run.atlas.regions.centroids()
    taught = simulated_run.embeddings
    answers = distilled.transform(centres.loc[taught.index])
    teacher = taught.to_numpy(np.float64)
    scale = np.where(teacher.std(axis=0) > 0, teacher.std(axis=0), 1)
    wrong = (((answers - teacher) / scale) ** 2).mean()
    said = distilled.card["imitation"]["taught"]
    assert wrong == pytest.approx(said["mse"], rel=1e-3)
    assert said["r2"] > 0.3
    assert said["n"] == len(taught)
    assert (distilled.dim, answers.shape[1]) == (16, 16)


def test_what_is_said_of_it(simulated_run, distilled):
    card = distilled.card
    imitation = card["imitation"]
    assert list(imitation) == ["block", "random", "taught", "within"]
    assert all(each["mse"] > 0 for each in imitation.values())
    assert 30 < imitation["random"]["n"] < 70
    assert imitation["within"]["n"] > 1000
    means = {split: tasks["mean"] for split, tasks in card["scores"]["r2"].items()}
    assert set(means) == {"random", "block"}
    assert set(means["random"]) == {"teacher", "student", "spherical_harmonics", "coordinates"}
    privacy = card["privacy"]
    assert privacy["graph"] == "mobility"
    assert 0.4 < privacy["student"]["learnt"] <= privacy["teacher"]["learnt"] + 0.1
    assert card["teacher"]["regions"] == len(simulated_run.embeddings)
    assert "graphs/mobility" in card["data"]["layers"]
    assert not any(key.startswith("labels/") for key in card["data"]["layers"])


def test_the_folder(distilled):
    names = sorted(path.name for path in distilled.path.iterdir())
    assert names == ["README.md", "config.json", "evaluation", "history.csv", "model.safetensors"]
    assert len(pd.read_csv(distilled.path / "history.csv")) == 40
    readme = (distilled.path / "README.md").read_text()
    assert readme.startswith("---\nlibrary_name: placeprint\n")
    for said in (
        "CoordinateEncoder.from_pretrained",
        "mean of tasks that leak nothing",
        "What it reveals of the graph",
        "simulated data, no restrictions",
        "Intended use and limits",
        "held out by whole areas",
    ):
        assert said in readme


def test_its_scores_are_an_evaluation(simulated_run, distilled):
    scored = Evaluation(distilled.path / "evaluation")
    assert scored.embeddings == ["teacher", "student"]
    again = evaluate(distilled.path, None, simulated_run.atlas, models=["encoder"], seeds=1)
    both = [
        frame[(frame["metric"] == "r2") & (frame["model"] == name)].set_index(
            ["task", "split", "seed"]
        )["value"]
        for frame, name in ((scored.scores, "student"), (again, "encoder"))
    ]
    mine, theirs = both[0].align(both[1], join="inner")
    assert len(mine) >= 10
    np.testing.assert_allclose(mine, theirs, atol=0.02)


def test_another_student_of_the_same_name_has_another_digest(distilled, tmp_path):
    from placeprint.evaluation.candidates import candidates

    (candidate,) = candidates(distilled.path).values()
    assert candidate.digest() == next(iter(candidates(str(distilled.path)).values())).digest()
    config = json.loads((distilled.path / "config.json").read_text())
    other = tmp_path / "encoder"
    other.mkdir()
    (other / "model.safetensors").write_bytes((distilled.path / "model.safetensors").read_bytes())
    (other / "config.json").write_text(json.dumps(config | {"request": "another"}))
    (changed,) = candidates(other).values()
    assert changed.digest() != candidate.digest()


def test_the_same_seed_gives_the_same_bytes_and_a_stop_does_not_show(
    simulated_run, distilled, small, tmp_path, monkeypatch
):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("placeprint.distillation.fit.held_out_error", stop)
    with pytest.raises(KeyboardInterrupt):
        distill(simulated_run, tmp_path / "e", small)
    assert (tmp_path / "e" / "checkpoint-student.safetensors").exists()
    monkeypatch.undo()
    with pytest.raises(OutputExistsError, match="work that was stopped"):
        distill(simulated_run, tmp_path / "e", small)
    resumed = distill(simulated_run.path, tmp_path / "e", small, resume=True)
    for name in ("model.safetensors", "config.json", "README.md", "history.csv"):
        assert cmp(resumed.path / name, distilled.path / name, shallow=False)


def test_a_finished_encoder_is_kept_or_replaced(simulated_run, distilled, small):
    with pytest.raises(OutputExistsError):
        distill(simulated_run, distilled.path, small)
    before = (distilled.path / "config.json").stat().st_mtime_ns
    again = distill(simulated_run, distilled.path, small, resume=True)
    assert (again.path / "config.json").stat().st_mtime_ns == before
    other = small.model_copy(update={"seed": 1})
    with pytest.raises(InputError, match="other data or with other settings"):
        distill(simulated_run, distilled.path, other, resume=True)


@pytest.mark.usefixtures("unscored")
def test_overwriting_and_onnx(simulated_run, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    settings = DistillSettings(
        degree=3, hidden_layers=1, width=8, epochs=2, held_out=False, seeds=1
    )
    encoder = distill(simulated_run, tmp_path / "e", settings, onnx=True)
    assert list(encoder.card["imitation"]) == ["taught", "within"]
    centres = simulated_run.atlas.regions.centroids()
    points = centres[["lon", "lat"]].to_numpy()
    session = runtime.InferenceSession(str(encoder.path / "model.onnx"))
    values = session.run(None, {"lonlat": points})[0]
    np.testing.assert_allclose(values, encoder.transform(points), atol=1e-4)
    other = settings.model_copy(update={"seed": 5})
    replaced = distill(simulated_run, tmp_path / "e", other, overwrite=True)
    assert not (tmp_path / "e" / "model.onnx").exists()
    assert replaced.card["settings"]["seed"] == 5
    assert not np.allclose(replaced.transform(points), encoder.transform(points))


@pytest.mark.usefixtures("unscored")
def test_regions_without_a_vector_teach_nothing(simulated_run, tmp_path, monkeypatch):
    settings = DistillSettings(
        degree=3, hidden_layers=1, width=8, epochs=1, held_out=False, seeds=1
    )
    run = Run(simulated_run.path)
    few = run.embeddings.copy()
    few.iloc[:40] = np.nan
    monkeypatch.setitem(run.__dict__, "embeddings", few)
    encoder = distill(run, tmp_path / "e", settings)
    assert encoder.card["teacher"]["regions"] == len(few) - 40
    centres = run.atlas.regions.centroids().loc[few.index]
    covered = encoder.coverage(centres)
    assert not covered[:40].any()
    assert covered[40:].all()
    monkeypatch.setitem(run.__dict__, "embeddings", few.iloc[:45])
    with pytest.raises(InputError, match="5 regions have a vector, expected 8"):
        distill(run, tmp_path / "f", settings)


def test_a_city_without_a_mobility_graph_or_labels(distilled):
    from placeprint.distillation.card import model_card
    from placeprint.encoders.position.encoder_files import read_encoder

    network, area, config = read_encoder(distilled.path)
    bare = config | {"privacy": {}, "scores": {}, "data": {**config["data"], "licence": ""}}
    card = model_card(bare, network, area)
    assert "The atlas has no mobility graph" in card
    assert "nothing was scored" in card
    assert "names no licence" in card


def test_it_is_a_transformer_by_its_path(distilled):
    values = CoordinateEncoder(distilled.path).fit_transform([[0.0, 0.0], [1.0, 1.0]])
    assert values.shape == (2, 16)


@pytest.mark.parametrize("asked", [{"overwrite": True}, {"resume": True}, {}])
def test_what_is_no_encoder_is_left_alone(simulated_run, small, tmp_path, asked):
    notes = tmp_path / "notes"
    notes.mkdir()
    for name in ("README.md", "config.json", "checkpoint-notes.txt"):
        (notes / name).write_text("{}")
    run = tmp_path / "run"
    shutil.copytree(simulated_run.path, run)
    for folder in (notes, run):
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(InputError, match="something else in it that is no encoder"):
            distill(simulated_run, folder, small, **asked)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_was_stopped_is_made_anew_where_asked(simulated_run, distilled, small, tmp_path):
    out = tmp_path / "e"
    OutputFolder(out, "encoder", "config.json", "of another").begin(resume=False)
    (out / "checkpoint-student.safetensors").write_bytes(b"of a stopped one")
    with pytest.raises(InputError, match="made from other data or with other settings"):
        distill(simulated_run, out, small, resume=True)
    again = distill(simulated_run, out, small, overwrite=True)
    assert cmp(again.path / "config.json", distilled.path / "config.json", shallow=False)


def test_harmonics_of_too_high_a_degree_are_refused():
    with pytest.raises(ValidationError, match="less than or equal to 256"):
        DistillSettings(degree=1000)
