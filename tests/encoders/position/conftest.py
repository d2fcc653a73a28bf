"""A network, and an encoder of a box, for the tests of coordinate encoders."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.encoders.position.dilation import Dilation
from placeprint.encoders.position.encoder_files import write_encoder
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.regions import Regions

BOX = (-75.0, 40.0, -73.0, 41.0)


def _random_network(
    degree: int,
    widths: tuple[int, ...] = (33, 24, 17),
    dim: int = 5,
    dilation: Dilation | None = None,
    seed: int = 0,
) -> PositionNetwork:
    generator = np.random.default_rng(seed)
    sizes = [degree**2, *widths, dim]
    weights, biases = [], []
    for inputs, outputs in pairwise(sizes):
        drawn = generator.normal(size=(inputs, outputs)) * np.sqrt(2 / inputs)
        weights.append(drawn.astype(np.float32))
        biases.append(generator.normal(size=outputs).astype(np.float32) / 10)
    return PositionNetwork(degree, tuple(weights), tuple(biases), dilation)


def _plainly(network: PositionNetwork, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The formula, layer by layer, in double precision."""
    hidden = network.inputs(lon, lat)
    for number, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        heard = np.maximum(hidden, 0) if number else hidden
        hidden = heard @ weight.astype(np.float64) + bias
    return hidden


@pytest.fixture(scope="session")
def random_network() -> Callable[..., PositionNetwork]:
    """Makes a network with weights at random."""
    return _random_network


@pytest.fixture(scope="session")
def plainly() -> Callable[..., np.ndarray]:
    """What a network gives by its formula."""
    return _plainly


@pytest.fixture(scope="session")
def box_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of the box, untrained."""
    folder = tmp_path_factory.mktemp("encoder") / "box"
    ids = pd.Index(["box"], name="region_id")
    area = CoveredArea.of(Regions.from_polygons(ids, np.array([shapely.box(*BOX)])))
    mean, scale = np.arange(5.0), np.arange(1.0, 6.0)
    write_encoder(folder, _random_network(6), (mean, scale), area, {"teacher": {"regions": 1}})
    return folder
