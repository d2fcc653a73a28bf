from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions, areas_km2
from placeprint.regions.blocks import BOUNDING_ROADS, road_blocks
from placeprint.regions.merging import MIN_WIDTH_M, merge_slivers, shared_borders
from placeprint.regions.metric import local_crs, to_metres_exactly

LON, LAT = 24.9, 60.1
M = 1 / 111_400
"""About a metre, in degrees of latitude."""
DISTRICT = shapely.box(LON, LAT, LON + 0.02, LAT + 0.01)


def lattice(columns: int, rows: int, area=DISTRICT) -> np.ndarray:
    """Straight roads across the area, that cut it into columns × rows blocks."""
    west, south, east, north = area.bounds
    x = np.linspace(west, east, columns + 1)[1:-1]
    y = np.linspace(south, north, rows + 1)[1:-1]
    return np.array(
        [
            *(shapely.LineString([(a, south), (a, north)]) for a in x),
            *(shapely.LineString([(west, b), (east, b)]) for b in y),
        ],
        dtype=object,
    )


def area_of(*geometries) -> float:
    import geopandas as gpd

    return float(areas_km2(gpd.GeoSeries(geometries, crs=4326)).sum())


def check_partition(blocks: Regions, area) -> None:
    """The blocks fill the area, and do not overlap."""
    shapes = blocks.geometry.to_numpy()
    assert blocks.areas_km2().sum() == pytest.approx(area_of(area), rel=2e-4)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    overlap = shapely.intersection(shapes[left[pairs]], shapes[right[pairs]])
    assert shapely.area(overlap).max(initial=0) < 1e-12


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (3, 4), (7, 5)])
def test_a_lattice_cuts_the_area_into_equal_blocks(columns, rows):
    blocks = road_blocks(lattice(columns, rows), within=DISTRICT)
    assert len(blocks) == columns * rows
    np.testing.assert_allclose(blocks.areas_km2(), area_of(DISTRICT) / len(blocks), rtol=2e-3)
    check_partition(blocks, DISTRICT)
    assert blocks.ids.str.fullmatch(r"block/-?\d+\.\d{6}_-?\d+\.\d{6}").all()


def test_without_an_area_the_hull_of_the_roads_bounds_the_blocks():
    roads = lattice(4, 3)
    hull = shapely.convex_hull(shapely.union_all(roads))
    check_partition(road_blocks(roads), hull)


