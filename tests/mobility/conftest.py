import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array

from placeprint.mobility import MobilityGraph


def planted(n=600, communities=12, degree=40, inside=0.35, seed=0):
    """A weighted graph whose links prefer the own community: (graph, community of each region)."""
    generator = np.random.default_rng(seed)
    community = np.arange(n) * communities // n
    source = generator.integers(0, n, n * degree // 2)
    size = n // communities
    near = community[source] * size + generator.integers(0, size, len(source))
    far = generator.integers(0, n, len(source))
    target = np.where(generator.random(len(source)) < inside, near, far)
    ids = np.array([f"{number:04d}" for number in range(n)])
    weight = generator.integers(1, 4, len(source))
    edges = pd.DataFrame({"source": ids[source], "target": ids[target], "weight": weight})
    return MobilityGraph.from_edges(edges, list(ids)), community


def random_graph(n, density=0.2, seed=0, whole=True):
    """A graph with many equal weights; the last region is tied to none."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(1, 5, (n, n)) if whole else generator.random((n, n))
    dense = np.triu(weights * (generator.random((n, n)) < density), k=1).astype(float)
    dense[:, -1] = 0
    ids = pd.Index([f"{number:04d}" for number in range(n)], name="region_id")
    return MobilityGraph(ids, csr_array(dense + dense.T), np.zeros(n))


@pytest.fixture(scope="session")
def communities():
    return planted()


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Matrices this small are faster on one thread, above all when tests run in parallel."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
