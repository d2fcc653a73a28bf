from __future__ import annotations

import numpy as np
import shapely

from placeprint.simulation.city import City
from placeprint.simulation.city.blocks import LAND_USES
from placeprint.simulation.city.kinds import load_kinds


def per_block(city: City) -> np.ndarray:
    """How many shops, offices and the like (what has a front) each block has."""
    block = city.blocks.locate(city.places.points[city.places.looks >= 0])
    return np.bincount(block[block >= 0], minlength=len(city.blocks))


def test_lively_blocks_have_more_places(city: City) -> None:
    for use, least in (("commercial", 0.5), ("apartments", 0.4), ("residential", 0.4)):
        homes = np.bincount(city.buildings.block, minlength=400)
        here = (city.blocks.land_use == LAND_USES.index(use)) & (homes > 3)
        rate = np.log((per_block(city)[here] + 0.5) / homes[here])
        assert np.corrcoef(rate, city.blocks.liveliness[here])[0, 1] > least


def test_other_scores_do_not_show(city: City) -> None:
    commercial = city.blocks.land_use == LAND_USES.index("commercial")
    count = np.log1p(per_block(city))[commercial]
    for score in (city.blocks.wealth, city.blocks.greenness, city.blocks.draw):
        assert abs(np.corrcoef(count, score[commercial])[0, 1]) < 0.35


def test_categories_follow_land_use(city: City) -> None:
    block = city.blocks.locate(city.places.points)
    use = np.where(block >= 0, city.blocks.land_use[block], -1)
    for category, wanted in (
        ("office=company", "commercial"),
        ("craft=metal_construction", "industrial"),
        ("amenity=bench", "park"),
    ):
        here = use[city.places.categories == category]
        assert np.bincount(here[here >= 0]).argmax() == LAND_USES.index(wanted)


def test_some_have_areas_and_some_are_nowhere(city: City) -> None:
    places = city.places
    flat = np.array([area is not None for area in places.areas])
    assert 0.15 < flat.mean() < 0.4
    assert shapely.is_valid(places.areas[flat]).all()
    assert shapely.contains_xy(places.areas[flat], *places.points[flat].T).all()
    outside = city.blocks.locate(places.points) < 0
    assert 10 < outside.sum() < 100
    named = np.array([name is not None for name in places.names])
    assert 0.5 < named.mean() < 0.95


def test_kinds_are_complete() -> None:
    kinds = load_kinds()
    assert set(kinds.hosts.tolist()) == {*range(9)} - {7}
    assert (kinds.rates > 0).all()
    assert all("=" in name for name in kinds.names)
