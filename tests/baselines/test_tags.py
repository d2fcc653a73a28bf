"""Counts of tags, Hex2Vec on them, and shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint import baselines
from placeprint.baselines import hex2vec

IDS = [f"r{row}{column}" for row in range(8) for column in range(8)]
PAIRS = pd.DataFrame(
    [
        (f"r{row}{column}", f"r{row + down}{column + across}")
        for row in range(8)
        for column in range(8)
        for down, across in ((0, 1), (1, 0))
        if row + down < 8 and column + across < 8
    ],
    columns=["source", "target"],
)


def make_entities(seed: int = 0) -> pd.DataFrame:
    """West: shops; east: schools; a few places in no region, and a few without a category."""
    rng = np.random.default_rng(seed)
    region = rng.choice(IDS, 900)
    west = np.array([int(name[2]) < 4 for name in region])
    shops, schools = rng.choice(["cafe", "bar"], 900), rng.choice(["school", "park"], 900)
    category = np.where(west, shops, schools).astype(object)
    category[:40] = ""
    region = region.astype(object)
    region[40:60] = None
    return pd.DataFrame({"region_id": region, "category": category})


def test_counts_are_those_of_a_loop() -> None:
    entities = make_entities()
    entities = entities[entities["region_id"] != "r00"]
    table = baselines.tag_counts(entities, PAIRS, min_regions=1)
    touching: dict[str, list[str]] = {name: [] for name in IDS}
    for a, b in PAIRS.itertuples(index=False):
        touching[a].append(b)
        touching[b].append(a)

    def count(region: str, category: str) -> float:
        rows = (entities["region_id"] == region) & (entities["category"] == category)
        return float(np.log1p(rows.sum()))

    assert sorted(table.index) == table.index.tolist()
    for region in IDS:
        for category in ("cafe", "bar", "school", "park"):
            around = np.mean([count(other, category) for other in touching[region]])
            assert table.loc[region, category] == pytest.approx(count(region, category))
            assert table.loc[region, f"{category} around"] == pytest.approx(around, rel=1e-5)
    # A region with nothing in it is known by what is round it, but has nothing of its own.
    assert "r00" not in baselines.own_counts(table).index


def test_a_region_far_from_everything_has_no_row() -> None:
    entities = pd.DataFrame({"region_id": ["r00"], "category": ["cafe"]})
    table = baselines.tag_counts(entities, PAIRS, min_regions=1)
    assert table.index.tolist() == ["r00", "r01", "r10"]


def test_hex2vec_is_alike_where_regions_touch() -> None:
    counts = baselines.own_counts(baselines.tag_counts(make_entities(), PAIRS))
    vectors = baselines.hex2vec_features(counts, PAIRS, dim=8, steps=300)
    assert vectors.shape == (len(counts), 8)
    h = vectors.to_numpy()
    affinity = pd.DataFrame(h @ h.T, index=vectors.index, columns=vectors.index)
    near = np.mean([affinity.loc[a, b] for a, b in PAIRS.itertuples(index=False)])
    far = affinity.loc[[f"r{i}0" for i in range(8)], [f"r{i}7" for i in range(8)]].to_numpy().mean()
    assert near > 0.5
    assert far < -0.5


def test_hex2vec_is_the_same_again_and_leaves_the_common_stream_alone() -> None:
    import torch

    counts = baselines.own_counts(baselines.tag_counts(make_entities(), PAIRS))
    torch.manual_seed(1)
    before = torch.rand(1)
    torch.manual_seed(1)
    one, two = (baselines.hex2vec_features(counts, PAIRS, 4, steps=5) for _ in range(2))
    assert torch.rand(1) == before
    assert one.equals(two)
    assert not one.equals(baselines.hex2vec_features(counts, PAIRS, 4, steps=5, seed=1))


def test_negatives_are_two_steps_away_or_more() -> None:
    ids = pd.Index(IDS)
    anchor, positive, near = hex2vec._pairs(ids, PAIRS)
    assert len(anchor) == 2 * len(PAIRS)
    tied = {frozenset(pair) for pair in PAIRS.itertuples(index=False)}
    rng = np.random.default_rng(0)
    for _ in range(20):
        negative, far = hex2vec._negatives(anchor, len(ids), near, rng)
        assert far.mean() > 0.99
        for a, b in zip(ids[anchor[far > 0]], ids[negative[far > 0]], strict=True):
            assert a != b
            assert frozenset((a, b)) not in tied
    assert all(frozenset((ids[a], ids[b])) in tied for a, b in zip(anchor, positive, strict=True))


def test_where_all_regions_touch_there_are_no_negatives() -> None:
    near = np.arange(9)
    _, far = hex2vec._negatives(np.array([0, 1, 2]), 3, near, np.random.default_rng(0))
    assert far.tolist() == [0, 0, 0]


def test_points_have_no_shape() -> None:
    square, point = shapely.box(5, 60, 5.001, 60.001), shapely.Point(5, 60)
    line = shapely.LineString([(5, 60), (5.1, 60)])
    outlines = pd.Series([point, square, line, square], index=["n/1", "w/1", "w/2", "w/3"])
    found = baselines.shape_features(outlines)
    assert found.index.tolist() == ["w/1", "w/3"]
    assert np.isfinite(found.to_numpy()).all()
    assert found.iloc[0].equals(found.iloc[1])
