from __future__ import annotations

import pytest
import torch

from placeprint.errors import InputError
from placeprint.training import chosen_device
from placeprint.training.devices import repeatable


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


def test_gradients_of_gathered_rows_add_up_in_the_same_order() -> None:
    """Many rows of few values, so that threads meet at every value."""
    torch.manual_seed(0)
    rows, weights = torch.randint(20, (200_000,)), torch.randn(200_000, 16)
    values = torch.zeros(20, 16, requires_grad=True)
    gradients = []
    with repeatable(torch.device("cpu")):
        for _ in range(5):
            (gradient,) = torch.autograd.grad((values[rows] * weights).sum(), values)
            gradients.append(gradient)
    assert all(torch.equal(gradients[0], other) for other in gradients[1:])


def test_settings_are_put_back() -> None:
    torch.utils.deterministic.fill_uninitialized_memory = True
    with repeatable(torch.device("cpu")):
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory
    with repeatable(torch.device("cuda")):
        assert not torch.are_deterministic_algorithms_enabled()
