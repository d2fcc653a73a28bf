"""What a training is said to take."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig, read_config
from placeprint.models.mobclip.estimate import Estimate, Rates, announce, estimate
from placeprint.models.mobclip.pace import Paced

RATES = Rates(multiplications=1e11, bytes=1e10)


def settings(*given: str) -> MobCLIPConfig:
    return read_config(MobCLIPConfig, settings=list(given))


def test_counts_come_from_the_atlas(simulated_atlas: Atlas) -> None:
    found = estimate(simulated_atlas, settings("training.batch_size=100"), RATES)
    assert found.regions == len(simulated_atlas.region_ids)
    assert found.links == simulated_atlas.layer("graphs/mobility")["rows"]
    assert found.modalities == ("demographics", "image", "poi")
    assert found.steps == 3  # 225 of 249 regions are trained on
    assert list(found.seconds) == ["LINE", "training", "embedding"]


def test_twice_the_work_takes_twice_the_time(simulated_atlas: Atlas) -> None:
    one = estimate(simulated_atlas, settings("training.epochs=10"), RATES)
    two = estimate(simulated_atlas, settings("training.epochs=20"), RATES)
    fast = estimate(simulated_atlas, settings("training.epochs=10"), Rates(2e11, 2e10))
    assert two.seconds["training"] == pytest.approx(2 * one.seconds["training"])
    assert two.seconds["LINE"] == one.seconds["LINE"]
    assert fast.seconds["training"] == pytest.approx(one.seconds["training"] / 2)


def test_without_a_graph_there_is_no_line(simulated_atlas: Atlas) -> None:
    found = estimate(simulated_atlas, settings("graph=null", "anchor=poi"), RATES)
    assert (found.links, found.seconds["LINE"]) == (0, 0)
    assert "links" not in str(found)


def test_errors_come_before_work(simulated_atlas: Atlas) -> None:
    with pytest.raises(InputError, match="no modality 'poy'"):
        estimate(simulated_atlas, settings("modalities=[poy]"), RATES)


def test_the_measured_rates_are_those_of_a_computer() -> None:
    rates = Rates.measure()
    assert 1e8 < rates.multiplications < 1e16
    assert 1e7 < rates.bytes < 1e14


NATION = Estimate(
    regions=195_574,
    links=15_600_000,
    modalities=("image", "poi"),
    epochs=100,
    steps=9,
    seconds={"LINE": 40.0, "training": 7200.0, "embedding": 130.0},
    memory=3.4e9,
    available=16_000_000_000,
)


def test_what_is_said() -> None:
    assert str(NATION).splitlines() == [
        "195,574 regions, 15,600,000 links; image, poi; at most 100 epochs of 9 steps",
        "about 2.0 h (LINE 40 s, training 2.0 h, embedding 2 min) and 3.4 GB of memory, of 16.0 GB",
    ]


def test_too_little_memory_is_said_before_it_runs_out(capsys: pytest.CaptureFixture[str]) -> None:
    announce(replace(NATION, available=2_000_000_000))
    assert "memory will hardly suffice. To mend it: train on a machine" in capsys.readouterr().err
    assert replace(NATION, available=None).suffices
    assert "of an unknown amount" in str(replace(NATION, available=None))


class Still:
    samples = torch.arange(4)

    def start(self, epoch: int) -> None:
        self.epoch = epoch

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        return batch.sum()


def test_the_time_of_steps_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 9.0, 10.0, 12.0, 20.0, 40.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    objective = Paced(Still(), steps=600)
    batch = torch.tensor([1, 2])
    objective.start(1)
    assert objective(batch) == 3  # at 0
    objective.start(0)
    objective(batch)  # at 9: the step took 9 s
    objective(batch)  # at 10, within the validation
    objective.start(2)
    objective(batch)  # at 12
    assert not capsys.readouterr().err
    objective(batch)  # at 20: the second step took 8 s
    objective(batch)
    assert capsys.readouterr().err == "a step takes 8.0 s: training 80 min at most\n"
