import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation import Places, Task, align
from placeprint.evaluation.samples import check_vectors, has_embedding

IDS = pd.Index(list("abcdef"), name="region_id")
COUNTY = pd.Series({"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"})
BLOCKS = np.array(["n", "n", "s", "s", "s", "n"], dtype=object)


def locate(lon, lat):
    return np.array([IDS[int(x)] if 0 <= x < 6 else None for x in lon], dtype=object)


@pytest.fixture
def places():
    return Places(IDS, BLOCKS, {"county": COUNTY.reindex(IDS)}, locate)


@pytest.fixture
def vectors():
    values = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    values[1, 2] = np.nan
    return pd.DataFrame(values, index=list("edcba"))


def labels(values):
    return pd.DataFrame({"value": pd.Series(values, dtype=float)})


def test_a_region_has_its_own_vector(places, vectors):
    samples = places.sample(Task("t", "region", "grid", labels({"f": 1, "b": 2, "d": 3})))
    X = align(vectors, samples, places)
    assert samples.ids.tolist() == ["b", "d", "f"]
    assert samples.groups.tolist() == ["n", "s", "n"]
    np.testing.assert_array_equal(X, vectors.reindex(["b", "d", "f"]).to_numpy())
    assert has_embedding(X).tolist() == [True, True, False]


def test_a_unit_has_the_mean_of_its_regions(places, vectors):
    samples = places.sample(Task("t", "county", "county", labels({"y": 1, "z": 2, "x": 3})))
    expected = vectors.groupby(COUNTY).mean().reindex(["x", "y", "z"])
    np.testing.assert_allclose(align(vectors, samples, places), expected.to_numpy(), rtol=1e-6)
    assert samples.groups.tolist() == ["n", "s", ""]


def test_a_point_has_the_vector_of_its_region(places, vectors):
    table = pd.DataFrame({"lon": [2.0, 9.0, 2.5, 5.0], "lat": 0.0, "value": 1.0})
    samples = places.sample(Task("t", "point", "point", table))
    X = align(vectors, samples, places)
    np.testing.assert_array_equal(X, vectors.reindex(["c", "none", "c", "f"]).to_numpy())
    assert samples.groups.tolist() == ["s", "", "s", "n"]


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Task("t", "region", "grid", labels({"a": 1, "q": 2})), "1 regions .*: q"),
        (Task("t", "county", "grid", labels({"q": 2})), "none of its 1 units"),
        (Task("t", "conty", "grid", labels({"x": 2})), "did you mean 'county'"),
        (Task("t", "region", "cuonty", labels({"a": 2})), "did you mean 'county'"),
    ],
)
def test_tasks_about_unknown_places_are_refused(places, task, message):
    with pytest.raises(InputError, match=message):
        places.sample(task)


def test_points_need_outlines():
    table = pd.DataFrame({"lon": [0.0], "lat": [0.0], "value": [1.0]})
    with pytest.raises(InputError, match="outlines"):
        Places(IDS, BLOCKS).sample(Task("t", "point", "point", table))


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (pd.DataFrame({"0": [1.0, 2.0]}, index=["a", "a"]), "'a' occurs more than once"),
        (pd.DataFrame({"0": [1.0]}, index=[1]), r"none of its 1 ids \(1\)"),
        (pd.DataFrame({"0": ["x"]}, index=["a"]), "no numbers: 0"),
        (pd.DataFrame(index=["a"]), "no columns"),
        (pd.DataFrame({"0": [np.inf]}, index=["a"]), "infinite"),
    ],
)
def test_vectors_that_cannot_be_scored_are_refused(vectors, message):
    with pytest.raises(InputError, match=message):
        check_vectors("mine", vectors, IDS)


def test_a_region_may_be_in_several_units(vectors):
    shared = pd.Series({"a": "x", "b": "x"})
    places = Places(IDS, BLOCKS, {"county": pd.concat([shared, pd.Series({"b": "y"})])})
    samples = places.sample(Task("t", "county", "county", labels({"x": 1, "y": 2})))
    X = align(vectors, samples, places)
    np.testing.assert_allclose(X[0], np.nanmean(vectors.loc[["a", "b"]], axis=0), rtol=1e-6)
    np.testing.assert_array_equal(X[1], vectors.loc["b"])


def test_regions_can_be_weighted_and_summed_up_within_units(places, vectors):
    weights = pd.Series([1.0, 3.0, 0.0, 1.0, 1.0, 1.0], index=IDS)
    task = Task("t", "county", "county", labels({"x": 1}))
    weighted = places.pooled("mean", weights)
    found = align(vectors, weighted.sample(task), weighted)[0, 0]
    expected = (vectors.loc["a", 0] + 3 * vectors.loc["b", 0]) / 4
    assert found == pytest.approx(expected)
    summed = places.pooled("statistics")
    assert align(vectors, summed.sample(task), summed).shape == (1, 12)


