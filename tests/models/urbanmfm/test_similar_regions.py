from __future__ import annotations

import numpy as np
import pytest

from placeprint.models.urbanmfm import similar_regions as module
from placeprint.models.urbanmfm.similar_regions import similar_regions


def regions(r: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    pois = rng.gamma(0.5, size=(r, 3, 2))
    roads = rng.gamma(2.0, size=(r, 2)) * [1, 3]
    pois[r // 2 :: 7] = 0.0
    roads[r // 3 :: 9] = np.nan
    return pois, roads


def slow_similar(pois, roads, threshold):
    def cosine(one, other):
        lengths = np.sqrt(sum(v * v for v in one)) * np.sqrt(sum(v * v for v in other))
        return sum(p * q for p, q in zip(one, other)) / lengths if lengths > 0 else np.nan

    found = np.zeros((len(pois), len(pois)), dtype=bool)
    for u in range(len(pois)):
        for v in range(len(pois)):
            found[u, v] = (
                u != v
                and cosine(pois[u].ravel(), pois[v].ravel()) >= threshold
                and cosine(roads[u], roads[v]) >= threshold
            )
    return found


@pytest.mark.parametrize("r", [1, 2, 30])
@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_equals_the_loop(r, threshold) -> None:
    pois, roads = regions(r)
    expected = slow_similar(pois, roads, threshold)
    found = similar_regions(pois, roads, threshold)
    np.testing.assert_array_equal(found.toarray(), expected)
    if r == 30:
        assert 0 < expected.sum() < r * (r - 1)


def test_tiles_equal_the_whole(monkeypatch) -> None:
    pois, roads = regions(50)
    whole = similar_regions(pois, roads, 0.8).toarray()
    monkeypatch.setattr(module, "TILE", 7)
    np.testing.assert_array_equal(similar_regions(pois, roads, 0.8).toarray(), whole)
    assert (whole == whole.T).all()


def test_the_positives_of_a_batch_are_those_of_its_rows() -> None:
    pois, roads = regions(50)
    whole = similar_regions(pois, roads, 0.8).toarray()
    batch = np.random.default_rng(1).permutation(50)[:20]
    of_batch = similar_regions(pois[batch], roads[batch], 0.8).toarray()
    np.testing.assert_array_equal(of_batch, whole[np.ix_(batch, batch)])


def test_regions_of_which_one_kind_is_zero_or_unknown_have_no_partner() -> None:
    pois, roads = np.ones((4, 3)), np.ones((4, 2))
    pois[1], roads[2] = 0.0, np.nan
    expected = np.zeros((4, 4), dtype=bool)
    expected[0, 3] = expected[3, 0] = True
    np.testing.assert_array_equal(similar_regions(pois, roads).toarray(), expected)


def test_equal_regions_are_alike_at_threshold_one() -> None:
    rng = np.random.default_rng(0)
    pois, roads = rng.random((1, 5)), rng.random((1, 2))
    found = similar_regions(np.repeat(pois, 3, 0), np.repeat(roads, 3, 0), 1.0)
    assert found.nnz == 6
