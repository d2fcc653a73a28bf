from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from safetensors.torch import load_file

from placeprint.atlas import Atlas
from placeprint.building import build
from placeprint.models.urbanmfm.city import City, read_city
from placeprint.models.urbanmfm.config import MacroSettings, StageSettings, UrbanMFMConfig
from placeprint.models.urbanmfm.fit import _network
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.stages import Sources
from placeprint.simulation import simulate_city

CONFIG = UrbanMFMConfig(
    dim=24,
    hidden=16,
    heads=2,
    text="static",
    outline_size=32,
    macro=MacroSettings(threshold=0.7),
    training=StageSettings(epochs=2, epoch_steps=1, learning_rate=1e-3),
)


@pytest.fixture(scope="session")
def raw(tmp_path_factory) -> Path:
    """A simulated town with every source, its images few."""
    folder = simulate_city(tmp_path_factory.mktemp("town") / "raw", blocks=30, seed=1)
    views = pd.read_csv(folder / "street_views.csv")
    views.head(120).to_csv(folder / "street_views.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def atlas(raw, tmp_path_factory) -> Atlas:
    return build(raw / "recipe.yaml", data=raw, out=tmp_path_factory.mktemp("town") / "atlas")


@pytest.fixture(scope="session")
def city(atlas) -> City:
    return read_city(atlas, CONFIG)


@pytest.fixture
def network(city) -> UrbanMFM:
    return _network(CONFIG, city)


@pytest.fixture
def sources(network, city, atlas) -> Sources:
    return Sources(network, city, atlas.regions.areas_km2().to_numpy())


def weights(run) -> dict:
    return load_file(run.path / "model.safetensors")