@pytest.mark.parametrize("weight", [-1.0, np.nan])
def test_weights_have_to_be_known_and_not_negative(places, weight):
    weights = pd.Series([weight, *np.ones(5)], index=IDS)
    with pytest.raises(InputError, match=r"weights of 1 regions .*: a"):
        places.pooled("mean", weights)
    with pytest.raises(InputError, match="did you mean 'statistics'"):
        places.pooled("statistcs")


def test_rows_know_where_they_are():
    lon = [0.0, 10.0, 179.0, -179.0, 5.0, 5.0]
    centroids = pd.DataFrame({"lon": lon, "lat": [0.0, 0.0, 0.0, 0.0, 60.0, 70.0]}, index=IDS)
    county = pd.Series(["x", "x", "y", "y", "z", None], index=IDS)
    places = Places(IDS, BLOCKS, {"county": county}, locate, centroids)
    counties = Task("t", "county", "county", labels({"x": 1, "y": 2, "q": 3}))
    found = places.sample(counties).positions
    np.testing.assert_allclose(found[1:] % 360, [[5, 0], [180, 0]], atol=1e-9)
    assert np.isnan(found[0]).all()
    points = pd.DataFrame({"lon": [2.0], "lat": [1.0], "value": [1.0]})
    task = Task("t", "point", "point", points)
    np.testing.assert_array_equal(places.sample(task).positions, [[2.0, 1.0]])
    regions = places.sample(Task("t", "region", "grid", labels({"e": 1}))).positions
    np.testing.assert_allclose(regions, [[5.0, 60.0]])


def test_classes_become_columns(places):
    table = pd.DataFrame({"value": ["wood", "town", "wood"]}, index=["a", "b", "c"])
    task = Task("t", "region", "grid", table, kind="classification")
    assert places.sample(task).Y.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert task.classes() == ["town", "wood"]
    assert task.metric == "macro_f1"


def test_blocks_that_are_hardly_coarser_than_the_rows_give_way_to_cells():
    ids = pd.Index([f"{i:03d}" for i in range(60)], name="region_id")
    rng = np.random.default_rng(0)
    centroids = pd.DataFrame({"lon": rng.uniform(5, 9, 60), "lat": rng.uniform(45, 49, 60)}, ids)
    county = pd.Series([f"c{i // 2:02d}" for i in range(60)], index=ids)
    state = pd.Series([f"s{i // 6:02d}" for i in range(60)], index=ids)
    table = pd.DataFrame({"value": 1.0 * np.arange(30)}, index=sorted(set(county)))
    task = Task("t", "county", "county", table)
    alone = Places.from_centroids(centroids, {"county": county}).sample(task)
    assert len(set(alone.groups)) < 20
    assert not set(alone.groups) & set(county)
    both = Places.from_centroids(centroids, {"county": county, "state": state}).sample(task)
    assert set(both.groups) == set(state)


def test_a_unit_without_weight_is_nowhere():
    centroids = pd.DataFrame({"lon": 5.0, "lat": 60.0}, index=IDS)
    places = Places(IDS, BLOCKS, {"county": COUNTY}, locate, centroids)
    weightless = places.pooled("mean", pd.Series([0.0, 0, 0, 1, 1, 1], index=IDS))
    found = weightless.sample(Task("t", "county", "county", labels({"x": 1, "y": 2})))
    assert np.isnan(found.positions[0]).all()
    np.testing.assert_allclose(found.positions[1], [5, 60])


def test_units_of_one_region_are_pooled_as_all_are():
    single = pd.Series({"a": "x", "b": "y"})
    places = Places(IDS, BLOCKS, {"county": single})
    task = Task("t", "county", "county", labels({"x": 1, "y": 2}))
    values = pd.DataFrame({"0": [3.0, 4.0]}, index=["a", "b"])
    for how, expected in {"std": [[0], [0]], "statistics": [[3, 3, 3, 0], [4, 4, 4, 0]]}.items():
        pooled = places.pooled(how)
        np.testing.assert_array_equal(align(values, pooled.sample(task), pooled), expected)


@pytest.mark.parametrize(("wrong", "known"), [("1001", "01001"), ("00007", "7")])
def test_ids_that_lost_or_won_zeros_are_refused(wrong, known):
    ids = pd.Index([known, "99999"], name="region_id")
    vectors = pd.DataFrame({"0": [1.0, 2.0]}, index=[wrong, "99999"])
    with pytest.raises(InputError, match=f"leading zeros, such as '{wrong}' for '{known}'"):
        check_vectors("mine", vectors, ids)


def test_points_that_all_lie_elsewhere_are_refused(places):
    table = pd.DataFrame({"lon": [50.0, 60.0], "lat": 0.0, "value": [1.0, 2.0]})
    with pytest.raises(InputError, match=r"none of its 2 points .* swapped"):
        places.sample(Task("t", "point", "point", table))
