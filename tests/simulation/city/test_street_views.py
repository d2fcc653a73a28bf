from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from placeprint.simulation.city import City
from placeprint.simulation.city.captions import write_captions
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.city.street_images import paint_views
from placeprint.simulation.city.viewpoints import LANE_M, SIGHT_M, Sights, look_around


@pytest.fixture(scope="module")
def sights(city: City) -> Sights:
    return look_around(city)


@pytest.fixture(scope="module")
def images(city: City, sights: Sights) -> np.ndarray:
    rng = np.random.default_rng(0)
    wealth = np.append(city.blocks.wealth, 0.0)[sights.block[:2000]]
    parts = [
        paint_views(sights, slice(k, k + 250), wealth[k : k + 250], rng)
        for k in range(0, 2000, 250)
    ]
    return np.concatenate(parts).astype(float)


def test_sampling(city: City, sights: Sights) -> None:
    groups, first, size = np.unique(sights.group, return_index=True, return_counts=True)
    assert 900 < len(groups) < 1_800
    assert {2, 3, 4} <= set(size.tolist()) <= {1, 2, 3, 4}
    assert (size == 4).mean() > 0.6
    places = sights.points[first]
    assert cKDTree(places).query(places, k=2)[0][:, 1].min() > 15
    assert (city.blocks.locate(places) >= 0).mean() > 0.99
    assert ((sights.heading >= 0) & (sights.heading < 360)).all()


def test_what_is_in_sight_against_a_loop(city: City, sights: Sights) -> None:
    """The building that was found is the nearest one ahead, up to the noise of the position."""
    checked = 0
    for view in range(0, 400, 7):
        angle = np.radians(sights.heading[view])
        ahead = np.array([np.sin(angle), np.cos(angle)])
        stand = sights.points[view]
        lane = shapely.LineString([stand, stand + SIGHT_M * ahead]).buffer(LANE_M, cap_style="flat")
        near = [
            (plan.intersection(lane).distance(shapely.Point(stand)), number)
            for number, plan in enumerate(city.buildings.polygons)
            if plan.intersects(lane)
        ]
        if not near:
            continue
        away, _ = min(near)
        if abs(away - sights.distance[view]) < 3.0:
            checked += 1
            near_others = [n for d, n in near if d < away + 6.0]
            functions = {int(city.buildings.function[n]) for n in near_others}
            assert sights.function[view] in functions
    assert checked > 25


def test_wealth_shows_and_greenness_does_not(
    city: City, sights: Sights, images: np.ndarray
) -> None:
    facing = sights.block[:2000]
    seen = (sights.function[:2000] >= 0) & (facing >= 0)
    bright = images[seen, 24:46, 20:44].mean(axis=(1, 2, 3))
    rough = np.abs(np.diff(images[seen, 46:51], axis=2)).mean(axis=(1, 2, 3))
    wealth, green = city.blocks.wealth[facing[seen]], city.blocks.greenness[facing[seen]]
    assert np.corrcoef(rough, wealth)[0, 1] < -0.4
    assert np.corrcoef(bright, wealth)[0, 1] > 0.1
    assert abs(np.corrcoef(rough, green)[0, 1]) < 0.1


def test_what_is_faced_shows(sights: Sights, images: np.ndarray) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    small = images.reshape(len(images), 16, 4, 16, 4, 3).mean(axis=(2, 4)).reshape(len(images), -1)
    model = LogisticRegression(C=1e-4, max_iter=300, tol=1e-2)
    function = sights.function[:2000]
    score = cross_val_score(model, (small - 128) / 64 * 10, function, cv=3).mean()
    assert score > np.bincount(function + 1).max() / len(function) + 0.2


def test_captions_tell_most_of_it(city: City, sights: Sights) -> None:
    wealth = np.append(city.blocks.wealth, 0.0)[sights.block]
    text = write_captions(sights, wealth, np.random.default_rng(0))
    empty = text == ""
    assert 0.05 < empty.mean() < 0.11
    house = np.array(["detached house" in one for one in text])
    truly = sights.function == FUNCTIONS.index("house")
    assert (house == truly)[~empty].mean() > 0.9
    kept = np.array(["well kept" in one for one in text])
    assert wealth[kept].mean() > wealth[~kept].mean() + 0.6
