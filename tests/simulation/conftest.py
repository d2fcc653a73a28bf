from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.simulation import Country, found, simulate


@pytest.fixture(scope="session")
def country() -> Country:
    return found(1500, seed=1)


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("simulated") / "raw", cells=300, seed=3)
