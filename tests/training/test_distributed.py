from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from placeprint.training import symmetric_info_nce

sys.path.insert(0, str(Path(__file__).parent))
from two_processes import SPLITS, pairs, trained


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[dict[str, torch.Tensor]]:
    """What each of two processes found, joined by gloo."""
    folder = tmp_path_factory.mktemp("two")
    script = Path(__file__).with_name("two_processes.py")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *launcher, str(script), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / "checkpoint-0.safetensors").exists()
    assert not (folder / "checkpoint-1.safetensors").exists()  # the first alone writes
    return [load_file(folder / f"found-{rank}.safetensors") for rank in range(2)]


@pytest.mark.parametrize("number", range(len(SPLITS)))
def test_loss_and_gradients_are_those_of_a_single_process(found, number) -> None:
    leaves = [tensor.requires_grad_() for tensor in pairs()]
    loss = symmetric_info_nce(*leaves)
    loss.backward()
    ours = [{key: one[f"{number}.{key}"] for key in ("anchor", "other", "tau")} for one in found]
    for one in found:
        torch.testing.assert_close(one[f"{number}.loss"], loss.detach(), rtol=1e-6, atol=0)
    for name, leaf in zip(("anchor", "other"), leaves):
        joined = torch.cat([one[name] for one in ours])
        assert (joined - leaf.grad).norm() < 1e-6 * leaf.grad.norm()
    by_tau = sum(one["tau"] for one in ours)
    torch.testing.assert_close(by_tau, leaves[2].grad, rtol=1e-6, atol=0)


def test_a_training_is_that_of_a_single_process(found) -> None:
    expected = trained()
    for name, value in expected.items():
        assert torch.equal(found[0][name], found[1][name])
        torch.testing.assert_close(found[0][name], value, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[0]["losses"], expected["losses"], rtol=1e-5, atol=0)
