import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation import baselines_for
from placeprint.evaluation.samples import check_vectors

N = 60


class FakeAtlas:
    """The reading side of an atlas, in memory: two modalities, one of them partial, one graph."""

    entity_names = ()
    has_coordinates = has_outlines = True
    region_ids = pd.Index([f"r{i:02d}" for i in range(N)], name="region_id")

    def __init__(self, feature_names=("poi", "image")):
        self.feature_names = feature_names
        self.rng = np.random.default_rng(0)

    @property
    def regions(self):
        return self

    def centroids(self):
        columns = {"lon": self.rng.uniform(5, 9, N), "lat": self.rng.uniform(45, 49, N)}
        return pd.DataFrame(columns, index=self.region_ids)

    def features(self, name):
        ids = self.region_ids if name == "poi" else self.region_ids[:40]
        return pd.DataFrame(self.rng.normal(size=(len(ids), 6)).astype(np.float32), index=ids)

    def graph(self, name):
        source, target = self.rng.choice(self.region_ids[:50], (2, 400))
        edges = pd.DataFrame({"source": source, "target": target, "weight": 1.0})
        return edges[edges["source"] != edges["target"]]


def test_every_baseline_can_be_scored():
    atlas = FakeAtlas()
    models = baselines_for(atlas, dim=8, graph="flows")
    assert list(models) == [
        "coordinates",
        "spherical_harmonics",
        "raw",
        "pca",
        "line",
        "raw+flows",
    ]
    for name, vectors in models.items():
        check_vectors(name, vectors, atlas.region_ids)
    assert models["pca"].shape == (N, 8)
    assert models["line"].shape[1] == 8
    assert len(models["line"]) <= 50
    assert models["raw+flows"].shape[1] > models["raw"].shape[1] == 12


@pytest.mark.parametrize(
    ("features", "graph", "expected"),
    [
        ((), "flows", {"line"}),
        (("poi",), None, {"raw", "pca"}),
        ((), None, set()),
    ],
)
def test_what_the_atlas_lacks_is_left_out(features, graph, expected):
    models = baselines_for(FakeAtlas(features), dim=8, graph=graph)
    assert set(models) == {"coordinates", "spherical_harmonics"} | expected
