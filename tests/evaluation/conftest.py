"""A small study area: 77 regions in seven states, with values that its vectors explain in part."""

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation import Places, Task

N = 77


@pytest.fixture
def places() -> Places:
    ids = pd.Index([f"r{i:02d}" for i in range(N)], name="region_id")
    state = pd.Series(np.repeat(list("abcdefg"), 11), index=ids)
    rng = np.random.default_rng(0)
    centroids = pd.DataFrame({"lon": rng.uniform(5, 9, N), "lat": rng.uniform(45, 49, N)}, ids)
    return Places.from_centroids(centroids, {"state": state})


@pytest.fixture
def vectors(places: Places) -> pd.DataFrame:
    values = np.random.default_rng(1).normal(size=(N, 5)).astype(np.float32)
    return pd.DataFrame(values, index=places.region_ids)


@pytest.fixture
def make_task(places: Places):
    def make(name: str, values, **settings) -> Task:
        table = pd.DataFrame({"value": np.asarray(values, dtype=float)}, index=places.region_ids)
        return Task(name, "region", "county", table, **settings)

    return make
