from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions, haversine_m
from placeprint.regions.metric import local_crs, to_metres_exactly
from placeprint.regions.roads import BORDER_M, crossings, nearest_lines, node_lines, road_densities

LON, LAT, STEP = 24.9, 60.1, 0.004
COORDINATE = st.floats(-1, 4)
LINES = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=3, unique=True),
    min_size=1,
    max_size=6,
)


def line(*points) -> shapely.LineString:
    return shapely.LineString([(LON + STEP * x, LAT + STEP * y) for x, y in points])


def squares(*corners, side: float = 1.0) -> Regions:
    x, y = np.array(corners, dtype=float).T
    west, south = LON + STEP * x, LAT + STEP * y
    outlines = shapely.box(west, south, west + STEP * side, south + STEP * side)
    return Regions.from_polygons(
        pd.Index([f"s{i}" for i in range(len(x))]), outlines, overlaps="keep"
    )


def metres(*points) -> float:
    x, y = np.array(points).T
    lon, lat = LON + STEP * x, LAT + STEP * y
    return float(haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def test_planted_roads_are_found_again():
    regions = squares((0, 0), (1, 0), (5, 5))
    roads = [
        line((1, 0), (1, 1)),  # the common border: counts for both
        line((0, 0.5), (1, 0.5)),  # meets the border
        line((1, 0.5), (1.5, 0.5)),  # goes on, and ends
    ]
    found = road_densities(regions, np.array(roads, object))
    areas = regions.areas_km2()
    border, west, east = (
        metres((1, 0), (1, 1)),
        metres((0, 0.5), (1, 0.5)),
        metres((1, 0.5), (1.5, 0.5)),
    )
    lengths = found["road_length"] * areas * 1000
    # The pieces beyond the border but within the tolerance count, too.
    np.testing.assert_allclose(lengths[:2], [border + west, border + east], atol=12)
    assert lengths.iloc[2] == 0
    np.testing.assert_allclose(found["intersections"] * areas, [1, 1, 0])
    assert found.index.equals(regions.ids)


@settings(max_examples=30, deadline=None)
@given(LINES)
def test_densities_equal_a_loop_over_regions(points):
    regions = squares((0, 0), (1, 0), (0, 1), (0.5, 0.5), side=1.5)  # they overlap
    lines = np.array([line(*one) for one in points], object)
    found = road_densities(regions, lines)
    crs = local_crs(*shapely.get_coordinates(lines).T)
    union = shapely.union_all(to_metres_exactly(lines, crs), grid_size=0.1)
    meetings = crossings(node_lines(to_metres_exactly(lines, crs)))
    for region, area in regions.areas_km2().items():
        outline = to_metres_exactly([regions.geometry[region]], crs)[0].buffer(BORDER_M)
        length = union.intersection(outline).length / 1000 / area
        inside = sum(outline.intersects(shapely.Point(*xy)) for xy in meetings)
        centimetres = 5e-5 / area  # of a road that grazes the border
        road = found.loc[region, "road_length"]
        assert road == pytest.approx(length, rel=1e-4, abs=centimetres)
        assert found.loc[region, "intersections"] == pytest.approx(inside / area)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([[(0, 0), (2, 2)], [(0, 2), (2, 0)]], [(1, 1)]),
        ([[(0, 0), (2, 0)], [(1, 0), (1, 5)]], [(1, 0)]),  # a T
        ([[(0, 0), (1, 0)], [(1, 0), (2, 0)]], []),  # a road in two pieces
        ([[(0, 0), (2, 0)], [(2, 0), (0, 0)]], []),  # a road drawn twice
        ([[(0, 0), (4, 0), (4, 4), (0, 0)], [(0, 0), (-3, 0)]], [(0, 0)]),  # a loop and its road
        ([[(0, 0), (4, 0), (4, 4), (0, 0)]], []),
    ],
)
def test_an_intersection_is_where_three_ends_meet(lines, expected):
    edges = node_lines(_lines(lines))
    assert crossings(edges).tolist() == [list(map(float, xy)) for xy in expected]


