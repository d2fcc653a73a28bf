from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from placeprint.encoders.points import count_categories, encode_points, mean_by_region
from placeprint.encoders.sentences import SentenceEncoder
from placeprint.errors import InputError

POINTS = pd.DataFrame(
    {
        "region_id": ["b", "a", "b", None, "c", "d"],
        "name": ["Blue", None, "old ", "new", None, " "],
        "category": ["cafe", "school", None, "park", None, ""],
    },
    index=[5, 3, 9, 1, 7, 2],
)


@pytest.mark.parametrize(("points", "regions", "items"), [(1, 1, 1), (50, 7, 9), (400, 60, 30)])
@pytest.mark.parametrize("dimensions", [1, 32, 45])
def test_the_mean_equals_the_loop(points: int, regions: int, items: int, dimensions: int) -> None:
    rng = np.random.default_rng(0)
    region, item = rng.integers(0, regions, points), rng.integers(0, items, points)
    vectors = rng.standard_normal((items, dimensions)).astype(np.float32)
    present, means = mean_by_region(region, item, vectors, regions)
    assert present.tolist() == sorted(set(region.tolist()))
    for row, number in enumerate(present):
        expected = vectors[item[region == number]].astype(float).mean(axis=0)
        np.testing.assert_allclose(means[row], expected, atol=1e-6)


def test_the_mean_of_many_equal_vectors_is_that_vector() -> None:
    points = 1_000_000
    region, item = np.zeros(points, dtype=int), np.zeros(points, dtype=int)
    vectors = np.full((1, 2), 0.1, dtype=np.float32)
    _, means = mean_by_region(region, item, vectors, 1)
    np.testing.assert_array_equal(means, vectors)


def test_points_are_encoded_by_name_and_category(text_checkpoint: Path) -> None:
    frame = encode_points(
        POINTS["region_id"],
        name=POINTS["name"],
        category=POINTS["category"],
        encoder=str(text_checkpoint),
    )
    encoder = SentenceEncoder("tiny", text_checkpoint)
    expected = {"a": ["school"], "b": ["Blue cafe", "old"]}
    assert frame.index.tolist() == ["a", "b"]
    assert frame.index.name == "region_id"
    assert (frame.dtypes == np.float32).all()
    for region, strings in expected.items():
        np.testing.assert_allclose(
            frame.loc[region], encoder.encode(strings).mean(axis=0), atol=1e-6
        )


def test_names_alone_are_enough(text_checkpoint: Path) -> None:
    frame = encode_points(POINTS["region_id"], name=POINTS["name"], encoder=str(text_checkpoint))
    assert frame.index.tolist() == ["b"]


def test_counts_equal_the_loop() -> None:
    rng = np.random.default_rng(1)
    kinds = [*"abcdefgh", None]
    chances = [0.2, 0.2, 0.2, 0.2, 0.1, 0.04, 0.03, 0.01, 0.02]
    region_id = pd.Series(rng.choice(list("uvwxyz"), 200)).mask(rng.random(200) < 0.1)
    category = pd.Series(rng.choice(kinds, 200, p=chances))
    frame = count_categories(region_id, category, min_regions=4)
    pairs = [(r, k) for r, k in zip(region_id, category, strict=True) if isinstance(r, str)]
    reach = {k: len({r for r, other in pairs if other == k}) for k in kinds}
    common = sorted(k for k in kinds if k is not None and reach[k] >= 4)
    assert 0 < len(common) < 8
    assert frame.columns.tolist() == [*common, "other"]
    assert frame.index.tolist() == sorted({r for r, _ in pairs})
    for region in frame.index:
        here = [k if k in common else "other" for r, k in pairs if r == region]
        expected = [np.log(1 + here.count(kind)) for kind in frame.columns]
        np.testing.assert_allclose(frame.loc[region], expected, rtol=1e-6)


def test_without_rare_categories_there_is_no_other() -> None:
    frame = count_categories(pd.Series(["a", "b"]), pd.Series(["x", "x"]), min_regions=2)
    assert frame.columns.tolist() == ["x"]


def test_what_cannot_be_encoded_is_refused() -> None:
    region_id = pd.Series(["a", "b"])
    with pytest.raises(InputError, match="neither a name nor a category"):
        encode_points(region_id)
    with pytest.raises(InputError, match="2 region ids, but 1 values"):
        encode_points(region_id, name=pd.Series(["x"]))
    with pytest.raises(InputError, match="counts categories, and there are none"):
        encode_points(region_id, name=pd.Series(["x", "y"]), encoder="counts")
    with pytest.raises(InputError, match="did you mean 'static'"):
        encode_points(region_id, name=pd.Series(["x", "y"]), encoder="statik")
