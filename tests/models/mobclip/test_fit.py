"""Trainings: repeated, interrupted, resumed, refused."""

from __future__ import annotations

from filecmp import cmp

import numpy as np
import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.models import read_config, train
from placeprint.models.mobclip import MobCLIPConfig, fit
from placeprint.training import checkpoints

OUTPUTS = ("embeddings.parquet", "model.safetensors", "history.csv", "config.json")


def same(one, other) -> list[bool]:
    return [cmp(one / name, other / name, shallow=False) for name in OUTPUTS]


def configured(*settings: str) -> MobCLIPConfig:
    return read_config(MobCLIPConfig, settings=["dim=8", "training.epochs=3", *settings])


def interrupt_after(monkeypatch, epochs: int) -> None:
    """Stop the training after so many checkpoints, one an epoch."""
    save = checkpoints.save_checkpoint

    def stop(path, model, best, optimizer, progress):
        save(path, model, best, optimizer, progress)
        if progress.epoch == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save_checkpoint", stop)
    monkeypatch.setattr(checkpoints, "LARGEST_SHARE", float("inf"))


def test_one_seed_gives_the_same_bytes(simulated_run, simulated_atlas, short, tmp_path) -> None:
    train(simulated_atlas, short, tmp_path / "same")
    assert all(same(tmp_path / "same", simulated_run.path))


def test_another_seed_gives_others(simulated_run, simulated_atlas, short, tmp_path) -> None:
    train(simulated_atlas, short.model_copy(update={"seed": 1}), tmp_path / "other")
    assert not any(same(tmp_path / "other", simulated_run.path))


@pytest.mark.parametrize("epochs", [1, 2])
def test_resuming_equals_never_stopping(
    simulated_run, simulated_atlas, short, tmp_path, monkeypatch, epochs
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(patch, epochs)
        with pytest.raises(KeyboardInterrupt):
            train(simulated_atlas, short, tmp_path / "run")
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert "checkpoint-training.safetensors" in left
    assert all(name.startswith("checkpoint") for name in left)
    run = train(simulated_atlas, short, tmp_path / "run", resume=True)
    assert run.history["epoch"].tolist() == [1, 2, 3]
    assert all(same(tmp_path / "run", simulated_run.path))
    assert not list((tmp_path / "run").glob("checkpoint*"))


def test_an_interrupted_training_is_not_begun_anew_unasked(
    simulated_atlas, tmp_path, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            train(simulated_atlas, configured(), tmp_path / "run")
    with pytest.raises(OutputExistsError, match=r"work that was stopped .*--resume.*--overwrite"):
        train(simulated_atlas, configured(), tmp_path / "run")
    with pytest.raises(InputError, match="was made from other data or with other settings"):
        train(simulated_atlas, configured("seed=1"), tmp_path / "run", resume=True)
    run = train(simulated_atlas, configured("seed=1"), tmp_path / "run", overwrite=True)
    assert run.config["seed"] == 1


def test_a_finished_run_is_kept(simulated_run, simulated_atlas, short, monkeypatch) -> None:
    before = {path: path.stat().st_mtime_ns for path in simulated_run.path.iterdir()}
    with pytest.raises(OutputExistsError, match=r"run exists already"):
        train(simulated_atlas, short, simulated_run.path)
    with pytest.raises(InputError, match=r"made from other data.*choose another --out"):
        train(simulated_atlas, configured(), simulated_run.path, resume=True)

    def work(*arguments, **options):
        raise AssertionError("there is nothing to do")

    monkeypatch.setattr(fit, "read_views", work)
    again = train(simulated_atlas, short, simulated_run.path, resume=True)
    assert again.embeddings.equals(simulated_run.embeddings)
    assert {path: path.stat().st_mtime_ns for path in simulated_run.path.iterdir()} == before


def test_resuming_what_was_never_begun_begins_it(simulated_atlas, tmp_path) -> None:
    run = train(simulated_atlas, configured(), tmp_path / "run", resume=True)
    assert run.embeddings.shape == (len(simulated_atlas.region_ids), 8)


def test_nothing_is_written_if_the_configuration_does_not_fit(simulated_atlas, tmp_path) -> None:
    with pytest.raises(InputError, match="no modality 'pio'"):
        train(simulated_atlas, configured("modalities=[pio]"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_lost_to_a_configuration_that_does_not_fit(
    simulated_run, simulated_atlas
) -> None:
    with pytest.raises(InputError, match="no modality 'pio'"):
        train(simulated_atlas, configured("modalities=[pio]"), simulated_run.path, overwrite=True)
    assert (simulated_run.path / "run.json").exists()


@pytest.mark.parametrize(
    ("settings", "views"),
    [
        (["graph=null", "anchor=demographics"], ["demographics", "image", "poi"]),
        (
            ["graph.name=neighbourhood", "anchor=neighbourhood"],
            ["neighbourhood", "demographics", "image", "poi"],
        ),
        (["anchor=poi", "modalities=[poi, image]"], ["mobility", "poi", "image"]),
        (["graph.initialisation=random", "embedding=anchor"], None),
    ],
)
def test_anchor_modalities_and_graph_are_names(simulated_atlas, tmp_path, settings, views) -> None:
    run = train(simulated_atlas, configured(*settings), tmp_path / "run")
    assert run.manifest["views"] == (views or ["mobility", "demographics", "image", "poi"])
    assert run.embeddings.index.tolist() == simulated_atlas.region_ids.tolist()
    assert np.isfinite(run.embeddings.to_numpy()).all()
    assert (run.embeddings.std() > 0).all()
    assert np.isfinite(run.history.to_numpy()).all()


@pytest.mark.parametrize("learned", [True, False])
def test_temperatures_move_only_if_they_are_learned(simulated_atlas, tmp_path, learned) -> None:
    config = configured(f"learn_temperatures={learned}", "training.learning_rate=0.01")
    run = train(simulated_atlas, config, tmp_path / "run")
    network = fit.load_model(run).network
    for name, published in config.temperatures.items():
        moved = abs(network.temperature(name).item() - published) > 1e-4
        assert moved == learned


def test_training_lowers_the_loss(simulated_atlas, tmp_path) -> None:
    history = train(simulated_atlas, configured("training.epochs=30"), tmp_path / "run").history
    assert history["training"].iloc[-1] < 0.95 * history["training"].iloc[0]
    assert history["validation"].min() < history["validation"].iloc[0]


def test_batches_that_leave_one_region_over(simulated_atlas, tmp_path) -> None:
    trained = len(simulated_atlas.region_ids) - round(0.1 * len(simulated_atlas.region_ids))
    config = configured(f"training.batch_size={trained - 1}")
    run = train(simulated_atlas, config, tmp_path / "run")
    assert np.isfinite(run.history.to_numpy()).all()
