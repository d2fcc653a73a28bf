from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn, optim

from placeprint.errors import PlaceprintError
from placeprint.training import checkpoints
from placeprint.training.checkpoints import (
    CheckpointFile,
    Progress,
    load_checkpoint,
    save_checkpoint,
)

sys.path.insert(0, str(Path(__file__).parent))
from killed import fitted


def state() -> tuple[nn.Module, dict[str, torch.Tensor], optim.Optimizer]:
    model = nn.Linear(3, 2)
    optimizer = optim.AdamW(model.parameters(), fused=True)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    best = {name: value + 1 for name, value in model.state_dict().items()}
    return model, best, optimizer


@pytest.mark.parametrize("best_epoch", [3, 5])
def test_what_is_saved_is_loaded(tmp_path, best_epoch) -> None:
    model, best, optimizer = state()
    if best_epoch == 5:  # the best weights are the present ones
        best = {name: value.clone() for name, value in model.state_dict().items()}
    saved = Progress("r", epoch=5, best_epoch=best_epoch, best_loss=0.5, history=[{"epoch": 5}])
    save_checkpoint(tmp_path / "c", model, best, optimizer, saved)
    other, _, fresh = state()
    progress, found = load_checkpoint(tmp_path / "c", other, fresh, "r")
    assert progress == saved
    for name, value in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)
        assert torch.equal(found[name], best[name])
    for one, two in zip(
        optimizer.state_dict()["state"].values(), fresh.state_dict()["state"].values()
    ):
        assert all(torch.equal(one[key], two[key]) for key in one)
    assert ("best.weight" in load_file(tmp_path / "c")) == (best_epoch == 3)


@pytest.fixture
def one_thread():
    """Sums of another number of threads round differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_killed_at_any_point_it_ends_with_the_same_bytes(tmp_path) -> None:
    expected, history = fitted(None)
    path = tmp_path / "checkpoint.safetensors"
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), str(path)]
    for _ in range(2):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
        while process.poll() is None:  # until it has come further
            if path.exists() and path.stat().st_mtime_ns > before:
                break
            time.sleep(0.001)
        process.kill()
        assert process.wait() != 0
        assert 0 < len(fewer_epochs(path)) < len(history)
    resumed, found = fitted(path)
    assert found == history
    assert torch.equal(resumed.weight, expected.weight)
    assert torch.equal(resumed.bias, expected.bias)


def fewer_epochs(path: Path) -> list[dict[str, float]]:
    model = nn.Linear(300, 200)
    progress, _ = load_checkpoint(path, model, optim.AdamW(model.parameters(), fused=True), "")
    return progress.history


def test_a_full_disk_is_told_and_leaves_the_old_checkpoint(tmp_path, monkeypatch) -> None:
    model, best, optimizer = state()
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, model, best, optimizer, Progress("r", epoch=1))
    old = path.read_bytes()

    def full(tensors, file, metadata):
        Path(file).write_bytes(b"half of it")
        raise SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        )

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(PlaceprintError, match="the disk is full"):
        save_checkpoint(path, model, best, optimizer, Progress("r", epoch=2))
    assert path.read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_writing_takes_a_small_share_of_the_time(tmp_path, monkeypatch) -> None:
    clock, written = [0.0], []

    def slow(*given) -> None:
        written.append(clock[0])
        clock[0] += 10

    monkeypatch.setattr(checkpoints, "save_checkpoint", slow)
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: clock[0])
    file = CheckpointFile(tmp_path / "c")
    model, best, optimizer = state()
    for epoch in range(100):
        clock[0] += 30
        file.save(model, best, optimizer, Progress("r"), finished=epoch == 99)
    assert written[0] == 30  # the first one at once, which tells how long it takes
    assert written[1] - written[0] >= 10 / checkpoints.LARGEST_SHARE
    assert 10 < len(written) < 25
    assert clock[0] - written[-1] == 10  # the last one in any case
