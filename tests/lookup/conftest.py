"""A board of 5 × 4 rectangles with vectors, two of them without; H3 cells with vectors."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.regions import Regions

LACKING = ["r03", "r17"]


@pytest.fixture(scope="session")
def board() -> Regions:
    """West, south at 10° E, 50° N; rectangles of 0.2° × 0.1°, named row after row."""
    x, y = np.meshgrid(np.arange(5), np.arange(4))
    west, south = 10 + 0.2 * x.ravel(), 50 + 0.1 * y.ravel()
    ids = pd.Index([f"r{number:02d}" for number in range(20)], name="region_id", dtype=object)
    return Regions(gpd.GeoSeries(shapely.box(west, south, west + 0.2, south + 0.1), ids, crs=4326))


@pytest.fixture(scope="session")
def vectors(board: Regions) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    table = pd.DataFrame(values, board.ids, pd.Index(["a", "b", "c"], name="feature_id"))
    return table.drop(index=LACKING)


@pytest.fixture(scope="session")
def cells() -> pd.DataFrame:
    regions = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
    values = np.random.default_rng(1).normal(size=(len(regions), 3)).astype(np.float32)
    return pd.DataFrame(values, regions.ids, ["a", "b", "c"])
