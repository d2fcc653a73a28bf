"""A training that is killed at any point and taken up again ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from placeprint.atlas import Atlas
from placeprint.errors import PlaceprintError
from placeprint.models import MobCLIPConfig, Run, train
from placeprint.models.mobclip import fit

OUTPUTS = ("embeddings.parquet", "model.safetensors", "history.csv", "config.json")

SCRIPT = """
import os, signal, sys
from placeprint.atlas import Atlas
from placeprint.models import MobCLIPConfig, train
import importlib

atlas, out, settings, module, name = sys.argv[1:6]

def killed(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

owner = importlib.import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
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


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.slow
def test_killed_and_resumed_equals_never_killed(
    simulated_run: Run, simulated_atlas: Atlas, short: MobCLIPConfig, tmp_path: Path, point: str
) -> None:
    out = tmp_path / "run"
    given = [str(simulated_atlas.path), str(out), short.model_dump_json(), *POINTS[point]]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *given],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert not (out / "run.json").exists()
    train(simulated_atlas, short, out, resume=True)
    for name in OUTPUTS:
        assert (out / name).read_bytes() == (simulated_run.path / name).read_bytes(), name
    left = {path.name for path in out.iterdir()} - {
        path.name for path in simulated_run.path.iterdir()
    }
    assert not left


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
