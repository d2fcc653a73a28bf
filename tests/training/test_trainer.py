from __future__ import annotations

from contextlib import contextmanager

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
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


@pytest.mark.parametrize(("epoch_steps", "passes"), [(1, 1), (5, 1), (6, 2), (12, 3)])
def test_few_samples_are_passed_over_several_times_an_epoch(epoch_steps, passes) -> None:
    seen = []

    class Counted(Regression):
        def __call__(self, batch):
            seen.append(batch)
            return super().__call__(batch)

    network = model()
    settings = SETTINGS.model_copy(update={"epochs": 1, "epoch_steps": epoch_steps})
    Trainer(network, Counted(network), settings).fit()
    trained, validated = seen[:-1], seen[-1]
    assert len(trained) == 5 * passes  # 72 samples in batches of 16
    assert len(validated) == 8
    counts = torch.cat(trained).bincount(minlength=80)
    assert counts.sum() == 72 * passes
    assert counts[validated].sum() == 0
    assert set(counts.tolist()) == {0, passes}


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 4])
def test_resuming_equals_never_stopping(tmp_path, monkeypatch, stop_after) -> None:
    whole = model()
    expected = trainer(whole).fit()
    path = tmp_path / "checkpoint.safetensors"
    interrupted = trainer(model(), path)
    train_epoch = interrupted._train_epoch

    def stopping(samples, optimizer, epoch, stepped):
        if epoch > stop_after:
            raise Stopped
        return train_epoch(samples, optimizer, epoch, stepped)

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


class Contrast(Regression):
    """A contrast over a few samples: of a single one it is 0, whatever the weights."""

    def __init__(self, model: nn.Module, count: int) -> None:
        super().__init__(model)
        self.samples = torch.arange(count)

    def __call__(self, batch):
        anchor, positive = self.model(self.x[batch]), self.y[batch] / 4
        return nn.functional.cross_entropy(anchor @ positive.T, torch.arange(len(batch)))


@pytest.mark.parametrize(("count", "held_out"), [(9, 0), (40, 0), (74, 0), (75, 8), (80, 8)])
def test_too_few_to_hold_out_are_all_trained_on(count, held_out) -> None:
    network = model()
    _, samples = Trainer(network, Contrast(network, count), SETTINGS)._split()
    assert len(samples) == held_out


def test_few_samples_are_trained_to_the_end_and_keep_the_last_weights(tmp_path) -> None:
    whole = model()
    settings = SETTINGS.model_copy(update={"patience": 2, "tolerance": 1e-3})
    history = Trainer(whole, Contrast(whole, 9), settings).fit()
    assert len(history) == settings.epochs
    assert history["validation"].isna().all()
    assert history["training"].iloc[-1] < 0.9 * history["training"].iloc[0]
    shorter = model()
    path = tmp_path / "checkpoint.safetensors"
    Trainer(shorter, Contrast(shorter, 9), settings, checkpoint=path).fit()
    assert torch.equal(shorter.weight, whole.weight)
    last = load_file(path)
    assert torch.equal(last["model.weight"], whole.weight)
    assert "best.weight" not in last  # they are the model's


def test_few_samples_are_resumed_alike(tmp_path, monkeypatch) -> None:
    whole, path = model(), tmp_path / "checkpoint.safetensors"
    expected = Trainer(whole, Contrast(whole, 9), SETTINGS).fit()
    network = model()
    interrupted = Trainer(network, Contrast(network, 9), SETTINGS, checkpoint=path)
    train_epoch = interrupted._train_epoch

    def stopping(samples, optimizer, epoch, stepped):
        if epoch > 5:
            raise Stopped
        return train_epoch(samples, optimizer, epoch, stepped)

    monkeypatch.setattr(interrupted, "_train_epoch", stopping)
    with pytest.raises(Stopped):
        interrupted.fit()
    resumed = model()
    history = Trainer(resumed, Contrast(resumed, 9), SETTINGS, checkpoint=path).fit(resume=True)
    pd.testing.assert_frame_equal(history, expected)
    assert torch.equal(resumed.weight, whole.weight)


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


def test_progress_moves_with_every_step_and_goes_on_where_it_was(tmp_path, monkeypatch) -> None:
    totals, notes = [], []

    class Seen:
        def advance(self, steps=1, note=""):
            totals[-1][1] += steps
            notes.append(note)

    @contextmanager
    def seen(title, total):
        totals.append([total, 0])
        yield Seen()

    monkeypatch.setattr("placeprint.training.trainer.track", seen)
    path = tmp_path / "checkpoint.safetensors"
    short = SETTINGS.model_copy(update={"epochs": 3, "patience": 99})
    trainer(model(), path, settings=short).fit()
    trainer(model(), path, settings=short.model_copy(update={"epochs": 5})).fit(resume=True)
    assert totals == [[3 * 5, 3 * 5], [5 * 5, 5 * 5]]  # 72 of 80 samples are 5 batches of 16
    assert notes[1] == "epoch 1"
    assert notes[6].startswith("epoch 2, validation loss ")
