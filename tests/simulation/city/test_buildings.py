from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict

from placeprint.simulation.city import City
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.city.shapes import draw_outlines


def test_buildings_stand_in_their_blocks_and_apart(city: City) -> None:
    polygons, block = city.buildings.polygons, city.buildings.block
    assert shapely.is_valid(polygons).all()
    assert shapely.within(polygons, city.blocks.polygons[block]).all()
    one, two = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    assert (one == two).all()


def test_there_are_about_as_many_as_in_a_city(city: City) -> None:
    assert 5_500 < len(city.buildings) < 8_500
    assert np.bincount(city.buildings.function, minlength=len(FUNCTIONS)).min() > 80


@pytest.mark.parametrize(("kind", "area", "corners"), [(0, 1, 5), (1, 0.75, 7), (2, 0.75, 9)])
def test_outlines(kind: int, area: float, corners: int) -> None:
    size = np.array([[20.0, -10.0]])
    (plan,) = draw_outlines(np.array([kind]), np.full((1, 2), 0.5), size, np.array([0.3]))
    assert plan.is_valid
    assert plan.area == pytest.approx(200 * area)
    assert len(plan.exterior.coords) == corners


def test_shape_narrows_down_and_surroundings_settle(city: City) -> None:
    """Function is told by shape in part, better with the block, best with the neighbours."""
    buildings = city.buildings
    polygons = buildings.polygons
    area, around = shapely.area(polygons), shapely.length(polygons)
    shape = np.stack([np.log(area), around / np.sqrt(area), shapely.get_num_coordinates(polygons)])
    use = city.blocks.land_use[buildings.block]
    _, near = cKDTree(buildings.centres).query(buildings.centres, k=4)
    near = buildings.function[near[:, 1:]]
    neighbours = [(near == kind).mean(axis=1) for kind in range(len(FUNCTIONS))]
    scores = []
    for columns in ([*shape], [*shape, use], [*shape, use, *neighbours]):
        forest = RandomForestClassifier(60, min_samples_leaf=3, random_state=0)
        guess = cross_val_predict(forest, np.stack(columns, axis=1), buildings.function, cv=3)
        scores.append(f1_score(buildings.function, guess, average="macro"))
    assert scores[0] > 0.35
    assert scores[1] > scores[0] + 0.05
    assert scores[2] > scores[1] + 0.03
    assert scores[2] < 0.97
