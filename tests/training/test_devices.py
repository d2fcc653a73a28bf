from __future__ import annotations

import pytest
import torch

from placeprint.errors import InputError
from placeprint.training import chosen_device


@pytest.fixture
def gpus(monkeypatch):
    """A machine of two GPUs, as far as is asked."""
    taken = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    return taken


def test_a_gpu_where_there_is_one(monkeypatch, gpus) -> None:
    assert chosen_device("cpu") == torch.device("cpu")
    assert chosen_device("auto") == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert chosen_device("cuda") == torch.device("cuda", 1)
    assert gpus == [0, 1]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(InputError, match="GPU 2 is asked for, torch finds 2"):
        chosen_device("auto")


def test_without_a_gpu(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert chosen_device() == torch.device("cpu")
    with pytest.raises(InputError, match="torch finds 0"):
        chosen_device("cuda")
    with pytest.raises(InputError, match="no device 'gpu'"):
        chosen_device("gpu")
