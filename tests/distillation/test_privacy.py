import numpy as np
import pandas as pd
import pytest

from placeprint.atlas.links import Links
from placeprint.distillation.privacy import edge_auc, link_pairs
from placeprint.regions import haversine_m

N = 400


def study(share=0.05, seed=0):
    """Places with a hidden kind; places of one kind are tied."""
    generator = np.random.default_rng(seed)
    centres = pd.DataFrame(
        {"lon": generator.uniform(0, 2, N), "lat": generator.uniform(40, 42, N)},
        index=pd.Index([f"{i:03d}" for i in range(N)], name="region_id"),
    )
    kind = generator.integers(0, 5, N)
    i, j = np.triu_indices(N, 1)
    tied = (kind[i] == kind[j]) & (generator.uniform(size=len(i)) < share * 5)
    links = Links(i[tied], j[tied], np.ones(tied.sum()), directed=False)
    return links, centres, kind


def test_pairs_that_are_none_are_none_and_alike():
    links, centres, _ = study()
    lon, lat = centres["lon"].to_numpy(), centres["lat"].to_numpy()
    source, target, other = link_pairs(links, lon, lat)
    tied = set(zip(links.source.tolist(), links.target.tolist(), strict=True))
    tied |= {(j, i) for i, j in tied}
    assert all((i, j) in tied for i, j in zip(source.tolist(), target.tolist(), strict=True))
    none = list(zip(source.tolist(), other.tolist(), strict=True))
    assert not any(pair in tied or pair[0] == pair[1] for pair in none)
    far = haversine_m(lon[source], lat[source], lon[target], lat[target])
    away = haversine_m(lon[source], lat[source], lon[other], lat[other])
    assert np.median(np.abs(np.log(far / away))) < 0.1


def test_vectors_that_know_the_kind_reveal_and_others_do_not():
    links, centres, kind = study()
    generator = np.random.default_rng(1)
    telling = pd.DataFrame(np.eye(5)[kind] + generator.normal(0, 0.2, (N, 5)), centres.index)
    silent = pd.DataFrame(generator.normal(size=(N, 5)), centres.index)
    found = edge_auc(links, centres, {"teacher": telling, "student": silent})
    assert found["teacher"]["cosine"] > 0.8
    assert found["teacher"]["learnt"] > 0.8
    assert abs(found["student"]["cosine"] - 0.5) < 0.1
    assert abs(found["student"]["learnt"] - 0.5) < 0.1
    assert abs(found["position"]["learnt"] - 0.5) < 0.1
    assert edge_auc(links, centres, {"teacher": telling, "student": silent}) == found


def test_only_pairs_with_vectors_count():
    links, centres, kind = study()
    vectors = pd.DataFrame(np.eye(5)[kind], centres.index)
    everything = edge_auc(links, centres, {"teacher": vectors, "student": vectors})
    half = edge_auc(links, centres, {"teacher": vectors, "student": vectors.iloc[: N // 2]})
    assert 0 < half["pairs"] < 0.5 * everything["pairs"]


@pytest.mark.parametrize("directed", [False, True])
def test_a_graph_that_ties_nearly_all(directed):
    generator = np.random.default_rng(0)
    i, j = np.nonzero(generator.uniform(size=(60, 60)) < 0.6)
    links = Links(i, j, generator.uniform(size=len(i)), directed=directed)
    lon, lat = generator.uniform(0, 1, 60), generator.uniform(0, 1, 60)
    source, target, other = link_pairs(links, lon, lat)
    assert 0 < len(source) < 60 * 59 / 4
    assert (source != other).all()
    pairs = {frozenset(pair) for pair in zip(i.tolist(), j.tolist(), strict=True)}
    assert all(frozenset(p) in pairs for p in zip(source.tolist(), target.tolist(), strict=True))


def test_no_edges():
    centres = study()[1]
    none = np.empty(0, np.int64)
    links = Links(none, none, np.empty(0), directed=True)
    assert edge_auc(links, centres, {}) == {}
    complete = Links(*np.triu_indices(8, 1), np.ones(28), directed=False)
    assert len(link_pairs(complete, np.arange(8.0), np.arange(8.0))[0]) == 0
