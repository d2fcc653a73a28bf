from __future__ import annotations

import pytest
import torch
from torch import nn

from placeprint.errors import InputError
from placeprint.training import Trainer, TrainingSettings

SETTINGS = TrainingSettings(epochs=12, batch_size=16, learning_rate=0.05)


class Regression:
    """Recover a planted linear map."""

    def __init__(self, model: nn.Module) -> None:
        generator = torch.Generator().manual_seed(1)
        self.model = model
        self.x = torch.randn(80, 5, generator=generator)
        self.y = self.x @ torch.arange(5.0)[:, None]
        self.samples = torch.arange(80)

    def start(self, epoch):
        pass

    def __call__(self, batch):
        return ((self.model(self.x[batch]) - self.y[batch]) ** 2).mean()


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(5, 1)


def trainer(network, path=None, settings=SETTINGS, request="r") -> Trainer:
    return Trainer(network, Regression(network), settings, checkpoint=path, request=request)


def test_learns_the_planted_map() -> None:
    network = model()
    history = trainer(network, settings=SETTINGS.model_copy(update={"epochs": 150})).fit()
    assert history["validation"].min() < 0.01
    torch.testing.assert_close(network.weight[0], torch.arange(5.0), atol=0.1, rtol=0)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 4])
def test_resuming_equals_never_stopping(tmp_path, monkeypatch, stop_after) -> None:
    whole = model()
    expected = trainer(whole).fit()
    path = tmp_path / "checkpoint.safetensors"
    interrupted = trainer(model(), path)
    train_epoch = interrupted._train_epoch

    def stopping(samples, optimizer, epoch):
        if epoch > stop_after:
            raise Stopped
        return train_epoch(samples, optimizer, epoch)

    monkeypatch.setattr(interrupted, "_train_epoch", stopping)
    with pytest.raises(Stopped):
        interrupted.fit()
    resumed = model()
    history = trainer(resumed, path).fit(resume=True)
    assert history.to_dict() == expected.to_dict()
    assert torch.equal(resumed.weight, whole.weight)


def test_a_checkpoint_of_something_else_is_refused(tmp_path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    trainer(model(), path).fit()
    with pytest.raises(InputError, match="another atlas or with another configuration"):
        trainer(model(), path, request="other").fit(resume=True)


def test_stops_early_and_keeps_the_best_weights() -> None:
    network = model()
    settings = TrainingSettings(epochs=500, batch_size=80, learning_rate=5.0, patience=3)
    history = trainer(network, settings=settings).fit()
    best = history["validation"].idxmin()
    assert len(history) == best + 1 + 3
    objective = Regression(network)
    _, held_out = Trainer(network, objective, settings)._split()
    assert objective(held_out).item() == pytest.approx(history["validation"].min())


def test_decay_is_on_matrices_only() -> None:
    groups = trainer(model())._optimizer().param_groups
    assert [(group["weight_decay"], group["params"][0].ndim) for group in groups] == [
        (1e-3, 2),
        (0.0, 1),
    ]


def test_what_falls_too_slowly_has_converged() -> None:
    """A loss that falls by less than the tolerance a patience long ends the training."""
    slow = SETTINGS.model_copy(update={"epochs": 200, "patience": 3, "tolerance": 0.02})
    history = trainer(model(), settings=slow).fit()
    assert len(history) < 200
    losses = history["validation"].tolist()
    assert losses[-1] >= 0.98 * losses[-4] or min(losses) < losses[-1]
    patient = slow.model_copy(update={"tolerance": 0.0})
    assert len(trainer(model(), settings=patient).fit()) > len(history)


def test_the_rate_rises_and_falls(monkeypatch) -> None:
    settings = SETTINGS.model_copy(update={"schedule": "linear", "warmup": 0.25, "epochs": 4})
    rates = []
    training = trainer(model(), settings=settings)
    optimizer = training._optimizer()
    step = optimizer.step
    monkeypatch.setattr(
        optimizer, "step", lambda: (rates.append(optimizer.param_groups[0]["lr"]), step())
    )
    monkeypatch.setattr(training, "_optimizer", lambda: optimizer)
    training.fit()
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(settings.learning_rate, rel=0.01)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