FRACTION = st.floats(0, 1)
ENDS = st.tuples(FRACTION, FRACTION)
ROADS = st.lists(st.lists(ENDS, min_size=2, max_size=4, unique=True), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(ROADS, st.randoms(use_true_random=False), st.sampled_from([0.0, 2000.0, 20000.0]))
def test_blocks_fill_the_area_and_depend_on_no_order(roads, random, min_area_m2):
    corner, size = np.array([LON, LAT]), np.array([0.02, 0.01])
    lines = np.array([shapely.LineString(corner + size * np.array(xy)) for xy in roads], object)
    blocks = road_blocks(lines, within=DISTRICT, min_area_m2=min_area_m2)
    check_partition(blocks, DISTRICT)
    shuffled = [shapely.reverse(line) if random.random() < 0.5 else line for line in lines]
    random.shuffle(shuffled)
    again = road_blocks(np.array(shuffled, object), within=DISTRICT, min_area_m2=min_area_m2)
    assert again.ids.equals(blocks.ids)
    assert shapely.equals_exact(again.geometry.to_numpy(), blocks.geometry.to_numpy(), 0).all()
    if len(blocks) > 1:
        assert blocks.areas_km2().min() * 1e6 >= min_area_m2 * 0.99


def test_every_road_that_is_not_merged_away_lies_on_borders_or_ends_within_a_block():
    dead_end = shapely.LineString([(LON + 0.01, LAT + 0.005), (LON + 0.012, LAT + 0.007)])
    roads = np.append(lattice(4, 4), dead_end)
    blocks = road_blocks(roads, within=DISTRICT)
    crs = local_crs(np.array([LON]), np.array([LAT]))
    borders = shapely.union_all(
        shapely.boundary(to_metres_exactly(blocks.geometry.to_numpy(), crs))
    )
    metres = to_metres_exactly(roads, crs)
    on_border = shapely.covers(shapely.buffer(borders, 0.5), metres)
    assert on_border.tolist() == [True] * (len(roads) - 1) + [False]
    assert len(blocks) == 16


def test_the_strip_between_the_lanes_of_a_dual_carriageway_is_no_block():
    y = LAT + 0.005
    lanes = [
        shapely.LineString([(LON, b), (LON + 0.02, b)]) for b in (y - 5 * M, y + 5 * M)
    ]  # 10 m apart, 1.1 km long: more than the least area
    blocks = road_blocks(np.array(lanes, object), within=DISTRICT, min_area_m2=5000)
    assert len(blocks) == 2
    check_partition(blocks, DISTRICT)


def test_small_blocks_merge_no_further_than_they_must():
    # Squares of 25 m: a chain of mergers would make one block of them all.
    size = 25 * M
    area = shapely.box(LON, LAT, LON + 24 * size, LAT + 12 * size)
    blocks = road_blocks(lattice(24, 12, area), within=area, min_area_m2=2000)
    check_partition(blocks, area)
    assert blocks.areas_km2().min() * 1e6 > 2000
    assert blocks.areas_km2().max() * 1e6 < 4 * 2000


def test_a_lake_in_the_area_stays_out():
    lake = shapely.box(LON + 0.004, LAT + 0.004, LON + 0.006, LAT + 0.006)
    around = DISTRICT - lake
    blocks = road_blocks(lattice(4, 1), within=around)
    check_partition(blocks, around)


def test_an_island_stays_a_block_however_small():
    island = shapely.box(LON + 0.03, LAT, LON + 0.0302, LAT + 0.0001)
    area = shapely.MultiPolygon([DISTRICT, island])
    blocks = road_blocks(lattice(2, 1), within=area)
    assert len(blocks) == 3
    check_partition(blocks, area)


def test_roads_that_close_nothing_leave_one_block():
    road = np.array([shapely.LineString([(LON + 0.01, LAT + 0.002), (LON + 0.01, LAT + 0.008)])])
    blocks = road_blocks(road, within=DISTRICT)
    assert len(blocks) == 1
    check_partition(blocks, DISTRICT)
    bent = np.array([shapely.LineString([(LON, LAT), (LON + 0.01, LAT), (LON, LAT + 0.01)])])
    assert len(road_blocks(bent)) == 1


@pytest.mark.parametrize("side", [-1, 1])
def test_blocks_across_the_antimeridian(side):
    area = shapely.MultiPolygon(
        [shapely.box(179.99, -17.01, 180, -17.0), shapely.box(-180, -17.01, -179.985, -17.0)]
    )
    # A road along the parallel in two lines, one on each side, and one across it on one side.
    lon = 179.995 if side > 0 else -179.99
    roads = [
        shapely.LineString([(179.99, -17.005), (180, -17.005)]),
        shapely.LineString([(-180, -17.005), (-179.985, -17.005)]),
        shapely.LineString([(lon, -17.01), (lon, -17.0)]),
    ]
    blocks = road_blocks(np.array(roads, object), within=area)
    assert len(blocks) == 4
    check_partition(blocks, area)
    assert (np.abs(blocks.centroids()["lon"]) > 179.98).all()
    across = blocks.geometry[blocks.geometry.bounds.eval("maxx - minx") > 300]
    assert (across.geom_type == "MultiPolygon").all()
    assert len(across) == 2


def test_what_cannot_bound_blocks_is_refused_with_advice():
    straight = np.array([shapely.LineString([(LON, LAT), (LON + 0.01, LAT)])])
    with pytest.raises(InputError, match="choose more classes"):
        road_blocks(np.array([], dtype=object))
    with pytest.raises(InputError, match="enclose nothing"):
        road_blocks(np.array([shapely.LineString([(LON, LAT), (LON, LAT + 0.01)])]))
    with pytest.raises(InputError, match="no road reaches the study area"):
        road_blocks(straight, within=shapely.box(0, 0, 1, 1))
    with pytest.raises(InputError, match="holds a Point, expected polygons"):
        road_blocks(straight, within=shapely.Point(LON, LAT))


def test_a_self_crossing_area_is_repaired():
    bow_tie = shapely.Polygon(
        [(LON, LAT), (LON + 0.02, LAT + 0.01), (LON + 0.02, LAT), (LON, LAT + 0.01)]
    )
    blocks = road_blocks(lattice(2, 1), within=bow_tie)
    check_partition(blocks, shapely.make_valid(bow_tie))


def random_faces(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lines = [shapely.LineString(rng.uniform(0, 300, (2, 2))) for _ in range(12)]
    lines.append(shapely.box(0, 0, 300, 300).exterior)
    edges = shapely.union_all(np.array(lines, object), grid_size=0.1)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))


