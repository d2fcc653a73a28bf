"""A training that is killed at any point and taken up again ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from filecmp import cmp
from pathlib import Path

import pytest
import torch

from placeprint.atlas import Atlas
from placeprint.errors import PlaceprintError
from placeprint.models import MobCLIPConfig, Run, train
from placeprint.models.mobclip import fit
from placeprint.training import Trainer

OUTPUTS = ("embeddings.parquet", "model.safetensors", "history.csv", "config.json")

SCRIPT = """
import os, signal, sys
from placeprint.atlas import Atlas
from placeprint.models import MobCLIPConfig, train
import importlib

atlas, out, settings, module, name, calls = sys.argv[1:7]
left = int(calls)

def killed(*given, **named):
    global left
    if left:
        left -= 1
        return alive(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)

owner = importlib.import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
alive = getattr(owner, last)
setattr(owner, last, killed)
train(Atlas(atlas), MobCLIPConfig.model_validate_json(settings), out)
"""

POINTS = {
    "preparing": ("placeprint.models.mobclip.network", "line_factorised"),
    "line is done": ("placeprint.models.mobclip.fit", "MobCLIP"),
    "a checkpoint is written": ("placeprint.training.checkpoints", "save_file"),
    "training is done": ("placeprint.models.mobclip.fit", "Embedder.fit_embed"),
    "embedding": ("placeprint.models.fusion", "leading_eigenvectors"),
    "weights are written": ("placeprint.models.mobclip.weights", "save_file"),
    "embeddings are written": ("placeprint.models.run_folder", "write_vectors"),
    "all but the manifest is written": ("placeprint.models.run_folder", "RunFolder._manifest"),
}


STEPS = 4
"""Of each epoch below; the validation takes one batch."""

AMID = {
    "the first epoch's checkpoint is written": ("_train_epoch", 1),
    "amid the second epoch": ("_loss", STEPS + 1 + STEPS // 2),
}
"""Methods of the trainer, and how many of their calls are survived."""


def kill(
    atlas: Atlas, out: Path, config: MobCLIPConfig, module: str, name: str, calls: int
) -> None:
    """Train in another process, which is killed; sums are those of as many threads as here."""
    given = [str(atlas.path), str(out), config.model_dump_json(), module, name, str(calls)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *given],
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert not (out / "run.json").exists()


def same(out: Path, expected: Path) -> None:
    """Both folders hold the same outputs, and the first nothing besides."""
    for name in OUTPUTS:
        assert cmp(out / name, expected / name, shallow=False), name
    assert not {path.name for path in out.iterdir()} - {path.name for path in expected.iterdir()}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.slow
def test_killed_and_resumed_equals_never_killed(
    simulated_run: Run, simulated_atlas: Atlas, short: MobCLIPConfig, tmp_path: Path, point: str
) -> None:
    out = tmp_path / "run"
    kill(simulated_atlas, out, short, *POINTS[point], calls=0)
    train(simulated_atlas, short, out, resume=True)
    same(out, simulated_run.path)


@pytest.fixture(scope="module")
def stepwise(short: MobCLIPConfig) -> MobCLIPConfig:
    """A training whose epochs have several steps."""
    training = short.training.model_copy(update={"batch_size": 64})
    return short.model_copy(update={"training": training})


@pytest.fixture(scope="module")
def stepwise_run(
    simulated_atlas: Atlas, stepwise: MobCLIPConfig, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    return train(simulated_atlas, stepwise, tmp_path_factory.mktemp("stepwise") / "run")


@pytest.mark.parametrize("point", AMID)
@pytest.mark.slow
def test_killed_amid_training_and_resumed_trains_on_to_the_same_bytes(
    simulated_atlas: Atlas,
    stepwise: MobCLIPConfig,
    stepwise_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    out, (method, calls) = tmp_path / "run", AMID[point]
    kill(simulated_atlas, out, stepwise, "placeprint.training.trainer", f"Trainer.{method}", calls)
    losses: list[torch.Tensor] = []
    loss = Trainer._loss

    def counted(trainer: Trainer, batch: torch.Tensor) -> torch.Tensor:
        losses.append(batch)
        return loss(trainer, batch)

    monkeypatch.setattr(Trainer, "_loss", counted)
    train(simulated_atlas, stepwise, out, resume=True)
    assert len(losses) == 2 * (STEPS + 1)  # the second and the third epoch are trained
    same(out, stepwise_run.path)


def test_line_is_not_computed_again(
    simulated_atlas: Atlas, short: MobCLIPConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fit, "Alignment", _stop)
        with pytest.raises(KeyboardInterrupt):
            train(simulated_atlas, short, tmp_path / "run")
    monkeypatch.setattr(fit, "node_features", _stop)
    assert train(simulated_atlas, short, tmp_path / "run", resume=True).embeddings.shape[1] == 16


@pytest.mark.parametrize(
    "error", [MemoryError("Unable to allocate 9. TiB"), RuntimeError("can't allocate memory: 9")]
)
def test_memory_that_runs_out_ends_with_what_to_change(
    simulated_atlas: Atlas,
    short: MobCLIPConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def exhausted(*given: object, **named: object) -> None:
        raise error

    monkeypatch.setattr(fit, "read_views", exhausted)
    with pytest.raises(
        PlaceprintError, match=r"allocate.*a smaller training\.batch_size.*--resume"
    ):
        train(simulated_atlas, short, tmp_path / "run")


def test_other_errors_are_left_as_they_are(
    simulated_atlas: Atlas, short: MobCLIPConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **named: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(fit, "read_views", broken)
    with pytest.raises(RuntimeError, match=r"^a bug$"):
        train(simulated_atlas, short, tmp_path / "run")


def _stop(*given: object, **named: object) -> None:
    raise KeyboardInterrupt
