"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.atlas import Atlas
from placeprint.building import build
from placeprint.models import MobCLIPConfig, Run, train
from placeprint.simulation import simulate
from placeprint.training import TrainingSettings

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data beside the project."""
    if not DATA.is_dir():
        pytest.skip(f"the real data folder {DATA} is absent")
    return DATA


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of a simulated country of about 250 cells."""
    return simulate(tmp_path_factory.mktemp("simulated") / "raw", cells=250, seed=0)


@pytest.fixture(scope="session")
def simulated_atlas(simulated: Path) -> Atlas:
    """The atlas of that country; 13 cells have no demographics."""
    return build(simulated / "recipe.yaml", data=simulated, out=simulated.parent / "atlas")


@pytest.fixture(scope="session")
def short() -> MobCLIPConfig:
    """A training of three epochs, 16 dimensions."""
    return MobCLIPConfig(dim=16, training=TrainingSettings(epochs=3))


@pytest.fixture(scope="session")
def simulated_run(simulated_atlas: Atlas, short: MobCLIPConfig) -> Run:
    """A short training on that country."""
    return train(simulated_atlas, short, simulated_atlas.path.parent / "run")
