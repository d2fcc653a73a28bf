from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.simulation.city import City, found_city, simulate_city


@pytest.fixture(scope="session")
def city() -> City:
    return found_city(400, seed=1)


@pytest.fixture(scope="session")
def raw_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_city(tmp_path_factory.mktemp("city") / "raw", blocks=60, seed=3)
