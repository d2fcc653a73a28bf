from __future__ import annotations

import numpy as np
import shapely
from numpy.testing import assert_allclose

from placeprint.simulation.city import City
from placeprint.simulation.city.blocks import LAND_USES, SHARES


def test_every_land_use_has_its_share(city: City) -> None:
    share = np.bincount(city.blocks.land_use, minlength=len(LAND_USES)) / len(city.blocks)
    assert_allclose(share, SHARES, atol=0.01)


def test_neighbours_against_a_loop(city: City) -> None:
    polygons = city.blocks.polygons[:80]
    slow = {
        (i, j)
        for i in range(80)
        for j in range(i + 1, 80)
        if polygons[i].intersection(polygons[j]).length > 1.0
    }
    pairs = city.blocks.pairs
    assert {tuple(pair) for pair in pairs[(pairs < 80).all(axis=1)].tolist()} == slow


def test_around_against_a_loop(city: City) -> None:
    values = city.blocks.wealth
    pairs = city.blocks.pairs.tolist()
    slow = [
        np.mean([values[j if i == k else i] for i, j in pairs if k in (i, j)]) for k in range(30)
    ]
    assert_allclose(city.blocks.around(values)[:30], slow)


def test_points_lie_in_their_blocks(city: City) -> None:
    blocks = np.repeat(np.arange(400), 5)
    points = city.blocks.points_in(blocks, np.random.default_rng(0))
    assert shapely.contains_xy(city.blocks.polygons[blocks], *points.T).all()
    assert (city.blocks.locate(points) == blocks).all()
    assert city.blocks.locate(np.array([[1e6, 0.0]])).tolist() == [-1]


def test_scores_tell_little_of_each_other_and_of_location(city: City) -> None:
    blocks = city.blocks
    scores = np.stack([blocks.wealth, blocks.greenness, blocks.draw, blocks.liveliness])
    assert_allclose(scores.mean(axis=1), 0, atol=1e-9)
    assert_allclose(scores.std(axis=1), 1)
    between = np.corrcoef(scores)[np.triu_indices(4, 1)]
    assert np.abs(between).max() < 0.25
    near = np.abs(np.corrcoef(blocks.draw, blocks.around(blocks.draw))[0, 1])
    assert near < 0.15
    rich_side = blocks.centres @ city.site.rich_side
    assert np.corrcoef(rich_side, blocks.wealth)[0, 1] > 0.1