def _lines(lines) -> np.ndarray:
    return np.array([shapely.LineString(one) for one in lines], object)


@settings(max_examples=40, deadline=None)
@given(LINES, st.randoms(use_true_random=False))
def test_noding_depends_on_no_order_and_loses_nothing(points, random):
    lines = _lines([[(100 * x, 100 * y) for x, y in one] for one in points])
    edges = node_lines(lines)
    shuffled = [shapely.reverse(one) if random.random() < 0.5 else one for one in lines]
    random.shuffle(shuffled)
    again = node_lines(np.array(shuffled, object))
    assert shapely.to_wkb(again).tolist() == shapely.to_wkb(edges).tolist()
    if len(edges):  # lines shorter than the grid vanish
        together = shapely.union_all(edges)
        assert shapely.hausdorff_distance(together, shapely.union_all(lines)) < 0.5
    crossing = shapely.STRtree(edges).query(edges, predicate="crosses")
    assert crossing.size == 0


@settings(max_examples=30, deadline=None)
@given(LINES, st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=5))
def test_the_nearest_line_equals_a_loop(lines, points):
    roads = np.array([line(*one) for one in lines], object)
    lon, lat = (np.array(points) * STEP + [LON, LAT]).T
    reach = 150.0
    found = nearest_lines(lon, lat, roads, reach)
    crs = local_crs(*shapely.get_coordinates(roads).T)
    east, north = shapely.get_coordinates(to_metres_exactly(shapely.points(lon, lat), crs)).T
    for i, position in enumerate(found):
        distances = shapely.distance(
            to_metres_exactly(roads, crs), shapely.Point(east[i], north[i])
        )
        if position < 0:
            assert distances.min() > reach - 1
        else:
            assert distances[position] <= min(reach, distances.min()) + 1


def test_of_equally_near_lines_the_first_is_taken():
    twice = np.array([line((0, 3), (1, 3)), line((0, 0), (1, 0)), line((1, 0), (0, 0))], object)
    assert nearest_lines(np.array([LON]), np.array([LAT]), twice).tolist() == [1]


def test_a_line_of_one_place_is_as_near_as_that_place():
    roads = np.array([line((0, 3), (1, 3)), line((0, 0), (0, 0))], object)
    assert nearest_lines(np.array([LON]), np.array([LAT]), roads).tolist() == [1]
    densities = road_densities(squares((0, 0)), roads)
    assert densities.to_numpy()[0, 1] == 0


def test_no_points_and_no_lines():
    road = np.array([line((0, 0), (1, 0))], object)
    none = np.array([], dtype=object)
    assert nearest_lines(np.array([]), np.array([]), road).tolist() == []
    assert nearest_lines(np.array([LON]), np.array([LAT]), none).tolist() == [-1]
    with pytest.raises(InputError, match="there are no roads"):
        road_densities(squares((0, 0)), none)


def test_a_road_shorter_than_the_grid_has_no_length():
    dot = np.array([line((0.5, 0.5), (0.5, 0.5 + 1e-7))], object)
    assert road_densities(squares((0, 0)), dot).to_numpy().tolist() == [[0.0, 0.0]]


def test_across_the_antimeridian():
    outlines = shapely.box([179.99, -180], [0, 0], [180, -179.99], [0.01, 0.01])
    regions = Regions.from_polygons(pd.Index(["east", "west"]), outlines)
    road = shapely.linestrings([[[179.99, 0.005], [180, 0.005]], [[-180, 0.005], [-179.99, 0.005]]])
    found = road_densities(regions, road)
    np.testing.assert_allclose(found["road_length"], 1 / 1.106, rtol=0.02)
    near = nearest_lines(np.array([-179.9999]), np.array([0.0052]), road[:1])
    assert near.tolist() == [0]
