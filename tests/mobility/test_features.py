import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.mobility import directed_matrix, flow_profile
from placeprint.mobility.distance import haversine_km

IDS = [f"{number:02d}" for number in range(25)]


@pytest.fixture(scope="module")
def edges():
    generator = np.random.default_rng(0)
    ends = generator.choice(IDS[:-1], (160, 2))
    weight = generator.integers(1, 50, 160).astype(float)
    return pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "weight": weight})


@pytest.fixture(scope="module")
def centroids():
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {"lon": generator.uniform(5, 15, 25), "lat": generator.uniform(50, 60, 25)}, index=IDS
    )


def quantile(values, shares, level):
    order = np.argsort(values, kind="stable")
    position = np.flatnonzero(np.cumsum(shares[order]) >= level - 1e-9)[0]
    return values[order][position]


def slow_profile(W, centroids):
    """The documented statistics, region by region."""
    off = W * (1 - np.eye(len(W)))
    both = off + off.T
    ties = np.zeros_like(both)
    for u, row in enumerate(both):
        for v in sorted(np.flatnonzero(row), key=lambda v: (-row[v], v))[:10]:
            ties[u, v] = 1
    rows = []
    for u in range(len(W)):
        record = {}
        out, into = off[u].sum(), off[:, u].sum()
        top = np.flatnonzero(ties[u])
        pairs = [ties[j, k] for j in top for k in top if j != k]
        record["self_share"] = W[u, u] / (W[u, u] + out) if W[u, u] else 0
        record["reciprocity"] = np.minimum(off[u], off[:, u]).sum() / out if out else 0
        record["balance"] = (into - out) / (into + out) if into + out else 0
        record["clustering"] = np.mean(pairs) if pairs else 0
        for way, weights in (("out", off[u]), ("in", off[:, u])):
            partners = np.flatnonzero(weights)
            names = ["log_strength", "log_degree", "entropy", "evenness", "top1", "top3", "top10"]
            names += [f"{x}_{y}" for x in ("partner", "km") for y in ("mean", "q10", "q50", "q90")]
            record |= dict.fromkeys([f"{way}_{name}" for name in [*names, "km_sd"]], 0.0)
            if not len(partners):
                continue
            p = weights[partners] / weights.sum()
            size = np.log1p(both.sum(axis=1)[partners])
            here, there = centroids.iloc[u], centroids.iloc[partners]
            km = np.log1p(haversine_km(here.lon, here.lat, there.lon, there.lat).to_numpy())
            record[f"{way}_log_strength"] = np.log1p(weights.sum())
            record[f"{way}_log_degree"] = np.log1p(len(partners))
            record[f"{way}_entropy"] = entropy = -(p * np.log(p)).sum()
            record[f"{way}_evenness"] = entropy / np.log(len(p)) if len(p) > 1 else 0
            for count in (1, 3, 10):
                record[f"{way}_top{count}"] = np.sort(p)[::-1][:count].sum()
            for name, values in (("partner", size), ("km", km)):
                record[f"{way}_{name}_mean"] = (p * values).sum()
                for level in (10, 50, 90):
                    record[f"{way}_{name}_q{level}"] = quantile(values, p, level / 100)
            record[f"{way}_km_sd"] = np.sqrt((p * (km - (p * km).sum()) ** 2).sum())
        rows.append(record)
    return pd.DataFrame(rows, index=IDS)


def test_equals_the_statistics_region_by_region(edges, centroids):
    profile = flow_profile(edges, IDS, centroids)
    expected = slow_profile(directed_matrix(edges, IDS).toarray(), centroids).iloc[:-1]
    assert set(profile.columns) == set(expected.columns)
    np.testing.assert_allclose(profile, expected[profile.columns], rtol=2e-5, atol=2e-6)
    assert (profile.dtypes == np.float32).all()
    assert profile.index.name == "region_id"


def test_names_do_not_matter(edges):
    renamed = dict(zip(IDS, np.random.default_rng(2).permutation(IDS), strict=True))
    moved = edges.assign(source=edges["source"].map(renamed), target=edges["target"].map(renamed))
    first, second = flow_profile(edges, IDS), flow_profile(moved, IDS)
    same = second.loc[[renamed[name] for name in first.index]]
    np.testing.assert_allclose(
        first.drop(columns="clustering"), same.drop(columns="clustering"), rtol=1e-5, atol=1e-6
    )  # ties among equal partners are broken by name, which clustering alone can see


def test_a_region_without_flow_has_no_row_and_one_that_keeps_its_own_has(edges):
    assert IDS[-1] not in flow_profile(edges, IDS).index
    at_home = pd.DataFrame({"source": ["00"], "target": ["00"], "weight": [3.0]})
    profile = flow_profile(at_home, IDS)
    assert profile.index.tolist() == ["00"]
    assert profile.loc["00", "self_share"] == 1
    assert profile.drop(columns="self_share").to_numpy().sum() == 0


def test_no_number_is_missing_or_infinite(edges, centroids):
    assert np.isfinite(flow_profile(edges, IDS, centroids).to_numpy()).all()


def test_a_region_without_centroid_is_named(edges, centroids):
    with pytest.raises(InputError, match="without a centroid: 03"):
        flow_profile(edges, IDS, centroids.drop(index="03"))
