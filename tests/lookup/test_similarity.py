"""Exact search, against sorting every cosine; and what an index finds of it."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError, MissingExtraError
from placeprint.lookup import Similarity, similarity
from placeprint.lookup.byte_codes import ByteCodes


def slowly(vectors: pd.DataFrame, place, k: int, among=None) -> list[str]:
    """Every cosine in double precision, sorted by it and by the id."""
    query = vectors.loc[place].to_numpy(float) if isinstance(place, str) else place
    found = []
    for region, values in vectors.iterrows():
        x = values.to_numpy(float)
        if region != place and (among is None or region in among) and np.linalg.norm(x) > 0:
            cosine = (x * query).sum() / ((x**2).sum() ** 0.5 * (query**2).sum() ** 0.5)
            found.append((-cosine, region))
    return [region for _, region in sorted(found)[:k]]


def table(rng: np.random.Generator, n: int, d: int) -> pd.DataFrame:
    """Vectors in clumps, some of them alike to the last bit, in no order."""
    values = rng.integers(-2, 3, (n, d)) + rng.normal(0, 1e-3, (n, d)) * rng.integers(0, 2, (n, 1))
    values[values.any(axis=1) == 0] = 1
    ids = rng.permutation([f"r{number:05d}" for number in range(n)])
    return pd.DataFrame(values.astype(np.float32), pd.Index(ids, name="region_id"))


@pytest.fixture(params=["matrix", "bytes"])
def way(request, monkeypatch) -> str:
    """Both ways to a first product."""
    monkeypatch.setattr(similarity, "CODED_FROM", 1 if request.param == "bytes" else 1 << 40)
    return request.param


@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (50, 2, 7), (300, 5, 10), (300, 40, 299)])
def test_sorting_every_cosine_gives_the_same(way, n, d, k) -> None:
    vectors = table(np.random.default_rng(n + d), n, d)
    search = Similarity(vectors)
    assert (search._codes is None) == (way == "matrix")
    for place in vectors.index[:8]:
        found = search.nearest(place, k)
        assert found["region_id"].tolist() == slowly(vectors, place, k)
        assert found["similarity"].is_monotonic_decreasing
        assert found["similarity"].between(-1, 1).all()
        assert place not in set(found["region_id"])


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 24), k=st.integers(1, 30))
@settings(max_examples=25, deadline=None)
def test_bytes_leave_nothing_out(seed, d, k) -> None:
    vectors = table(np.random.default_rng(seed), 120, d)
    search = Similarity(vectors)
    search._codes = ByteCodes.of(search._values, search._inverse)
    place = vectors.index[0]
    assert search.nearest(place, k)["region_id"].tolist() == slowly(vectors, place, k)


def test_many_at_once_are_as_one_by_one(way, monkeypatch) -> None:
    monkeypatch.setattr(similarity, "SCORES_AT_ONCE", 1000)
    vectors = table(np.random.default_rng(0), 200, 6)
    search, asked = Similarity(vectors), [*vectors.index[:30]]
    found = search.nearest_each(asked, 5)
    single = pd.concat([search.nearest(place, 5).assign(place=place) for place in asked])
    pd.testing.assert_frame_equal(
        found,
        single[["place", "region_id", "similarity"]].reset_index(drop=True),
        check_dtype=False,
    )
    vector = vectors.loc[asked[0]].to_numpy() * 3
    first = search.nearest(vector, 1)
    assert first["similarity"][0] == pytest.approx(1)
    numbered = search.nearest_each(np.stack([vector, -vector]), 2)
    assert numbered["place"].tolist() == [0, 0, 1, 1]


def test_equal_vectors_tie_whatever_their_length(way) -> None:
    row = np.random.default_rng(0).normal(size=64).astype(np.float32)
    factors = np.array([1, 4, 0.5, 2, 1], dtype=np.float32)[:, None]
    vectors = pd.DataFrame(row * factors, index=[*"ebdac"])
    found = Similarity(vectors).nearest("c", 3)
    assert found["region_id"].tolist() == ["a", "b", "d"]
    assert found["similarity"].tolist() == [found["similarity"][0]] * 3


def test_within_ids_and_polygons(way, vectors, board) -> None:
    search = Similarity(vectors, regions=board)
    among = ["r00", "r01", "r03", "r08", "r19"]  # of which r03 has no vector
    assert search.nearest("r00", 9, among)["region_id"].tolist() == slowly(vectors, "r00", 9, among)
    assert search.nearest("r10", 2, among)["region_id"].tolist() == slowly(vectors, "r10", 2, among)
    west = shapely.box(10.0, 50.0, 10.45, 50.4)  # the centres of two columns, not of the third
    inside = [f"r{row}{column}" for row in range(2) for column in range(10) if column % 5 < 2]
    assert search.nearest("r10", 20, west)["region_id"].tolist() == slowly(
        vectors, "r10", 20, inside
    )
    assert search.nearest("r10", 3, shapely.box(0, 0, 1, 1)).empty
    each = search.nearest_each(["r00", "r10"], 2, west)
    assert each["place"].tolist() == ["r00", "r00", "r10", "r10"]


def test_rows_without_a_direction_take_no_part(way) -> None:
    values = [[1.0, 0], [np.nan, 1], [0, 0], [1, 1], [np.inf, 0]]
    search = Similarity(pd.DataFrame(values, index=[*"abcde"]))
    assert search.nearest("a")["region_id"].tolist() == ["d"]
    assert len(search) == 2
    with pytest.raises(InputError, match="region 'b' has no vector to be compared by"):
        search.nearest("b")
    found = search.similarities("a", ["d", "c", "a"])
    np.testing.assert_allclose(found, [0.5**0.5, np.nan, 1.0])


def test_bad_questions(vectors, board) -> None:
    search = Similarity(vectors)
    with pytest.raises(InputError, match=r"no region 'r0'.*did you mean 'r1"):
        search.nearest("r0")
    with pytest.raises(InputError, match="0 places are asked for"):
        search.nearest("r00", 0)
    with pytest.raises(InputError, match=r"2\.5 places are asked for"):
        search.nearest("r00", 2.5)
    with pytest.raises(InputError, match="a place is 6075, expected the id of a region"):
        search.nearest(6075)
    with pytest.raises(InputError, match="`within` is a str, expected a list"):
        search.nearest("r00", within="r01")
    with pytest.raises(InputError, match=r"`within` is a GeoSeries.*union_all"):
        search.nearest("r00", within=board.geometry)
    with pytest.raises(InputError, match="expected 3 numbers"):
        search.nearest(np.ones(4))
    with pytest.raises(InputError, match="nothing but zeros"):
        search.nearest(np.zeros(3))
    with pytest.raises(InputError, match="needs to know where the regions are"):
        search.nearest("r00", within=shapely.box(0, 0, 1, 1))
    with pytest.raises(InputError, match="no region 'x'"):
        search.nearest("r00", within=["r01", "x"])
    with pytest.raises(InputError, match="no index 'hnsw'"):
        Similarity(vectors, index="hnsw")
    with pytest.raises(InputError, match="more than once"):
        Similarity(pd.concat([vectors, vectors]))
    with pytest.raises(InputError, match="no region has a vector"):
        Similarity(vectors * 0)


def test_the_bound_of_bytes_holds() -> None:
    rng = np.random.default_rng(0)
    values = (rng.normal(size=(500, 32)) ** 3).astype(np.float32)  # far from even
    inverse = (1 / np.linalg.norm(values.astype(float), axis=1)).astype(np.float32)
    units = values.astype(float) / np.linalg.norm(values.astype(float), axis=1, keepdims=True)
    codes = ByteCodes.of(values, inverse)
    worst = max(
        np.abs(codes.products(unit.astype(np.float32)) - units @ unit).max() for unit in units
    )
    assert 0 < worst <= codes.error < 0.05


def latent(n: int) -> pd.DataFrame:
    """32 numbers that depend on 8 hidden ones, with noise."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(n, 8))
    values = np.tanh(hidden @ rng.normal(size=(8, 32)) / 3) + 0.1 * rng.normal(size=(n, 32))
    return pd.DataFrame(values.astype(np.float32), [f"{number:06d}" for number in range(n)])


