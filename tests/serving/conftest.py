"""A service of the simulated country, asked in one process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from placeprint.serving import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from placeprint.models import Run


@pytest.fixture(scope="session")
def app(simulated_run: Run) -> FastAPI:
    """The service, with a probe of a label of regions, of units and of points."""
    names = {simulated_run.atlas.region_ids[0]: "First <b>Town</b>"}
    return create_app(simulated_run, predict=["POP", "EDU", "ELE"], names=names)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Asks it; an error on its side is an answer, as it is over the network."""
    from fastapi.testclient import TestClient

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def a_place(simulated_run: Run) -> tuple[str, list[float]]:
    """A region and a point in it, longitude first."""
    centres = simulated_run.atlas.regions.centroids()
    return str(centres.index[100]), centres.iloc[100].tolist()
