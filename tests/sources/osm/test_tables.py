from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from placeprint.errors import DataWarning, InputError
from placeprint.sources.osm import ATTRIBUTION, read_osm
from placeprint.sources.osm.tables import repeated_outlines

GEOD = Geod(ellps="WGS84")
LON, LAT, STEP = 24.9, 60.1, 1e-3
MULTIPOLYGON = {"type": "multipolygon"}


def square(first: int, x: float, y: float, side: float = 1.0) -> dict[int, tuple[float, float]]:
    """Four nodes, numbered from `first`, of a square with its corner x, y steps from the origin."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return {first + i: (LON + a * STEP, LAT + b * STEP) for i, (a, b) in enumerate(corners)}


def ring(first: int) -> list[int]:
    return [first, first + 1, first + 2, first + 3, first]


def geodesic_area(geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0])


def by_id(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index(table.columns[0])


@pytest.fixture
def town(write):
    nodes = {
        **square(10, 0, 0),
        **square(20, 2, 0),
        **square(30, 4, 0, 3.0),
        **square(40, 5, 1),
        5: (LON, LAT, {"shop": "bakery", "name": "Crumb", "brand": "Crumb", "phone": "1"}),
        4: (LON, LAT, {"amenity": "yes"}),
        3: (LON, LAT, {"building": "house", "amenity": "cafe"}),
        2: (LON, LAT + 0.1, {"amenity": "bench", "building": "no"}),
        100: (LON - STEP, LAT - 0.3 * STEP),
        101: (LON + 9 * STEP, LAT - 0.3 * STEP),
        102: (LON + 9 * STEP, LAT + 9 * STEP),
    }
    ways = {
        7: (ring(10), {"building": "apartments", "building:levels": "5", "shop": "books"}),
        6: (ring(20), {"leisure": "park", "name": "Green"}),
        8: (ring(30), {"building": "yes"}),
        9: (ring(40), {}),
        51: ([100, 101, 102], {"highway": "residential", "name": "High Street"}),
        52: ([100, 101], {"highway": "proposed"}),
        53: (ring(20), {"highway": "pedestrian", "area": "yes"}),
        54: (ring(10), {"highway": "footway"}),
        55: ([100, 101], {"leisure": "track"}),
        56: (ring(10), {"amenity": "fountain", "area": "no"}),
    }
    relations = {
        1: ([("w", 8, "outer"), ("w", 9, "inner")], {**MULTIPOLYGON, "building": "school"}),
        2: ([("n", 5, "stop")], {"type": "public_transport", "public_transport": "stop_area"}),
    }
    return read_osm(write(nodes, ways, relations))


def test_pois_are_points_and_areas_with_a_function(town):
    pois = by_id(town.pois)
    assert pois.index.tolist() == ["node/2", "node/5", "way/6"]
    assert pois["category"].tolist() == ["amenity=bench", "shop=bakery", "leisure=park"]
    assert pois.loc["node/5", "text"] == "shop=bakery, name=Crumb"
    assert json.loads(pois.loc["node/5", "tags"])["phone"] == "1"
    assert pois["name"].tolist() == ["", "Crumb", "Green"]
    assert np.isnan(pois["area_m2"].iloc[:2]).all()
    assert pois.loc["node/5", ["lon", "lat"]].tolist() == [LON, LAT]
    assert pois["geometry"].map(lambda one: one.geom_type).tolist() == ["Point", "Point", "Polygon"]


def test_buildings_are_buildings_only_and_a_repeated_outer_way_counts_once(town):
    buildings = by_id(town.buildings)
    assert buildings.index.tolist() == ["way/7", "relation/1"]
    assert buildings["category"].tolist() == ["shop=books", ""]
    assert buildings["text"].tolist() == [
        "shop=books, building=apartments, building:levels=5",
        "building=school",
    ]
    assert town.account["repeated_outlines"] == 1


def test_areas_and_lengths_agree_with_the_geodesic(town):
    for table in (town.buildings, town.pois.iloc[2:]):
        expected = [geodesic_area(one) for one in table["geometry"]]
        np.testing.assert_allclose(table["area_m2"], expected, rtol=1e-4)
    assert len(town.buildings["geometry"].iloc[1].interiors) == 1
    expected = [GEOD.geometry_length(line) for line in town.ways["geometry"]]
    np.testing.assert_allclose(town.ways["length_m"], expected, rtol=1e-9)


def test_roads_are_lines_in_use(town):
    assert town.ways[["way_id", "category", "name"]].to_numpy().tolist() == [
        ["way/51", "highway=residential", "High Street"],
        ["way/54", "highway=footway", ""],
    ]


def test_a_place_belongs_to_the_nearest_street_within_reach(town):
    # The bakery stands on the footway, yet on the street; the bench is kilometres away.
    assert by_id(town.pois)["way_id"].tolist() == [None, "way/51", "way/51"]
    assert by_id(town.buildings)["way_id"].tolist() == ["way/51", None]


def test_the_account_adds_up(town):
    account = town.account
    assert account["read"] == {"nodes": 4, "ways": 9, "relations": 2}
    assert account["left_out"] == {
        "buildings drawn as a point": 1,
        "buildings or places drawn as an open line": 2,
        "relations that are no multipolygon": 1,
        "without informative tags": 1,
    }
    assert (account["pois"], account["buildings"], account["ways"]) == (3, 2, 2)
    assert account["last_edit"] == "2024-05-06T07:08:09+00:00"
    assert account["attribution"] == ATTRIBUTION
    json.dumps(account)


def test_the_centre_of_a_crescent_lies_within_it(write):
    corners = [(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)]
    nodes = {i + 1: (LON + x * STEP, LAT + y * STEP) for i, (x, y) in enumerate(corners)}
    path = write(nodes, {1: ([*nodes, 1], {"leisure": "garden"})})
    garden = read_osm(path).pois.iloc[0]
    assert garden["geometry"].contains(shapely.Point(garden["lon"], garden["lat"]))
    assert not garden["geometry"].contains(garden["geometry"].centroid)


@pytest.mark.parametrize("lost", [1, 3])  # the first node of the ring, and another
def test_a_cut_outline_stays_while_it_closes(write, lost):
    corners = [(0, 0), (2, 0), (2, 2), (1, 3), (0, 2)]
    nodes = {i + 1: (LON + x * STEP, LAT + y * STEP) for i, (x, y) in enumerate(corners)}
    del nodes[lost]
    found = read_osm(write(nodes, {1: ([1, 2, 3, 4, 5, 1], {"building": "yes"})}))
    expected = shapely.Polygon([xy for i, xy in nodes.items()])
    # OpenStreetMap stores seven digits.
    assert expected.normalize().equals_exact(found.buildings["geometry"][0].normalize(), 1e-7)
    assert found.account["incomplete_outlines"] == 1
    assert found.account["dropped_outlines"] == 0


def test_what_a_cut_leaves_too_little_of_is_dropped_and_counted(write):
    nodes = {1: (LON, LAT), 2: (LON + STEP, LAT), 3: (LON, LAT + STEP)}
    ways = {
        1: ([1, 2, 9, 1], {"building": "yes"}),  # two corners left
        2: ([1, 2, 9, 3], {"highway": "service"}),  # three points left
        3: ([1, 8, 9], {"highway": "service"}),  # one point left
        4: ([1, 2, 3, 1], {"amenity": "parking"}),
    }
    found = read_osm(write(nodes, ways))
    assert found.buildings.empty
    assert found.ways["way_id"].tolist() == ["way/2"]
    assert shapely.get_num_points(found.ways["geometry"].iloc[0]) == 3
    counts = {name: found.account[name] for name in ("dropped_outlines", "dropped_roads")}
    assert counts == {"dropped_outlines": 1, "dropped_roads": 1}
    assert found.account["incomplete_roads"] == 2


def test_a_cut_outline_that_crosses_itself_is_no_outline(write):
    corners = [(0, 0), (2, 2), (9, 9), (2, 0), (0, 2)]
    nodes = {i + 1: (LON + x * STEP, LAT + y * STEP) for i, (x, y) in enumerate(corners)}
    del nodes[3]
    ways = {1: ([1, 2, 3, 4, 5, 1], {"building": "yes"}), 2: ([1, 2], {"highway": "path"})}
    found = read_osm(write(nodes, ways))
    assert found.buildings.empty
    assert found.account["dropped_outlines"] == 1


def bow_tie() -> dict[int, tuple[float, float]]:
    corners = [(0, 0), (2, 2), (2, 0), (0, 2)]
    return {i + 1: (LON + x * STEP, LAT + y * STEP) for i, (x, y) in enumerate(corners)}


def test_a_self_crossing_way_is_repaired(write):
    found = read_osm(write(bow_tie(), {1: ([1, 2, 3, 4, 1], {"building": "yes"})}))
    repaired = found.buildings["geometry"].iloc[0]
    assert repaired.is_valid
    assert repaired.area == pytest.approx(2 * STEP**2)
    assert found.account["repaired_outlines"] == 1


def test_a_self_crossing_relation_is_put_together_from_its_members(write):
    nodes = bow_tie() | square(20, 0.1, 0.9, 0.2)
    ways = {1: ([1, 2, 3], {}), 2: ([3, 4, 1], {}), 3: (ring(20), {})}
    members = [("w", 1, "outer"), ("w", 2, "outer"), ("w", 3, "inner")]
    relations = {5: (members, {**MULTIPOLYGON, "amenity": "school"})}
    found = read_osm(write(nodes, ways, relations))
    school = found.pois["geometry"].iloc[0]
    assert school.is_valid
    assert school.area == pytest.approx((2 - 0.04) * STEP**2)
    assert found.account["repaired_outlines"] == 1


def test_a_relation_without_its_outer_way_is_dropped(write):
    members = [("w", 1, "inner"), ("w", 99, "outer")]
    relations = {5: (members, {**MULTIPOLYGON, "building": "yes"})}
    ways = {1: (ring(1), {}), 2: ([1, 2], {"highway": "path"})}
    found = read_osm(write(square(1, 0, 0), ways, relations))
    assert found.buildings.empty
    assert found.account["dropped_outlines"] == 1


def test_an_outer_way_of_another_kind_stays(write):
    ways = {1: (ring(1), {"building": "church"})}
    relations = {1: ([("w", 1, "outer")], {**MULTIPOLYGON, "amenity": "place_of_worship"})}
    found = read_osm(write(square(1, 0, 0), ways, relations))
    assert found.buildings["building_id"].tolist() == ["way/1"]
    assert found.pois["poi_id"].tolist() == ["relation/1"]


def test_roads_alone_and_points_alone_are_enough(write):
    nodes = {1: (LON, LAT, {"shop": "yes"}), 2: (LON + STEP, LAT)}
    assert len(read_osm(write(nodes)).pois) == 1
    found = read_osm(write({1: (LON, LAT), 2: nodes[2]}, {1: ([1, 2], {"highway": "path"})}))
    assert (len(found.pois), len(found.buildings), len(found.ways)) == (0, 0, 1)
    assert list(found.pois) == list(found.buildings.rename(columns={"building_id": "poi_id"}))


def test_an_extract_of_nothing_is_refused(write):
    for nodes in ({}, {1: (LON, LAT, {"natural": "tree"})}):
        with pytest.raises(InputError, match="no points of interest, no buildings and no roads"):
            read_osm(write(nodes))


def test_ways_without_their_nodes_are_told_of(write):
    ways = {1: ([7, 8], {"highway": "path"}), 2: ([7, 8, 9, 7], {"building": "yes"})}
    with pytest.raises(InputError, match=r"none of its 2 roads and outlines .* export the nodes"):
        read_osm(write({}, ways))
    path = write({1: (LON, LAT, {"shop": "books"})}, ways)
    with pytest.warns(DataWarning, match="none of its 2 roads and outlines"):
        found = read_osm(path)
    assert found.pois["poi_id"].tolist() == ["node/1"]
    counts = [found.account[name] for name in ("dropped_roads", "dropped_outlines")]
    assert counts == [1, 1]


OUTLINES = [
    shapely.box(0, 0, 3, 3),
    shapely.box(0, 0, 3, 3, ccw=False),
    shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2),
    shapely.box(5, 0, 6, 1),
    shapely.MultiPolygon([shapely.box(0, 0, 3, 3), shapely.box(5, 0, 6, 1)]),
]
DRAWN = st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from(["a", "b"]))


@given(st.lists(DRAWN, min_size=1, max_size=8))
def test_repeated_outlines_equal_a_plain_loop(rows):
    polygons = np.array([OUTLINES[which] for which, _, _ in rows], dtype=object)
    relation = np.array([flag for _, flag, _ in rows])
    group = np.array([name for _, _, name in rows], dtype=object)
    expected = []
    for polygon, flag, name in zip(polygons, relation, group):
        shells = [shapely.Polygon(part.exterior) for part in shapely.get_parts(polygon)]
        others = [
            shapely.Polygon(part.exterior)
            for other, its, kind in zip(polygons, relation, group)
            if its and kind == name
            for part in shapely.get_parts(other)
        ]
        expected.append(not flag and any(a.equals(b) for a in shells for b in others))
    assert repeated_outlines(polygons, relation, group).tolist() == expected


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "nodes", "building_ways", "building_relations"),
    [
        ("las-palmas", 8000, 20_683, 1916),
        ("helsinki-centre", 1800, 411, 66),
        ("monaco", 1100, 1256, 29),
        ("manhattan-lower-east-side", 600, 1292, 14),
    ],
)
def test_real_extracts(data, name, nodes, building_ways, building_relations):
    found = read_osm(data / "osm" / f"{name}.osm.pbf")
    kinds = found.buildings["building_id"].str.split("/").str[0].value_counts()
    assert kinds.to_dict() == {"way": building_ways, "relation": building_relations}
    assert (found.pois["poi_id"].str.startswith("node")).sum() > nodes
    assert not set(found.pois["poi_id"]) & set(found.buildings["building_id"])
    for table in (found.pois, found.buildings):
        geometry = table["geometry"].to_numpy()
        assert shapely.is_valid(geometry).all()
        assert shapely.intersects_xy(geometry, table["lon"], table["lat"]).all()
        assert table.iloc[:, 0].is_unique
    assert (found.buildings["area_m2"] > 0).all()
    assert (found.pois["text"] != "").all()
    again = read_osm(data / "osm" / f"{name}.osm.pbf")
    pd.testing.assert_frame_equal(found.pois, again.pois)