def test_an_index_finds_nearly_all(monkeypatch) -> None:
    pytest.importorskip("faiss")
    vectors = latent(8_000)
    asked = [*vectors.index[::80]]
    exact = Similarity(vectors, index="exact")
    index = Similarity(vectors, index="approximate")
    true, found = (each.nearest_each(asked, 10) for each in (exact, index))
    both = true.merge(found, on=["place", "region_id"], suffixes=("", "_found"))
    assert len(both) / len(true) >= 0.97  # recall@10
    np.testing.assert_array_equal(both["similarity"], both["similarity_found"])
    again = Similarity(vectors, index="approximate").nearest_each(asked, 10)
    pd.testing.assert_frame_equal(again, found)
    assert not (found["place"] == found["region_id"]).any()
    among = [*vectors.index[:500]]  # of few, all are compared
    pd.testing.assert_frame_equal(
        index.nearest(asked[0], 5, among), exact.nearest(asked[0], 5, among)
    )
    monkeypatch.setattr(similarity, "EXACT_UP_TO", 5_000)
    assert Similarity(vectors)._lists is not None
    assert Similarity(vectors.iloc[:5_000])._lists is None


def test_an_index_of_hardly_any() -> None:
    pytest.importorskip("faiss")
    few = latent(5)
    found = Similarity(few, index="approximate").nearest("000000", 10)
    pd.testing.assert_frame_equal(found, Similarity(few).nearest("000000", 10))


def test_an_index_needs_its_library(vectors, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"placeprint\[index\]"):
        Similarity(vectors, index="approximate")