@pytest.mark.parametrize("seed", range(5))
def test_shared_borders_equal_a_loop_over_pairs(seed):
    faces = random_faces(seed)
    expected = np.zeros((len(faces), len(faces)))
    for i, one in enumerate(faces):
        for j, other in enumerate(faces):
            if i != j:
                expected[i, j] = shapely.length(one.boundary.intersection(other.boundary))
    np.testing.assert_allclose(shared_borders(faces).toarray(), expected, atol=1e-6)


def merge_slowly(faces, min_area_m2):
    """The rounds of `merge_slivers`, with polygons and dictionaries."""
    blocks = sorted(faces, key=lambda face: tuple(face.point_on_surface().coords[0]))
    while True:
        slivers = {}
        for i, block in enumerate(blocks):
            small = block.area < min_area_m2 or 2 * block.area / block.length < MIN_WIDTH_M
            common = [
                0.0 if i == j else round(block.boundary.intersection(other.boundary).length, 6)
                for j, other in enumerate(blocks)
            ]
            if small and max(common) > 0:
                slivers[i] = common.index(max(common))
        rank = {i: (blocks[i].area, i) for i in range(len(blocks))}
        into = {}
        for i, target in slivers.items():
            rivals = [j for j in slivers if slivers[j] == i]
            if target in slivers:
                rivals += [target, *(j for j in slivers if slivers[j] == target)]
            if rank[i] == min([rank[i], *(rank[j] for j in rivals)]):
                into[i] = target
        if not into:
            return blocks
        for i, target in into.items():
            blocks[target] = blocks[target].union(blocks[i])
        blocks = [block for i, block in enumerate(blocks) if i not in into]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("min_area_m2", [0.0, 1000.0, 8000.0])
def test_merging_equals_a_slow_loop(seed, min_area_m2):
    faces = random_faces(seed)
    found = merge_slivers(faces, min_area_m2)
    expected = merge_slowly(faces, min_area_m2)
    assert len(found) == len(expected)
    for block in found:
        assert any(block.symmetric_difference(other).area < 1e-6 for other in expected)


@pytest.mark.data
def test_the_blocks_of_a_real_city(data):
    from placeprint.sources import read_area, read_osm

    ways = read_osm(data / "osm" / "las-palmas.osm.pbf").ways
    roads = ways.loc[ways["category"].isin(BOUNDING_ROADS), "geometry"].to_numpy()
    area = read_area(data / "osm" / "las-palmas-boundary.geojson")
    blocks = road_blocks(roads, within=area)
    assert 1200 < len(blocks) < 1700
    assert blocks.areas_km2().sum() == pytest.approx(area_of(area), rel=1e-4)
    assert road_blocks(shapely.reverse(roads[::-1]), within=area).ids.equals(blocks.ids)
