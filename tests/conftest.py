"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import placeprint as pp

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models import MobCLIPConfig, Run

# A busy machine is no error: time is for benchmarks, tests are about what is true. The same
# examples are tried every time; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

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
    return pp.simulate(tmp_path_factory.mktemp("simulated") / "raw", cells=250, seed=0)


@pytest.fixture(scope="session")
def simulated_atlas(simulated: Path) -> Atlas:
    """The atlas of that country; 13 cells have no demographics."""
    return pp.build(simulated / "recipe.yaml", data=simulated, out=simulated.parent / "atlas")


@pytest.fixture(scope="session")
def short() -> MobCLIPConfig:
    """A training of three epochs, 16 dimensions."""
    return pp.MobCLIPConfig.model_validate({"dim": 16, "training": {"epochs": 3}})


@pytest.fixture(scope="session")
def simulated_run(simulated_atlas: Atlas, short: MobCLIPConfig) -> Run:
    """A short training on that country."""
    return pp.train(simulated_atlas, short, simulated_atlas.path.parent / "run")
