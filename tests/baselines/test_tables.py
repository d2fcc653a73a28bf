import numpy as np
import pandas as pd
import pytest

from placeprint.baselines import (
    coordinate_features,
    flow_features,
    line_features,
    pca_features,
    raw_features,
    raw_with_flows,
)
from placeprint.errors import InputError
from placeprint.mobility import MobilityGraph, directed_matrix, line_factorised

IDS = pd.Index([f"{number:02d}" for number in range(30)], name="region_id")


def random_edges(n=200):
    generator = np.random.default_rng(0)
    ends = generator.choice(IDS[:-1], (n, 2))
    weight = generator.integers(1, 90, n).astype(float)
    return pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "weight": weight})


def test_coordinates_are_checked_and_kept():
    table = pd.DataFrame({"lat": [60.2], "lon": [24.9], "name": ["x"]}, index=["h"])
    features = coordinate_features(table)
    assert features.columns.tolist() == ["lon", "lat"]
    assert features.loc["h"].tolist() == pytest.approx([24.9, 60.2])
    with pytest.raises(InputError, match="look swapped"):
        coordinate_features(pd.DataFrame({"lon": [40.7], "lat": [-114.0]}))


def test_raw_features_leave_absent_absent():
    poi = pd.DataFrame({"x": [1.0, 2.0]}, index=["b", "zz"])
    image = pd.DataFrame({"x": [5.0], "y": [6.0]}, index=["a"])
    raw = raw_features({"poi": poi, "image": image}, pd.Index(["a", "b", "c"]))
    assert raw.columns.tolist() == ["poi.x", "image.x", "image.y"]
    expected = [[np.nan, 5, 6], [1, np.nan, np.nan], [np.nan] * 3]
    np.testing.assert_array_equal(raw.to_numpy(), expected)
    with pytest.raises(InputError, match="poi: region b has two rows"):
        raw_features({"poi": pd.concat([poi, poi])}, pd.Index(["b"]))
    with pytest.raises(InputError, match="no modality"):
        raw_features({}, IDS)


@pytest.mark.parametrize("dim", [3, 50])
def test_pca_equals_the_dense_decomposition(dim):
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 8)) * generator.uniform(1, 100, 8)
    values[generator.random(values.shape) < 0.2] = np.nan
    values[:, 4] = 7.0
    values[-1] = np.nan
    components = pca_features(pd.DataFrame(values, index=IDS), dim)
    assert components.index.tolist() == IDS[:-1].tolist()
    known = np.delete(values[:-1], 4, axis=1)
    scaled = (known - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0)
    left, singular, _ = np.linalg.svd(np.nan_to_num(scaled), full_matrices=False)
    rank = min(dim, 7)
    expected = left[:, :rank] * singular[:rank]
    np.testing.assert_allclose(np.abs(components), np.abs(expected), rtol=1e-4, atol=1e-4)
    assert components.to_numpy().dtype == np.float32


def test_line_features_are_line_without_the_untied():
    graph = MobilityGraph.from_edges(random_edges(), IDS)
    features = line_features(graph, 4, negatives=1)
    assert features.index.tolist() == IDS[:-1].tolist()
    np.testing.assert_array_equal(features, line_factorised(graph, 4, negatives=1)[:-1])


@pytest.mark.parametrize("rank", [4, 64])
def test_flow_features_equal_the_dense_decomposition(rank):
    edges = random_edges()
    logs = np.log1p(directed_matrix(edges, IDS).toarray())
    out, into = logs.sum(axis=1, keepdims=True), logs.sum(axis=0, keepdims=True)
    matrix = logs / np.sqrt(np.where(out > 0, out, 1) * np.where(into > 0, into, 1))
    left, values, right = np.linalg.svd(matrix)
    kept = min(rank, 30)
    expected = np.hstack([left[:, :kept] * values[:kept], right.T[:, :kept] * values[:kept]])
    features = flow_features(edges, IDS, rank)
    assert features.shape == (29, 2 * kept)
    np.testing.assert_allclose(np.abs(features), np.abs(expected[:-1]), atol=2e-3)
    # out and in share their signs, so that together they still make the flows
    vectors = features.to_numpy()
    remade = vectors[:, :kept] / np.maximum(values[:kept], 1e-6) @ vectors[:, kept:].T
    truncated = left[:, :kept] * values[:kept] @ right[:kept]
    np.testing.assert_allclose(remade, truncated[:-1, :-1], atol=2e-3)


def test_raw_with_flows_keeps_the_rows_of_raw():
    raw = raw_features({"poi": pd.DataFrame({"x": [1.0]}, index=["29"])}, IDS)
    joined = raw_with_flows(raw, flow_features(random_edges(), IDS, 4))
    assert joined.shape == (30, 9)
    assert joined.loc["29"].isna().sum() == 8
    assert not joined.loc["00"].filter(like="flows.").isna().any()
