from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.simulation.city import City
from placeprint.simulation.city.partition import Partition
from placeprint.simulation.city.site import site_of
from placeprint.simulation.city.streets import SMALLEST_M2, lay_streets


def faces(lines: np.ndarray) -> np.ndarray:
    """The faces of lines that meet at shared nodes only: every edge is a line of its own."""
    edges = []
    for line in lines:
        points = shapely.get_coordinates(line)
        edges += [shapely.LineString(pair) for pair in pairwise(points)]
    return shapely.get_parts(shapely.polygonize(edges))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), blocks=st.integers(30, 200))
def test_streets_bound_as_many_blocks_as_wanted(seed: int, blocks: int) -> None:
    streets = lay_streets(site_of(seed), blocks, seed)
    assert len(streets.blocks) == blocks
    found = faces(streets.geometries())
    assert len(found) == blocks
    assert shapely.area(found).sum() == pytest.approx(shapely.area(streets.blocks).sum())
    assert shapely.is_valid(streets.blocks).all()


def test_streets_still_meet_after_rounding_to_degrees(city: City) -> None:
    degrees = city.site.degrees(city.streets.nodes)
    lines = [shapely.LineString(degrees[line]) for line in city.streets.lines]
    assert len(faces(np.array(lines))) == 400


def test_it_is_no_grid(city: City) -> None:
    area = shapely.area(city.streets.blocks)
    assert area.min() >= SMALLEST_M2
    assert area.std() / area.mean() > 0.3
    inner = np.hypot(*city.blocks.centres.T) < 0.4 * city.streets.radius
    assert np.median(area[inner]) < 0.8 * np.median(area[~inner])
    kinds, counts = np.unique(city.streets.kinds, return_counts=True)
    assert kinds.tolist() == ["motorway", "primary", "residential", "secondary"]
    assert counts[2] > counts[3] > counts[1] > counts[0]


def test_a_cut_is_shared_by_both_sides() -> None:
    partition = Partition(np.array([[0.0, 0], [200, 0], [200, 100], [0, 100]]), sides=4)
    up, along = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    west, east = sorted(
        partition.cut([0, 1, 2, 3], np.array([100.0, 0.0]), up, 0.0, 1.0) or (),
        key=lambda ring: partition.polygon(ring).centroid.x,
    )
    assert partition.cut(west, np.array([0.0, 30.0]), along, 0.0, 1.0) is not None
    whole = partition.face(east)
    assert len(whole) == len(east) + 1  # the end of the second cut
    assert partition.polygon(whole).area == pytest.approx(10_000)
    nodes = [set(line) for line in partition.lines]
    assert nodes[-1] & nodes[-2]


def test_a_cut_that_leaves_too_little_changes_nothing() -> None:
    partition = Partition(np.array([[0.0, 0], [200, 0], [200, 100], [0, 100]]), sides=4)
    up = np.array([0.0, 1.0])
    assert partition.cut([0, 1, 2, 3], np.array([20.0, 0.0]), up, 0.0, 5000.0) is None
    assert partition.cut([0, 1, 2, 3], np.array([-20.0, 0.0]), up, 0.0, 1.0) is None
    assert len(partition.nodes) == len(partition.lines) == 4
